"""entmax."""

from __future__ import annotations

import entmax

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row

LIBRARY = Library.TORCH
DISTRIBUTION = "entmax"

ROWS = [
    Row(lk.sparsemax(), "sparsemax_loss", entmax.sparsemax_loss),
    Row(lk.entmax(), "entmax15_loss", entmax.entmax15_loss),
]
