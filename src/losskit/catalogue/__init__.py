"""The losses, one file a family."""

from __future__ import annotations

from losskit.catalogue import (
    classification,
    detection,
    divergence,
    embedding,
    generative,
    imbalance,
    preference,
    probabilistic,
    ranking,
    regression,
    robust,
    segmentation,
    survival,
)
from losskit.core.registry import collect

FAMILIES = collect(
    regression,
    robust,
    probabilistic,
    classification,
    imbalance,
    divergence,
    ranking,
    segmentation,
    detection,
    embedding,
    preference,
    generative,
    survival,
)
