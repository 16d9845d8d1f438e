"""GeomLoss."""

from __future__ import annotations

import numpy as np
from geomloss import SamplesLoss

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Apart, Row

LIBRARY = Library.TORCH
DISTRIBUTION = "geomloss"


def _twice(name, **options):
    samples = SamplesLoss(name, backend="tensorized", **options)
    return lambda pred, target: 2 * samples(pred, target)


def _meet(pred, target):
    """Items in which two rows are equal, of one sample or of both."""
    return np.array([len(np.unique(rows, axis=0)) < len(rows) for rows in np.concatenate([pred, target], axis=1)])


ROWS = [
    Row(lk.mmd(), "SamplesLoss('gaussian', blur=1)", _twice("gaussian", blur=1.0), mapping="times 2"),
    Row(
        lk.energy_distance(),
        "SamplesLoss('energy')",
        lambda pred, target: _twice("energy")(pred, target) + 1e-4 * (1 / pred.shape[1] + 1 / target.shape[1]),
        mapping="times 2, plus 1e-4/n for each sample: GeomLoss takes 1e-4 for the distance of a row to itself",
        apart=(Apart(_meet, "it takes 1e-4 for the distance of other equal rows too"),),
    ),
]
