"""Divergences: how far predicted class probabilities lie from the true ones, and one sample from another."""

from __future__ import annotations

import math
from dataclasses import replace

from losskit.core.define import define_loss
from losskit.core.domains import Classes, Embeddings, Logits, LogProbs
from losskit.core.params import Between, Positive


@define_loss(
    pred=LogProbs,
    target=Classes,
    claims=dict(convex=True, smooth=True, lipschitz=1.0, proper=True),
    source="Kullback and Leibler 1951, doi:10.1214/aoms/1177729694",
    aka=("torch.nn.KLDivLoss(reduction='batchmean')", "keras.losses.KLDivergence", "optax.losses.kl_divergence"),
    pitfall="torch's default mean also divides by the number of classes; keras takes probabilities, not logarithms",
)
def kl_div(ops, pred, target):
    """KL(target || exp(pred)), one number for each row, from logarithms of probabilities."""
    return target.expect(-pred) + target.information()


def _softmax_hessian(ops, pred, target):
    return ops.expand(target.mass(pred), pred) * (ops.softmax(pred) * ops.one_minus_softmax(pred))


@define_loss(
    pred=Logits,
    target=Classes,
    claims=dict(convex=True, smooth=True, lipschitz=1.0, proper=True, estimates="log-probabilities"),
    source="Kullback and Leibler 1951, doi:10.1214/aoms/1177729694",
    aka=("optax.losses.kl_divergence of jax.nn.log_softmax",),
    hessian=_softmax_hessian,
    pitfall="for class ids it is cross_entropy; torch's default mean also divides by the number of classes",
)
def kl_div_logits(ops, pred, target):
    """KL(target || softmax(pred)), one number for each row: cross-entropy less the entropy of the target."""
    return target.expect(-ops.log_softmax(pred)) + target.information()


def _softmax_curvature(ops, pred, target, **_):
    return ops.softmax(pred) * ops.one_minus_softmax(pred)


def _probabilities(ops, pred, q):
    """p and p - q; for the class with p > 1/2 from 1 - p, whose derivatives keep digits that those of p lose."""
    p, rest = ops.softmax(pred), ops.one_minus_softmax(pred)
    sure = p > 0.5
    rest = ops.where(sure, rest, 0.0 * rest)
    return ops.where(sure, 1.0 - rest, p), ops.where(sure, (1.0 - q) - rest, p - q)


def _relative_entropy(ops, part, mix, excess):
    """part log(part/mix) - excess for part = mix + excess >= 0, exact where the two are near."""
    x = excess / mix
    near, some = ops.abs(x) < 0.5, part > 0.0
    inner = ops.where(near, x, 0.0 * x)
    close = mix * ((1.0 + inner) * ops.log1pmx(inner) + inner * inner)
    far = part * ops.log(ops.where(some, part, mix) / mix) - excess
    return ops.where(near, close, far)


@define_loss(
    pred=Logits,
    target=Classes,
    beta=Between(0.0, 1.0, 0.5, search=(0.1, 0.9), doc="weight of the target in the mixture"),
    claims=dict(
        smooth=True,
        bounded=lambda beta: -beta * math.log(beta) - (1.0 - beta) * math.log1p(-beta),
        lipschitz=lambda beta: beta,
    ),
    source="Lin 1991, doi:10.1109/18.61115; generalised Agarwal et al. 2023, arXiv:2306.13649",
    aka=("kornia.losses.js_div_loss_2d", "trl GKDTrainer.generalized_jsd_loss"),
    aliases=("js", "generalized_jsd"),
    curvature=_softmax_curvature,
    pitfall="not proper for class ids; confident mistakes have almost no gradient; scipy's jensenshannon is its root",
)
def js_divergence(ops, pred, target, *, beta):
    """The Jensen-Shannon divergence: how far softmax(pred) and the target lie from the mixture of the two.

    beta KL(q || m) + (1 - beta) KL(p || m), m = beta q + (1 - beta) p, q the target and p = softmax(pred).

    trl counts beta = 0 and 1 as KL(q || p) and KL(p || q), to which the divergence tends once divided by beta and by
    1 - beta: kl_div_logits has the first.
    """
    q = target.one_hot(pred)
    p, d = _probabilities(ops, pred, q)
    some = q > 0.0
    mix = ops.where(some, beta * q + (1.0 - beta) * p, 1.0 + 0.0 * p)
    of_target = _relative_entropy(ops, q, mix, -(1.0 - beta) * d)
    of_pred = _relative_entropy(ops, p, mix, beta * d)
    # d sums to 0: a multiple of it may be taken off, and then classes that the target lacks add nothing.
    log_rest = ops.log1p(ops.where(some, -beta, 0.0 * p))
    each = beta * of_target + (1.0 - beta) * (of_pred + log_rest * d)
    return target.expect(ops.expand(ops.sum(ops.where(some, each, 0.0 * each)), pred))


