"""pycox."""

from __future__ import annotations

import torch
from pycox.models import loss as pycox

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import FAR_HAZARDS, times

LIBRARY = Library.TORCH
DISTRIBUTION = "pycox"


def _batches(pred, time, event):
    return torch.stack([pycox.cox_ph_loss(*batch, eps=0.0) for batch in zip(pred, time, event, strict=True)])


ROWS = [
    Row(
        lk.cox(),
        "cox_ph_loss(eps=0)",
        _batches,
        mapping="eps=0: pycox adds 1e-7 to the sums over risk sets; no equal times: it takes them in any order",
        apart=(FAR_HAZARDS,),
        inputs=times(),
    ),
]
