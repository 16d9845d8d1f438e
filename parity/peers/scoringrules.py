"""scoringrules, on its NumPy and PyTorch backends."""

from __future__ import annotations

import numpy as np
import scoringrules as sr
import torch

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Apart, Row, draw
from parity.regions import KINK

LIBRARY = Library.TORCH
DISTRIBUTION = "scoringrules"

sr.register_backend("torch")

_LEVELS = (0.05, 0.25, 0.75, 0.95)

_SINGLE = Apart(
    lambda *inputs: np.ones(inputs[0].shape, bool), "its PyTorch backend holds numbers in single precision", defect=True
)


_EQUAL = Apart(lambda pred, target: (np.diff(np.sort(pred, axis=-1)) == 0).any(-1), f"of equal draws, {KINK}")


def _normal(pred, log_scale, target):
    return torch.as_tensor(sr.crps_normal(target.numpy(), pred.numpy(), log_scale.exp().numpy(), backend="numpy"))


def _quantile(pred, target):
    return torch.as_tensor(sr.quantile_score(target.numpy(), pred.numpy(), 0.9, backend="numpy"))


def _quantiles(pred, target):
    return torch.as_tensor(
        sr.quantile_score(target.numpy()[:, None], pred.numpy(), np.array(_LEVELS), backend="numpy")
    ).mean(-1)


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
        apart=(_EQUAL,),
    ),
    Row(
        lk.crps_ensemble(fair=True),
        "crps_ensemble(estimator='fair')",
        lambda pred, target: sr.crps_ensemble(target, pred, estimator="fair", backend="torch"),
        apart=(_EQUAL,),
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
    Row(
        lk.quantiles(levels=_LEVELS),
        "quantile_score at each level on NumPy",
        _quantiles,
        mapping="the mean over the levels",
        slope=False,
    ),
    Row(
        lk.brier(),
        "brier_score of the sigmoid",
        lambda pred, target: sr.brier_score(target, pred.sigmoid(), backend="torch"),
        inputs=draw(lk.hinge()),
    ),
    Row(
        lk.rps(),
        "rps_score of the softmax",
        lambda pred, target: sr.rps_score(target + 1, pred.softmax(-1), backend="torch"),
        mapping="ids from 1",
    ),
    Row(lk.quantile(level=0.9), "quantile_score(alpha=0.9) on NumPy", _quantile, slope=False),
]
