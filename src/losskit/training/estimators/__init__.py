"""Losses in scikit-learn: estimators that train with any loss, and any loss as a scorer.

regressor, classifier, ranker: the estimators; base: what they share. scoring: `scorer`. loss: what they ask of a loss.
mlp: the training of a network, and mlp_objective its loss and gradient. Linear models come from `training.linear`.
"""
