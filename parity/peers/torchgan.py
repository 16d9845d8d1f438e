"""TorchGAN."""

from __future__ import annotations

import numpy as np
from torchgan.losses import functional

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row

LIBRARY = Library.TORCH
DISTRIBUTION = "torchgan"

_HALF = "half of it: TorchGAN adds the means over real and over generated samples"
_AS_MANY = dict(pred=2.0 * np.random.default_rng(9).normal(size=40), target=np.arange(40) % 2.0)


def _discriminator(function):
    return lambda pred, target: function(pred[target > 0.5], pred[target < 0.5]) / 2


def _generator(function):
    return lambda pred, target: function(pred, reduction="none")


ROWS = [
    Row(
        loss,
        f"{name}_discriminator_loss",
        _discriminator(getattr(functional, f"{name}_discriminator_loss")),
        mapping=_HALF,
        inputs=_AS_MANY,
    )
    for loss, name in ((lk.wgan(), "wasserstein"), (lk.lsgan(), "least_squares"), (lk.gan_bce(), "minimax"))
]
ROWS += [
    Row(
        lk.wgan(),
        "wasserstein_generator_loss",
        _generator(functional.wasserstein_generator_loss),
        mapping="of target 1",
        inputs=dict(_AS_MANY, target=np.ones(40)),
    )
]
