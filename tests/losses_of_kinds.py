"""One short loss of each kind, over items that have more than a score and a target."""

from __future__ import annotations

import losskit as lk
from losskit.core.domains import Boxes, Embeddings, Groups, Picture, Pixels, Vector


@lk.define_loss(
    pred=lk.Real,
    log_variance=lk.Real,
    target=lk.Real,
    wrt=("pred", "log_variance"),
    claims=dict(smooth=True, estimates="mean and variance"),
)
def normal(ops, pred, log_variance, target):
    """Of a normal distribution, given by its mean and the logarithm of its variance."""
    r = pred - target
    return 0.5 * (log_variance + r * r * ops.exp(-log_variance))


@lk.define_loss(
    anchor=Vector, positive=Vector, negative=Vector, wrt=("anchor", "positive", "negative"), margin=lk.Positive(1.0)
)
def triplet(ops, anchor, positive, negative, *, margin):
    """The anchor is nearer to the positive than to the negative, by a margin of squared distances."""
    near, far = anchor - positive, anchor - negative
    return ops.relu(margin + ops.sum(near * near) - ops.sum(far * far))


def _area(ops, box):
    return (ops.take(box, 2) - ops.take(box, 0)) * (ops.take(box, 3) - ops.take(box, 1))


def _least(ops, a, b, k):
    return ops.where(ops.take(a, k) < ops.take(b, k), ops.take(a, k), ops.take(b, k))


def _greatest(ops, a, b, k):
    return ops.where(ops.take(a, k) < ops.take(b, k), ops.take(b, k), ops.take(a, k))


@lk.define_loss(pred=Boxes, target=Boxes, claims=dict(bounded=1.0, zero_at_target=True))
def overlap(ops, pred, target):
    """1 - intersection over union of two boxes."""
    inside = [ops.relu(_least(ops, pred, target, 2 + k) - _greatest(ops, pred, target, k)) for k in (0, 1)]
    shared = inside[0] * inside[1]
    union = _area(ops, pred) + _area(ops, target) - shared
    return 1.0 - shared / ops.where(union > 0.0, union, 1.0)


@lk.define_loss(pred=Picture, claims=dict(convex=True, smooth=True))
def roughness(ops, pred):
    """Squared differences of neighbours in a row of a picture."""
    step = ops.shift(pred, 1) - pred
    return ops.sum(ops.sum(step * step))


@lk.define_loss(
    anchor=Embeddings,
    positive=Embeddings,
    wrt=("anchor", "positive"),
    temperature=lk.Positive(2.0),
    claims=dict(smooth=True),
)
def contrast(ops, anchor, positive, where, *, temperature):
    """Cross-entropy of each anchor's products with all positives, its own being right."""
    products = ops.matmul(anchor, ops.transpose(positive)) / temperature
    own = ops.expand(ops.sum(anchor * positive) / temperature, products)
    return where.mean(ops.logsumexp(where.keep_columns(products - own, -1e30)))


@lk.define_loss(pred=Embeddings, labels=Groups, margin=lk.Positive(1.0))
def spread(ops, pred, labels, where, *, margin):
    """Squared distances inside groups, and what is left to a margin between them, over all pairs."""
    d = ops.distances(pred, pred)
    mine = ops.expand(labels, labels)
    same = (mine <= ops.transpose(mine)) & (ops.transpose(mine) <= mine)
    gap = ops.relu(margin - d)
    return where.mean(ops.sum(where.keep_pairs(ops.where(same, d * d, gap * gap), 0.0)))


def _over_pixels(ops, where, values):
    return ops.sum(ops.transpose(where.keep_rows(values, 0.0)))


@lk.define_loss(
    pred=Pixels, target=lk.Classes, smooth=lk.Positive(1.0), claims=dict(bounded=1.0, smooth=True, lipschitz=1.0)
)
def overlap_of_classes(ops, pred, target, where, *, smooth):
    """Dice: 1 - 2·shared/(predicted + true), the mean over classes."""
    shares, truth = ops.softmax(pred), target.one_hot(pred)
    shared = _over_pixels(ops, where, shares * truth)
    total = _over_pixels(ops, where, shares + truth)
    return target.mean_over_classes(1.0 - (2.0 * shared + smooth) / (total + smooth))


KINDS = (normal, triplet, overlap, roughness, contrast, spread, overlap_of_classes)
