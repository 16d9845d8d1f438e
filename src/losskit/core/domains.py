"""What an input of a loss may be: declared once, used by the checks, the docs and the test data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Domain:
    """The values and the shape of one input.

    `low` and `high` bound each entry (`open_low`, `open_high`: the bound itself is outside), `interior` is a safe
    value that stands in for masked entries, and `link` turns a raw score into the quantity it predicts.

    `axes` names the trailing axes that belong to one item; one name is one length in all inputs of a loss. "K" is
    a class axis, "D" the entries of a vector; first of the axes "L" are the items of a list, "N" the rows of a batch
    that is judged as a whole, "P" the pixels of a picture. `length` fixes the last of them.

    `classes` marks class ids, which may also come as soft labels over the class axis; `labels` integers that name
    groups and are compared, nothing else. `from_free` makes valid values of any real numbers, and `problem` says
    what is wrong with NumPy values beyond their bounds, or None.
    """

    name: str
    description: str
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    interior: float = 0.0
    axes: tuple[str, ...] = ()
    link: str = "identity"
    only: tuple[float, ...] = ()
    classes: bool = False
    labels: bool = False
    length: int | None = None
    from_free: Callable[[np.ndarray], np.ndarray] | None = None
    problem: Callable[[np.ndarray], str | None] | None = None

    def holds(self, values: Any) -> Any:
        """Which of `values`, a number or a NumPy array, lie within the bounds."""
        above = values > self.low if self.open_low else values >= self.low
        below = values < self.high if self.open_high else values <= self.high
        return above & below

    def __str__(self) -> str:
        return self.description


def _log_softmax(rows: np.ndarray) -> np.ndarray:
    return rows - np.logaddexp.reduce(rows, axis=-1, keepdims=True)


def _softmax(rows: np.ndarray) -> np.ndarray:
    return np.exp(_log_softmax(rows))


def _not_a_distribution(rows: np.ndarray) -> str | None:
    sums = rows.sum(-1)
    off = np.abs(sums - 1.0) > 1e-3
    return f"rows must sum to 1, one sums to {sums[off].flat[0]:g}" if off.any() else None


def _corners(numbers: np.ndarray) -> np.ndarray:
    """Boxes around any two numbers, with sides from two others."""
    middle, half = numbers[..., :2], 0.25 + np.abs(numbers[..., 2:])
    return np.concatenate([middle - half, middle + half], axis=-1)


def _turned_corners(boxes: np.ndarray) -> str | None:
    turned = np.any(boxes[..., 2:] < boxes[..., :2], axis=-1)
    return f"boxes are (x1, y1, x2, y2) with x1 <= x2 and y1 <= y2, got {boxes[turned][0]}" if turned.any() else None


def _no_pairs(labels: np.ndarray) -> str | None:
    same = labels[..., :, None] == labels[..., None, :]
    lonely = ~np.any(same & ~np.eye(labels.shape[-1], dtype=bool), axis=(-1, -2))
    return "no two rows share a label: there is no positive pair" if labels.size and lonely.any() else None


Real = Domain("Real", "real numbers")
Logit = Domain("Logit", "raw scores (log-odds)", link="sigmoid")
Margin = Domain("Margin", "raw scores, positive for class 1")
LogRate = Domain("LogRate", "logarithms of a positive mean", link="exp")
Log1p = Domain("Log1p", "raw scores on the log1p scale", link="expm1")
Prob = Domain(
    "Prob", "probabilities above 0 and below 1", low=0.0, high=1.0, open_low=True, open_high=True, interior=0.5
)
NonNegativeReal = Domain("NonNegativeReal", "numbers >= 0", low=0.0, interior=1.0)
PositiveReal = Domain("PositiveReal", "numbers > 0", low=0.0, open_low=True, interior=1.0)
AboveMinusOne = Domain("AboveMinusOne", "numbers > -1", low=-1.0, open_low=True)
Binary = Domain("Binary", "0 or 1", low=0.0, high=1.0, only=(0.0, 1.0))
Fraction = Domain("Fraction", "numbers between 0 and 1", low=0.0, high=1.0, interior=0.5)
Logits = Domain("Logits", "raw scores over classes, last axis", axes=("K",), link="softmax")
LogProbs = Domain(
    "LogProbs",
    "logarithms of class probabilities, last axis",
    high=0.0,
    interior=-1.0,
    axes=("K",),
    link="exp",
    from_free=_log_softmax,
)
Probs = Domain(
    "Probs",
    "class probabilities, last axis",
    low=0.0,
    high=1.0,
    interior=0.5,
    axes=("K",),
    from_free=_softmax,
    problem=_not_a_distribution,
)
Scores = Domain("Scores", "raw scores of the items of a list, last axis", axes=("L",))
Relevance = Domain("Relevance", "relevances >= 0 of the items of a list, last axis", low=0.0, axes=("L",))
Classes = Domain("Classes", "class ids, or soft labels over the class axis", low=0.0, classes=True, interior=0.0)
Cosines = Domain(
    "Cosines",
    "cosines between an embedding and each class, last axis",
    low=-1.0,
    high=1.0,
    axes=("K",),
    from_free=np.tanh,
)
Vector = Domain("Vector", "vectors, last axis", axes=("D",))
Draws = Domain("Draws", "draws from the predicted distribution, last axis", axes=("M",))
Boxes = Domain(
    "Boxes",
    "boxes (x1, y1, x2, y2), last axis",
    axes=("corner",),
    length=4,
    from_free=_corners,
    problem=_turned_corners,
)
Picture = Domain("Picture", "pictures, height and width last", axes=("H", "W"))
Embeddings = Domain("Embeddings", "one embedding for each row of a batch", axes=("N", "D"))
Groups = Domain("Groups", "integer labels of the rows of a batch", axes=("N",), labels=True, problem=_no_pairs)
BatchScores = Domain("BatchScores", "one raw score for each row of a batch", axes=("N",))
BatchBinary = Domain("BatchBinary", "0 or 1 for each row of a batch", low=0.0, high=1.0, axes=("N",), only=(0.0, 1.0))
Pixels = Domain("Pixels", "raw scores over classes for each pixel, classes last", axes=("P", "K"), link="softmax")
