"""TRL: the losses that are methods of its trainers, called with the settings alone."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from trl.experimental.cpo import CPOTrainer
from trl.experimental.gkd import GKDTrainer
from trl.experimental.orpo import ORPOTrainer

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row

LIBRARY = Library.TORCH
DISTRIBUTION = "trl"


def _cpo(**settings):
    trainer = SimpleNamespace(
        **{
            "accelerator": SimpleNamespace(device="cpu"),
            "beta": 0.1,
            "label_smoothing": 0.0,
            "loss_type": "sigmoid",
            "simpo_gamma": 0.5,
            "alpha": 0.0,
            **settings,
        }
    )
    return lambda chosen, rejected: CPOTrainer.cpo_loss(trainer, chosen, rejected)[0]


def _orpo(chosen, rejected):
    trainer = SimpleNamespace(beta=0.1, accelerator=SimpleNamespace(device="cpu"))
    return -chosen - ORPOTrainer.odds_ratio_loss(trainer, chosen, rejected)[0]


_DRAW = np.random.default_rng(11)
_SHARES = (1 + _DRAW.multinomial(61, (0.6, 0.3, 0.1), 24)) / 64  # whose sums are exactly 1 in single precision too


def _distilled(pred, target):
    return GKDTrainer.generalized_jsd_loss(pred, target.log(), beta=0.3, reduction="none").sum(-1)


ROWS = [
    Row(
        lk.js_divergence(beta=0.3),
        "GKDTrainer.generalized_jsd_loss(beta=0.3)",
        _distilled,
        mapping="of the teacher's scores log(target), which a share of 0 has not",
        inputs=dict(pred=3 * _DRAW.normal(size=(24, 3)), target=_SHARES),
    ),
    Row(lk.cpo(alpha=0.0), "CPOTrainer.cpo_loss", _cpo(), mapping="alpha=0: the trainer adds the likelihood beside it"),
    Row(lk.simpo(), "CPOTrainer.cpo_loss, loss_type='simpo'", _cpo(loss_type="simpo", beta=2.0)),
    Row(
        lk.orpo(),
        "ORPOTrainer.odds_ratio_loss",
        _orpo,
        mapping="less chosen: the trainer adds the likelihood beside it",
        dtypes=("float32",),
    ),
]
