"""dlordinal; its labels are float32 whatever comes."""

from __future__ import annotations

import torch
from dlordinal.losses import WKLoss

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import grades

LIBRARY = Library.TORCH
DISTRIBUTION = "dlordinal"


def _batches(weighting):
    made = WKLoss(4, weighting, use_logits=True)
    return lambda pred, target: torch.stack([made(*batch) for batch in zip(pred, target, strict=True)])


ROWS = [
    Row(
        lk.weighted_kappa(weighting=weighting),
        f"WKLoss(penalization_type='{weighting}', use_logits=True)",
        _batches(weighting),
        inputs=grades(),
        dtypes=("float32",),
    )
    for weighting in ("quadratic", "linear")
]
