"""scoringrules, on its NumPy and PyTorch backends."""

from __future__ import annotations

import numpy as np
import scoringrules as sr
import torch

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Apart, Row

LIBRARY = Library.TORCH
DISTRIBUTION = "scoringrules"

sr.register_backend("torch")

_SINGLE = Apart(
    lambda *inputs: np.ones(inputs[0].shape, bool), "its PyTorch backend holds numbers in single precision", defect=True
)


def _normal(pred, log_scale, target):
    return torch.as_tensor(sr.crps_normal(target.numpy(), pred.numpy(), log_scale.exp().numpy(), backend="numpy"))


def _quantile(pred, target):
    return torch.as_tensor(sr.quantile_score(target.numpy(), pred.numpy(), 0.9, backend="numpy"))


ROWS = [
    Row(lk.crps_normal(), "crps_normal on NumPy", _normal, mapping="of exp(log_scale)", slope=False),
    Row(
        lk.crps_normal(),
        "crps_normal on PyTorch",
        lambda pred, log_scale, target: sr.crps_normal(target, pred, log_scale.exp(), backend="torch"),
        mapping="of exp(log_scale)",
        apart=(_SINGLE,),
        dtypes=("float64",),
    ),
    Row(
        lk.crps_ensemble(),
        "crps_ensemble",
        lambda pred, target: sr.crps_ensemble(target, pred, estimator="nrg", backend="torch"),
    ),
    Row(
        lk.crps_ensemble(fair=True),
        "crps_ensemble(estimator='fair')",
        lambda pred, target: sr.crps_ensemble(target, pred, estimator="fair", backend="torch"),
    ),
    Row(
        lk.energy_score(),
        "es_ensemble",
        lambda pred, target: sr.es_ensemble(target, pred, backend="torch"),
    ),
    Row(
        lk.interval(alpha=0.1),
        "interval_score(alpha=0.1)",
        lambda lower, upper, target: sr.interval_score(target, lower, upper, 0.1, backend="torch"),
    ),
    Row(lk.quantile(level=0.9), "quantile_score(alpha=0.9) on NumPy", _quantile, slope=False),
]
