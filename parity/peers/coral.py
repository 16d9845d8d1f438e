"""coral-pytorch."""

from __future__ import annotations

import torch
from coral_pytorch.losses import coral_loss

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row

LIBRARY = Library.TORCH
DISTRIBUTION = "coral-pytorch"


def _levels(pred, target):
    return coral_loss(pred, (target[:, None] > torch.arange(pred.shape[-1])).to(pred.dtype), reduction=None)


ROWS = [
    Row(
        lk.ordinal(),
        "coral_loss",
        _levels,
        mapping="grades as levels: 1 for each threshold that the grade lies above",
    )
]
