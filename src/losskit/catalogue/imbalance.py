"""Classification where classes are rare or rows easy."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from losskit.core.define import define_loss
from losskit.core.domains import Classes, Fraction, Logit, Logits
from losskit.core.params import Between, NonNegative, Param, PerClass, Positive


def _steepest(gamma):
    """A bound on |d/dz (1-p)^γ log p| = (1-p)^(γ+1) - γ p (1-p)^γ log p, for -p log p is at most 1/e."""
    return 1.0 + gamma / math.e


@define_loss(
    pred=Logit,
    target=Fraction,
    gamma=NonNegative(2.0, search=(0.5, 5.0), doc="how fast easy rows lose weight; 0 is cross-entropy"),
    alpha=Param(
        None,
        low=0.0,
        high=1.0,
        optional=True,
        doc="weight of class 1, with 1 - alpha for class 0; RetinaNet used 0.25",
    ),
    claims=dict(
        smooth=True,
        lipschitz=lambda gamma, alpha: _steepest(gamma) * (1.0 if alpha is None else 0.5 + abs(alpha - 0.5)),
    ),
    source="Lin et al. 2017, arXiv:1708.02002",
    aka=("torchvision.ops.sigmoid_focal_loss", "keras.losses.BinaryFocalCrossentropy", "optax sigmoid_focal_loss"),
    curvature=lambda ops, pred, target, **_: ops.sigmoid(pred) * ops.sigmoid(-pred),
    pitfall="not proper: its probabilities are pulled towards 1/2",
)
def focal(ops, pred, target, *, gamma, alpha):
    """Cross-entropy with each row weighted by (1 - p)^gamma, p the probability of its true class."""
    # (1-p)^γ as exp(-γ softplus(score)): exact for the surest rows.
    positive = ops.exp(-gamma * ops.softplus(pred)) * ops.softplus(-pred)
    negative = ops.exp(-gamma * ops.softplus(-pred)) * ops.softplus(pred)
    if alpha is None:
        return target * positive + (1.0 - target) * negative
    return alpha * target * positive + (1.0 - alpha) * (1.0 - target) * negative


@define_loss(
    pred=Logit,
    target=Fraction,
    gamma_positive=NonNegative(1.0, search=(0.5, 2.0), doc="how fast easy rows of class 1 lose weight"),
    gamma_negative=Positive(4.0, search=(2.0, 6.0), doc="how fast easy rows of class 0 lose weight"),
    margin=Between(0.0, 1.0, 0.05, search=(0.01, 0.2), doc="rows of class 0 with a probability below cost nothing"),
    claims=dict(
        smooth=lambda gamma_negative, **_: gamma_negative > 1.0,
        lipschitz=lambda gamma_positive, gamma_negative, margin: _steepest(max(gamma_positive, gamma_negative)),
    ),
    source="Ridnik et al. 2021, arXiv:2009.14119",
    aka=("timm AsymmetricLossMultiLabel",),
    curvature=lambda ops, pred, target, **_: ops.sigmoid(pred) * ops.sigmoid(-pred),
    pitfall="not proper; timm sums over all entries and starts from gamma_pos=1, gamma_neg=4, clip=0.05",
)
def asymmetric(ops, pred, target, *, gamma_positive, gamma_negative, margin):
    """Focal cross-entropy for many labels: rows of class 0 fade faster, and below `margin` they cost nothing."""
    positive = ops.exp(-gamma_positive * ops.softplus(pred)) * ops.softplus(-pred)
    p = ops.sigmoid(pred)
    some = p > margin
    shifted = ops.where(some, p - margin, 0.5 + 0.0 * p)
    # margin + σ(-z) is 1 - shifted, exact for the surest rows.
    negative = -ops.pow(shifted, gamma_negative) * ops.log(margin + ops.sigmoid(-pred))
    return target * positive + (1.0 - target) * ops.where(some, negative, 0.0 * p)


@define_loss(
    pred=Logit,
    target=Fraction,
    claims=dict(smooth=True, lipschitz=1.13),
    source="Li et al. 2020, arXiv:2006.04388",
    aka=("mmdet QualityFocalLoss (beta 2)",),
    curvature=lambda ops, pred, target: ops.sigmoid(pred) * ops.sigmoid(-pred),
    pitfall="not proper for targets that are 0 or 1 by chance; the quality in the target is taken as exact",
)
def quality_focal(ops, pred, target):
    """Cross-entropy weighted by the squared error of the probability, for targets that are qualities from 0 to 1."""
    d = (1.0 - target) * ops.sigmoid(pred) - target * ops.sigmoid(-pred)
    return d * d * (target * ops.softplus(-pred) + (1.0 - target) * ops.softplus(pred))


@define_loss(
    pred=Logits,
    target=Classes,
    gamma=NonNegative(2.0, search=(0.5, 5.0), doc="how fast easy rows lose weight; 0 is cross-entropy"),
    alpha=PerClass(optional=True, doc="a factor for each class; unlike class_weight it stays out of the divisor"),
    claims=dict(smooth=True, lipschitz=lambda gamma, alpha: _steepest(gamma) * (1.0 if alpha is None else alpha.max())),
    source="Lin et al. 2017, arXiv:1708.02002",
    aka=("keras.losses.CategoricalFocalCrossentropy",),
    curvature=lambda ops, pred, target, **_: ops.softmax(pred) * ops.one_minus_softmax(pred),
    pitfall="not proper: its probabilities are pulled towards the uniform ones",
)
def softmax_focal(ops, pred, target, *, gamma, alpha):
    """Cross-entropy with each row weighted by (1 - p)^gamma, p the softmax probability of its true class."""
    rest = ops.one_minus_softmax(pred)
    some = rest > 0.0
    weight = ops.where(some, ops.pow(ops.where(some, rest, 1.0 + 0.0 * rest), gamma), 0.0 * rest)
    each = weight * -ops.log_softmax(pred)
    return target.expect(each if alpha is None else alpha * each)


def _adjusted_hessian(ops, pred, target, *, prior, temperature):
    z = pred + temperature * ops.log(prior)
    return ops.expand(target.mass(pred), pred) * (ops.softmax(z) * ops.one_minus_softmax(z))


@define_loss(
    pred=Logits,
    target=Classes,
    prior=Param(
        low=0.0,
        open_low=True,
        required=True,
        per_class=True,
        example=(0.6, 0.3, 0.1),
        doc="share of each class in the training rows",
    ),
    temperature=Positive(1.0, search=(0.25, 2.0), doc="strength of the adjustment"),
    claims=dict(convex=True, smooth=True, lipschitz=1.0, estimates="log-probabilities of balanced classes"),
    source="Menon et al. 2021, arXiv:2007.07314",
    aka=("balanced softmax (temperature 1)",),
    aliases=("balanced_softmax",),
    hessian=_adjusted_hessian,
)
def logit_adjusted(ops, pred, target, *, prior, temperature):
    """Cross-entropy with the class prior added to the scores while training, so that rare classes count alike."""
    return target.expect(-ops.log_softmax(pred + temperature * ops.log(prior)))


def _class_counts():
    return Param(
        low=0.0,
        open_low=True,
        required=True,
        per_class=True,
        example=(6.0, 3.0, 1.0),
        doc="number of training rows of each class",
    )


def _with_margins(ops, pred, target, class_counts, max_margin, scale):
    """The scores that cross-entropy receives: those of the class lowered by its margin, widest for the rarest."""
    width = ops.pow(class_counts, -0.25)
    margins = max_margin * (width / ops.take(width, ops.argmax(width)))
    return scale * (pred - margins * target.one_hot(pred))


def _ldam_hessian(ops, pred, target, *, class_counts, max_margin, scale):
    z = _with_margins(ops, pred, target, class_counts, max_margin, scale)
    return scale * scale * (ops.expand(target.mass(pred), pred) * (ops.softmax(z) * ops.one_minus_softmax(z)))


@define_loss(
    pred=replace(Logits, name="ClassMargins", link="identity"),
    target=Classes,
    class_counts=_class_counts(),
    max_margin=NonNegative(0.5, search=(0.1, 1.0), doc="margin of the rarest class"),
    scale=Positive(30.0, search=(1.0, 64.0), doc="factor of the scores"),
    claims=dict(
        convex=True,
        smooth=True,
        lipschitz=lambda class_counts, max_margin, scale: scale,
    ),
    source="Cao et al. 2019, arXiv:1906.07413",
    aka=("LDAMLoss",),
    hessian=_ldam_hessian,
    pitfall="margin and scale are made for scores that are cosines; it predicts with softmax(scale pred)",
)
def ldam(ops, pred, target, *, class_counts, max_margin, scale):
    """Cross-entropy with the score of the class lowered by a margin, the wider the rarer the class.

    The margin of a class with n rows is max_margin (n_min/n)^(1/4), and the scores are multiplied by `scale`. Under
    soft labels each class is lowered by its share of its margin.
    """
    return target.expect(-ops.log_softmax(_with_margins(ops, pred, target, class_counts, max_margin, scale)))


def _effective(ops, class_counts, beta):
    """(1 - β)/(1 - β^n) for each class."""
    log_beta = ops.log1p(ops.where(class_counts > 0.0, -(1.0 - beta), 0.0 * class_counts))
    return (1.0 - beta) / -ops.expm1(class_counts * log_beta)


def _balanced_hessian(ops, pred, target, *, class_counts, beta):
    weight = ops.broadcast(_effective(ops, class_counts, beta), pred)
    return ops.expand(target.expect(weight), pred) * (ops.softmax(pred) * ops.one_minus_softmax(pred))


@define_loss(
    pred=Logits,
    target=Classes,
    class_counts=_class_counts(),
    beta=Between(0.0, 1.0, 0.9999, search=(0.9, 0.9999), doc="near 1 weights go as 1/n, near 0 all are 1"),
    claims=dict(
        convex=True,
        smooth=True,
        lipschitz=lambda class_counts, beta: np.max((1.0 - beta) / -np.expm1(class_counts * math.log(beta))),
    ),
    source="Cui et al. 2019, arXiv:1901.05555",
    hessian=_balanced_hessian,
    pitfall="not proper; the weights stay out of the divisor, so that large counts make small losses",
)
def class_balanced(ops, pred, target, *, class_counts, beta):
    """Cross-entropy weighted by the inverse effective number of rows of the class, (1 - beta)/(1 - beta^n).

    The authors' code also scales the weights to sum to the number of classes: multiply by K over their sum, or give
    the weights to cross_entropy(class_weight=...), which divides by the sum of the weights of the rows.
    """
    return target.expect(-(_effective(ops, class_counts, beta) * ops.log_softmax(pred)))
