"""balanced-loss; its weights and labels are float32 whatever comes."""

from __future__ import annotations

import numpy as np
from balanced_loss import Loss

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import one_by_one

LIBRARY = Library.TORCH
DISTRIBUTION = "balanced-loss"

_COUNTS = (60.0, 30.0, 10.0)
_WEIGHTS = (1 - 0.99) / (1 - 0.99 ** np.array(_COUNTS))
_MADE = Loss(beta=0.99, samples_per_class=_COUNTS, class_balanced=True)

ROWS = [
    Row(
        lk.class_balanced(class_counts=_COUNTS, beta=0.99),
        "Loss(class_balanced=True, beta=0.99)",
        one_by_one(lambda pred, target: _MADE(pred, target) * float(_WEIGHTS.mean())),
        mapping="times the mean of the weights, which it scales to mean 1",
        dtypes=("float32",),
    ),
]
