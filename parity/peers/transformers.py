"""Transformers: the losses of its detectors."""

from __future__ import annotations

import torch
from transformers import RTDetrConfig
from transformers.loss.loss_rt_detr import RTDetrLoss

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import one_by_one

LIBRARY = Library.TORCH
DISTRIBUTION = "transformers"

_DETECTOR = RTDetrLoss(RTDetrConfig(num_labels=1))


def _varifocal(pred, target):
    """One query of one class, matched to a box that overlaps its own by the target."""
    box = torch.tensor([[0.5, 0.5, 1.0, 1.0]], dtype=pred.dtype)
    found = box * torch.stack([torch.ones_like(target)] * 3 + [target], -1)
    matched = torch.arange(1)[target > 0]
    outputs = dict(logits=pred[None, :, None], pred_boxes=found[None])
    truth = [dict(boxes=box, class_labels=torch.zeros(1, dtype=torch.int64))]
    return _DETECTOR.loss_labels_vfl(outputs, truth, [(matched, matched)], 1)["loss_vfl"]


ROWS = [
    Row(
        lk.varifocal(),
        "RTDetrLoss.loss_labels_vfl",
        one_by_one(_varifocal),
        mapping="values alone: it holds the weights of negatives constant in the gradient",
        slope=False,
    ),
]
