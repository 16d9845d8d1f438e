"""Loss parameters that are numbers only once the training rows are known: called with their targets, they give them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ScaledByMAD:
    """`factor` times the median absolute deviation of the target, made equal to the deviation of a normal (1.4826 MAD).

    Where more than half of the targets are equal, the mean absolute deviation stands in (1.2533 times it).
    """

    factor: float

    def __call__(self, target_rows: np.ndarray) -> float:
        deviation = np.abs(target_rows - np.median(target_rows))
        scale = 1.4826 * np.median(deviation) or 1.2533 * np.mean(deviation) or 1.0
        return float(self.factor * scale)

    def __str__(self) -> str:
        return f"{self.factor:g} MAD"


@dataclass(frozen=True)
class ClassPrior:
    """The share of each class; a class without a row counts as half a row."""

    classes: int

    def __call__(self, target_rows: np.ndarray) -> np.ndarray:
        counts = np.maximum(np.bincount(target_rows.astype(np.int64), minlength=self.classes), 0.5)
        return counts / counts.sum()

    def __str__(self) -> str:
        return "class shares"


@dataclass(frozen=True)
class ClassWeights:
    """Weights that make all classes count alike: rows / (classes * rows of the class), as scikit-learn's "balanced"."""

    classes: int

    def __call__(self, target_rows: np.ndarray) -> np.ndarray:
        return 1.0 / (self.classes * ClassPrior(self.classes)(target_rows))

    def __str__(self) -> str:
        return "balanced"


@dataclass(frozen=True)
class NegOverPos:
    """Rows of class 0 over rows of class 1: as `pos_weight` it makes both classes count alike."""

    def __call__(self, target_rows: np.ndarray) -> float:
        negative, positive = ClassPrior(2)(target_rows)
        return float(negative / positive)

    def __str__(self) -> str:
        return "neg/pos"
