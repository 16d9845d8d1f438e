"""Lightly."""

from __future__ import annotations

from lightly import loss as lightly

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import views

LIBRARY = Library.TORCH
DISTRIBUTION = "lightly"

ROWS = [
    Row(lk.nt_xent(), "NTXentLoss", lightly.NTXentLoss(), inputs=views()),
    Row(
        lk.barlow_twins(),
        "BarlowTwinsLoss",
        lambda anchor, positive: lightly.BarlowTwinsLoss()(1e6 * anchor, 1e6 * positive),
        mapping="of embeddings times 1e6, which changes nothing else: Lightly adds 1e-5 to the variances",
        inputs=views(),
    ),
    Row(lk.vicreg(), "VICRegLoss", lightly.VICRegLoss(), inputs=views()),
]
