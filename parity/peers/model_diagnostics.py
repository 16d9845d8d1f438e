"""model-diagnostics: scoring functions."""

from __future__ import annotations

from model_diagnostics.scoring import HomogeneousExpectileScore

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row

LIBRARY = Library.NUMPY
DISTRIBUTION = "model-diagnostics"

_SCORE = HomogeneousExpectileScore(degree=2, level=0.8)

ROWS = [
    Row(
        lk.expectile(level=0.8),
        "HomogeneousExpectileScore(degree=2, level=0.8)",
        lambda pred, target: _SCORE.score_per_obs(target, pred) / 2,
        mapping="half of it",
        slope=False,
    ),
]
