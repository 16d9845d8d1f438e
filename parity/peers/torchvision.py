"""torchvision."""

from __future__ import annotations

from functools import partial

from torchvision import ops

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import INTERPOLATED

LIBRARY = Library.TORCH
DISTRIBUTION = "torchvision"

_EPS = "eps=0: torchvision adds 1e-7 to what it divides by"

ROWS = [
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
    Row(lk.diou(), "distance_box_iou_loss(eps=0)", partial(ops.distance_box_iou_loss, eps=0.0), mapping=_EPS),
    Row(
        lk.ciou(),
        "complete_box_iou_loss(eps=0)",
        lambda pred, target: ops.complete_box_iou_loss(1e4 * pred, 1e4 * target, eps=0.0),
        mapping=f"{_EPS}; of boxes 1e4 times as large, for the eps given reaches a part of the loss alone",
    ),
]
