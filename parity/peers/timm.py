"""timm; some of its losses compute in float32 whatever comes."""

from __future__ import annotations

import timm.loss

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Apart, Row, draw
from parity.regions import INTERPOLATED

LIBRARY = Library.TORCH
DISTRIBUTION = "timm"

_SINGLE = ("float32",)

ROWS = [
    Row(lk.cross_entropy(label_smoothing=0.1), "LabelSmoothingCrossEntropy", timm.loss.LabelSmoothingCrossEntropy()),
    Row(
        lk.cross_entropy(),
        "SoftTargetCrossEntropy",
        timm.loss.SoftTargetCrossEntropy(),
        inputs=draw(lk.cross_entropy(), soft=True),
    ),
    Row(
        lk.poly1(epsilon=2.0),
        "PolyCrossEntropy",
        timm.loss.PolyCrossEntropy(reduction="none"),
        mapping="epsilon=2: timm starts there, losskit at 1",
        dtypes=_SINGLE,
    ),
    Row(
        lk.binary_cross_entropy(),
        "BinaryCrossEntropy",
        timm.loss.BinaryCrossEntropy(reduction="none"),
    ),
    Row(
        lk.asymmetric(),
        "AsymmetricLossMultiLabel",
        timm.loss.AsymmetricLossMultiLabel(reduction="none"),
        apart=(
            INTERPOLATED,
            Apart(
                lambda pred, target: (2 * target - 1) * pred < -18,
                "probabilities below 1e-8 are moved there: the worst mistakes have no gradient",
                defect=True,
            ),
        ),
        dtypes=_SINGLE,
    ),
]
