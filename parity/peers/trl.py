"""TRL: the losses that are methods of its trainers, called with the settings alone."""

from __future__ import annotations

from types import SimpleNamespace

from trl.experimental.cpo import CPOTrainer
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


ROWS = [
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