@define_loss(
    pred=Logits,
    target=Classes,
    claims=dict(smooth=True, bounded=1.0, lipschitz=0.25),
    source="Ghosh et al. 2017, arXiv:1712.09482",
    aka=("half the mean absolute error of probabilities, times the number of classes",),
    aliases=("tv",),
    curvature=_softmax_curvature,
    pitfall="for class ids it is 1 - p: hopeless rows are given up; smooth for ids, with kinks for soft labels",
)
def total_variation_distance(ops, pred, target):
    """Half the sum of |softmax(pred) - target|: the most by which the two differ over any event."""
    _, d = _probabilities(ops, pred, target.one_hot(pred))
    return target.expect(
        ops.expand(ops.sum(ops.relu(-d)), pred)
    )  # d sums to 0: what is too little equals what is too much


Sample = replace(Embeddings, name="Sample", description="a sample of vectors, one in each row")
OtherSample = replace(Embeddings, name="OtherSample", description="another sample, of any size", axes=("M", "D"))


def _means(ops, where, of_distance, pred, target):
    """The means of a function of the distance: within the one sample, within the other, and between the two."""
    rows, others = ops.sum(pred), ops.sum(target)
    n, m = where.count(rows), ops.size(others)
    own = where.keep_pairs(of_distance(ops.distances(pred, pred)), 0.0)
    of_target = of_distance(ops.distances(target, target))
    between = where.keep_rows(of_distance(ops.distances(pred, target)), 0.0)
    own, of_target, between = (ops.sum(ops.sum(x)) for x in (own, of_target, between))
    return own / n / n, of_target / m / m, between / n / m


@define_loss(
    pred=Sample,
    target=OtherSample,
    wrt=("pred", "target"),
    scale=Positive(1.0, search=(1.0, 10.0), doc="standard deviation of the Gaussian kernel: the distance that counts"),
    claims=dict(smooth=True, bounded=2.0),
    source="Gretton et al. 2012, jmlr.org/papers/v13/gretton12a.html",
    aka=("geomloss.SamplesLoss('gaussian')",),
    aliases=("maximum_mean_discrepancy",),
    pitfall="blind to distances far from scale: the median distance is a start, a sum of several scales safer",
)
def mmd(ops, pred, target, where, *, scale):
    """The squared maximum mean discrepancy of two samples under a Gaussian kernel: 0 where they are equal.

    mean k(x, x') + mean k(y, y') - 2 mean k(x, y), k = exp(-|x - y|²/(2 scale²)). All pairs count, those of a row with
    itself too, so that it is never below 0 (the biased estimate). geomloss gives half of it.
    """

    def less_1(distance):
        u = distance / scale
        return ops.expm1(-0.5 * u * u)  # k - 1: the constants cancel, and near 1 it keeps its digits

    own, of_target, between = _means(ops, where, less_1, pred, target)
    return (own - between) + (of_target - between)


@define_loss(
    pred=Sample,
    target=OtherSample,
    wrt=("pred", "target"),
    claims=dict(),
    source="Székely and Rizzo 2013, doi:10.1016/j.jspi.2013.03.018",
    aka=("geomloss.SamplesLoss('energy')",),
    pitfall="its gradient has a kink where two rows meet",
)
def energy_distance(ops, pred, target, where):
    """2 mean |x - y| - mean |x - x'| - mean |y - y'| over two samples: 0 where they are equal.

    All pairs count, those of a row with itself too. geomloss gives half of it, scipy.stats.energy_distance its root.
    """
    own, of_target, between = _means(ops, where, lambda distance: distance, pred, target)
    return (between - own) + (between - of_target)
