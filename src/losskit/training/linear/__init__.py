"""The exact minimum of one linear model under any loss: the engine behind the linear estimators. NumPy and SciPy.

exact: `fit_linear`, from a loss and a table to a `LinearFit`. problem: its objective, in coordinates without units.
rows: the loss as a function of the scores, split at its kinks, which kinks finds. newton: the steps, and when to stop;
interior: one step with kinks.
"""
