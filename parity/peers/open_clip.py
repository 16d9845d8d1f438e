"""OpenCLIP, from the embeddings on."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812
from open_clip import loss as clip

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import views

LIBRARY = Library.TORCH
DISTRIBUTION = "open_clip_torch"

_UNIT = "of embeddings at length 1, as its models give them"


def _units(loss, *scale_and_bias):
    return lambda anchor, positive: loss(F.normalize(anchor, dim=-1), F.normalize(positive, dim=-1), *scale_and_bias)


ROWS = [
    Row(lk.siglip(), "SigLipLoss", _units(clip.SigLipLoss(), 10.0, -10.0), mapping=_UNIT, inputs=views()),
    Row(lk.info_nce(symmetric=True), "ClipLoss", _units(clip.ClipLoss(), 20.0), mapping=_UNIT, inputs=views()),
]
