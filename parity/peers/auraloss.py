"""auraloss."""

from __future__ import annotations

import auraloss.time
import numpy as np

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Apart, Row
from parity.regions import one_by_one

LIBRARY = Library.TORCH
DISTRIBUTION = "auraloss"

ROWS = [
    Row(
        lk.log_cosh(),
        "LogCoshLoss(eps=0)",
        one_by_one(auraloss.time.LogCoshLoss(eps=0.0)),
        mapping="eps=0: auraloss adds 1e-8 within the logarithm",
        apart=(
            Apart(
                lambda pred, target: np.abs(pred - target) > 50,
                "cosh as written overflows to inf, and its gradient to NaN",
                defect=True,
            ),
        ),
    ),
]
