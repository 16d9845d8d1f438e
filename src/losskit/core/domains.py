"""What an input of a loss may be: declared once, used by the checks, the docs and the test data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Domain:
    """The values and the shape of one input.

    `low` and `high` bound each entry (`open_low`, `open_high`: the bound itself is outside), `interior` is a safe
    value that stands in for masked entries, `axes` names the trailing axes that belong to one item (`("K",)`: a
    class axis, `("L",)`: the items of a list), `link` turns a raw score into the quantity it predicts, and `classes`
    marks class ids, which may also come as soft labels over the class axis.
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

    def holds(self, values: Any) -> Any:
        """Which of `values`, a number or a NumPy array, lie within the bounds."""
        above = values > self.low if self.open_low else values >= self.low
        below = values < self.high if self.open_high else values <= self.high
        return above & below

    def __str__(self) -> str:
        return self.description


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
)
Scores = Domain("Scores", "raw scores of the items of a list, last axis", axes=("L",))
Relevance = Domain("Relevance", "relevances >= 0 of the items of a list, last axis", low=0.0, axes=("L",))
Classes = Domain("Classes", "class ids, or soft labels over the class axis", low=0.0, classes=True, interior=0.0)
