"""Detection: losses over boxes (x1, y1, x2, y2), and what detectors train with beside them."""

from __future__ import annotations

import math
from dataclasses import replace

from losskit.core.define import define_loss
from losskit.core.domains import Boxes, Classes, Fraction, Logit, Logits, Vector
from losskit.core.params import Flag, NonNegative, Positive, Static

Offsets = replace(Vector, name="Offsets", description="four numbers that place a box", axes=("corner",), length=4)


def _corners(ops, boxes):
    return [ops.take(boxes, k) for k in range(4)]


def _least(ops, a, b):
    return ops.where(a <= b, a, b)


def _most(ops, a, b):
    return ops.where(a >= b, a, b)


def _ratio(ops, above, below, otherwise):
    """above/below, and `otherwise` where below is 0."""
    some = below > 0.0
    return ops.where(some, above / ops.where(some, below, 1.0), otherwise)


def _areas(ops, pred, target):
    """The areas of the overlap and of the union."""
    ax1, ay1, ax2, ay2 = _corners(ops, pred)
    bx1, by1, bx2, by2 = _corners(ops, target)
    width = ops.relu(_least(ops, ax2, bx2) - _most(ops, ax1, bx1))
    height = ops.relu(_least(ops, ay2, by2) - _most(ops, ay1, by1))
    overlap = width * height
    return overlap, (ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - overlap


def _enclosing(ops, pred, target):
    """Width and height of the smallest box around both."""
    ax1, ay1, ax2, ay2 = _corners(ops, pred)
    bx1, by1, bx2, by2 = _corners(ops, target)
    return _most(ops, ax2, bx2) - _least(ops, ax1, bx1), _most(ops, ay2, by2) - _least(ops, ay1, by1)


def _one_minus_iou(ops, pred, target):
    overlap, union = _areas(ops, pred, target)
    return _ratio(ops, union - overlap, union, 1.0)


@define_loss(
    pred=Boxes,
    target=Boxes,
    log=Flag(doc="-log IoU"),
    floor=Static(1e-6, low=0.0, high=1.0, open_low=True, open_high=True, doc="the least IoU whose logarithm is taken"),
    claims=dict(zero_at_target=True, bounded=lambda log, floor: -math.log(floor) if log else 1.0),
    source="Yu et al. 2016, arXiv:1608.01471",
    aka=("mmdet IoULoss", "tensorflow_addons GIoULoss(mode='iou')"),
    pitfall="no gradient where the boxes are apart: giou, diou and ciou have one",
)
def iou(ops, pred, target, *, log, floor):
    """1 - overlap/union of two boxes; 1 where both have no area.

    mmdet takes -log IoU (`log=True`), of no IoU below 1e-6; TensorFlow Addons takes boxes as (y1, x1, y2, x2).
    """
    if not log:
        return _one_minus_iou(ops, pred, target)
    overlap, union = _areas(ops, pred, target)
    some, most = overlap > 0.0, -math.log(floor)
    cost = ops.where(some, -ops.log(ops.where(some, overlap, 1.0) / ops.where(some, union, 1.0)), most)
    return ops.where(cost < most, cost, most)


@define_loss(
    pred=Boxes,
    target=Boxes,
    claims=dict(zero_at_target=True, bounded=2.0),
    source="Rezatofighi et al. 2019, arXiv:1902.09630",
    aka=(
        "torchvision.ops.generalized_box_iou_loss",
        "mmdet GIoULoss",
        "tensorflow_addons GIoULoss",
        "monai.losses.BoxGIoULoss",
    ),
    pitfall="slow where one box holds the other: the enclosing box adds nothing there",
)
def giou(ops, pred, target):
    """1 - IoU + (C - U)/C, U the area of the union and C that of the smallest box around both.

    Peers add 1e-7 to what they divide by; here an area of 0 adds nothing.
    """
    overlap, union = _areas(ops, pred, target)
    width, height = _enclosing(ops, pred, target)
    around = width * height
    return _ratio(ops, union - overlap, union, 1.0) + _ratio(ops, around - union, around, 0.0)


def _distance(ops, pred, target):
    """The squared distance of the centres over the squared diagonal of the enclosing box."""
    ax1, ay1, ax2, ay2 = _corners(ops, pred)
    bx1, by1, bx2, by2 = _corners(ops, target)
    width, height = _enclosing(ops, pred, target)
    dx, dy = 0.5 * ((ax1 - bx1) + (ax2 - bx2)), 0.5 * ((ay1 - by1) + (ay2 - by2))
    return _ratio(ops, dx * dx + dy * dy, width * width + height * height, 0.0)


@define_loss(
    pred=Boxes,
    target=Boxes,
    claims=dict(zero_at_target=True, bounded=2.0),
    source="Zheng et al. 2020, arXiv:1911.08287",
    aka=("torchvision.ops.distance_box_iou_loss", "mmdet DIoULoss"),
    pitfall="says nothing of the shape of a box: ciou does",
)
def diou(ops, pred, target):
    """1 - IoU + ρ²/c², ρ the distance of the centres and c the diagonal of the smallest box around both."""
    return _one_minus_iou(ops, pred, target) + _distance(ops, pred, target)


def _slant(ops, boxes):
    """The angle whose tangent is width over height."""
    x1, y1, x2, y2 = _corners(ops, boxes)
    tall = y2 > y1
    return ops.where(tall, ops.arctan((x2 - x1) / ops.where(tall, y2 - y1, 1.0)), 0.5 * math.pi)


@define_loss(
    pred=Boxes,
    target=Boxes,
    claims=dict(zero_at_target=True, bounded=3.0),
    source="Zheng et al. 2020, arXiv:1911.08287",
    aka=("torchvision.ops.complete_box_iou_loss", "mmdet CIoULoss"),
    pitfall="the weight of its last part is a constant in the gradient, so it is not the slope of its value",
)
def ciou(ops, pred, target):
    """DIoU plus a v: v = 4/π² (difference of atan(width/height))², a = v/(1 - IoU + v), a constant in the gradient.

    torchvision stops the gradient of a too; mmdet does not.
    """
    apart = _slant(ops, target) - _slant(ops, pred)
    v = (4.0 / math.pi**2) * apart * apart
    off = _one_minus_iou(ops, pred, target)
    weight = ops.stop_gradient(_ratio(ops, v, off + v, 0.0))
    return off + _distance(ops, pred, target) + weight * v


@define_loss(
    pred=Logit,
    target=Fraction,
    alpha=NonNegative(0.75, search=(0.25, 1.0), doc="weight of negatives"),
    gamma=NonNegative(2.0, search=(0.5, 5.0), doc="how fast easy negatives lose weight"),
    claims=dict(smooth=True, lipschitz=lambda alpha, gamma: max(1.0, alpha * (1.0 + gamma / math.e))),
    source="Zhang et al. 2021, arXiv:2008.13367",
    aka=("mmdet VarifocalLoss",),
    curvature=lambda ops, pred, target, **_: ops.sigmoid(pred) * ops.sigmoid(-pred),
    pitfall="not proper: only a target of exactly 0 is a negative",
)
def varifocal(ops, pred, target, *, alpha, gamma):
    """Cross-entropy for targets that are qualities: positives weighted by their quality, negatives by alpha p^gamma."""
    entropy = target * ops.softplus(-pred) + (1.0 - target) * ops.softplus(pred)
    negative = alpha * (ops.exp(-gamma * ops.softplus(-pred)) * ops.softplus(pred))
    return ops.where(target > 0.0, target * entropy, negative)


@define_loss(
    boxes=Offsets,
    scores=Logits,
    target_boxes=replace(Offsets, name="TargetOffsets"),
    target=Classes,
    beta=Positive(1.0, search=(0.05, 5.0), doc="where a residual turns from quadratic to linear"),
    balance=NonNegative(1.0, search=(0.1, 10.0), doc="weight of the boxes"),
    wrt=("boxes", "scores"),
    claims=dict(convex=True, lipschitz=lambda beta, balance: max(1.0, balance)),
    source="Girshick 2015, arXiv:1504.08083",
    aka=("torchvision fastrcnn_loss",),
    aliases=("fast_rcnn",),
    pitfall="class 0 is the background, whose boxes cost nothing",
)
def box_and_class(ops, boxes, scores, target_boxes, target, *, beta, balance):
    """Cross-entropy of the class plus smooth-L1, added up over the four numbers of the box, unless it is background.

    torchvision divides the boxes' sum by the number of all rows too.
    """
    size = ops.abs(boxes - target_boxes)
    near = size < beta
    inner = ops.where(near, size, beta + 0.0 * size)
    each = ops.sum(0.5 * inner * inner / beta + (size - inner))
    background = ops.take(target.one_hot(scores), 0)
    return target.expect(-ops.log_softmax(scores)) + balance * ((1.0 - background) * each)
