"""TorchMetrics: regression metrics that are losses."""

from __future__ import annotations

import numpy as np
import torchmetrics.functional as metrics

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Apart, Row
from parity.regions import one_by_one

LIBRARY = Library.TORCH
DISTRIBUTION = "torchmetrics"

_FLOOR = "TorchMetrics floors what it divides by at 1.17e-6"


def _small(pred, target):
    return (np.abs(pred) + np.abs(target) < 1.17e-6) & (pred != target)


ROWS = [
    Row(
        lk.smape(),
        "symmetric_mean_absolute_percentage_error",
        one_by_one(metrics.symmetric_mean_absolute_percentage_error),
        apart=(Apart(_small, _FLOOR),),
        slope=False,
    ),
    Row(
        lk.mape(eps=1.17e-6),
        "mean_absolute_percentage_error",
        one_by_one(metrics.mean_absolute_percentage_error),
        mapping="eps=1.17e-6: TorchMetrics floors |target| there, losskit at 1e-7",
        slope=False,
    ),
    Row(
        lk.log_cosh(),
        "log_cosh_error",
        one_by_one(metrics.log_cosh_error),
        apart=(Apart(lambda pred, target: np.abs(pred - target) > 50, "cosh as written overflows", defect=True),),
        slope=False,
    ),
    Row(lk.msle(), "mean_squared_log_error", one_by_one(metrics.mean_squared_log_error), slope=False),
]
