"""pytorch-toolbelt; its losses compute in float32 whatever comes."""

from __future__ import annotations

import pytorch_toolbelt.losses as toolbelt

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import INTERPOLATED, classes, one_by_one

LIBRARY = Library.TORCH
DISTRIBUTION = "pytorch-toolbelt"

_SINGLE = ("float32",)

ROWS = [
    Row(
        lk.focal(), "BinaryFocalLoss", toolbelt.BinaryFocalLoss(reduction="none"), apart=(INTERPOLATED,), dtypes=_SINGLE
    ),
    Row(lk.quality_focal(), "QualityFocalLoss", toolbelt.QualityFocalLoss(reduction="none"), dtypes=_SINGLE),
    Row(
        lk.soft_fbeta(),
        "BinarySoftF1Loss",
        one_by_one(toolbelt.BinarySoftF1Loss()),
        inputs=classes(),
    ),
    Row(lk.log_cosh(), "LogCoshLoss", toolbelt.LogCoshLoss()),
]
