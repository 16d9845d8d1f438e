"""torchvision."""

from __future__ import annotations

from functools import partial

from torchvision import ops
from torchvision.models.detection.roi_heads import fastrcnn_loss

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Apart, Row
from parity.regions import INTERPOLATED, KINK

LIBRARY = Library.TORCH
DISTRIBUTION = "torchvision"

_ALIKE = Apart(lambda pred, target: (pred == target).all(-1), KINK)
_EPS = "eps=0: torchvision adds 1e-7 to what it divides by"


def _detection(boxes, scores, target_boxes, target):
    """torchvision predicts a box for each class, and takes that of the true one."""
    return sum(fastrcnn_loss(scores, boxes.repeat(1, scores.shape[-1]), [target], [target_boxes]))


ROWS = [
    Row(
        lk.iou(),
        "box_iou",
        lambda pred, target: 1 - ops.box_iou(pred, target).diag(),
        mapping="1 minus its diagonal",
        apart=(_ALIKE,),
    ),
    Row(
        lk.box_and_class(beta=1 / 9),
        "fastrcnn_loss",
        _detection,
        mapping="beta=1/9: torchvision has it there, losskit starts from 1",
    ),
    Row(
        lk.focal(alpha=0.25),
        "sigmoid_focal_loss",
        ops.sigmoid_focal_loss,
        mapping="alpha=0.25: torchvision starts there, losskit without",
        apart=(INTERPOLATED,),
    ),
    Row(
        lk.focal(),
        "sigmoid_focal_loss(alpha=-1)",
        lambda pred, target: ops.sigmoid_focal_loss(pred, target, alpha=-1),
        apart=(INTERPOLATED,),
    ),
    Row(lk.giou(), "generalized_box_iou_loss(eps=0)", partial(ops.generalized_box_iou_loss, eps=0.0), mapping=_EPS),
    Row(
        lk.diou(),
        "distance_box_iou_loss(eps=0)",
        partial(ops.distance_box_iou_loss, eps=0.0),
        mapping=_EPS,
        apart=(_ALIKE,),
    ),
    Row(
        lk.ciou(),
        "complete_box_iou_loss(eps=0)",
        lambda pred, target: ops.complete_box_iou_loss(1e4 * pred, 1e4 * target, eps=0.0),
        apart=(Apart(_ALIKE.where, "for equal boxes its weight of v is 0/0 without an eps"),),
        mapping=f"{_EPS}; of boxes 1e4 times as large, for the eps given reaches a part of the loss alone",
    ),
]
