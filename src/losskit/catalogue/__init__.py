"""The losses, one file a family."""

from __future__ import annotations

from losskit.catalogue import classification, divergence, imbalance, probabilistic, ranking, regression, robust
from losskit.core.registry import collect

FAMILIES = collect(regression, robust, probabilistic, classification, divergence, imbalance, ranking)
