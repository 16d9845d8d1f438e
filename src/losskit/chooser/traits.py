"""Traits of a target that bear on the loss: counts, sign, zeros, tails, skew, imbalance; each can be overruled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from losskit.chooser.task import Task
from losskit.chooser.wording import counted
from losskit.errors import InvalidInput, UnknownName

if TYPE_CHECKING:
    import pandas as pd

# (q97.5 - q2.5) / (q75 - q25) of a normal distribution; the ratio to it is Crow and Siddiqui's (1967) tail weight.
NORMAL_TAILS = 2.906
HEAVY_TAIL_RATIO = 1.4  # Student's t with 3 degrees of freedom: 1.43; with 5: 1.21; exponential: 1.15
OUTLIER_SHARE = 0.01
SKEWED = 0.25
IMBALANCED = 0.2


@dataclass(frozen=True)
class Traits:
    """What was seen in the table; the target's own traits are None where they make no sense for the task.

    counts: whole numbers of 0 or more;  positive: all above 0;  non_negative: none below 0
    zeros: share of zeros;  heavy_tails: by `tail_ratio` (1 for a normal distribution) or `outliers` (share of rows more
    than 5 robust deviations from the median);  skew: Kelly's, between -1 and 1;  skewed: skew above 0.25
    minority: share of the rarest class, relative to an even share;  imbalanced: below 0.2 of the rows (binary), or of
    an even share to one class (multiclass)
    missing: share of cells of the features that are empty
    """

    rows: int
    columns: int
    missing: float = 0.0
    columns_with_missing: int = 0
    counts: bool = False
    positive: bool = False
    non_negative: bool = False
    zeros: float = 0.0
    heavy_tails: bool = False
    tail_ratio: float | None = None
    outliers: float | None = None
    skewed: bool = False
    skew: float | None = None
    imbalanced: bool = False
    minority: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """The traits as plain values, for JSON."""
        return asdict(self)

    def sentences(self) -> list[str]:
        """What was seen, one sentence a trait, with its number."""
        said = [f"{counted(self.rows, 'row')}, {counted(self.columns, 'feature column')}."]
        if self.missing:
            said.append(
                f"{self.missing:.1%} of the cells are missing, in {counted(self.columns_with_missing, 'column')}."
            )
        if self.counts:
            said.append(f"The target holds counts: whole numbers of {1 if self.positive else 0} or more.")
        elif self.positive:
            said.append("The target is always positive.")
        elif self.non_negative:
            said.append("The target is never negative.")
        if self.zeros > 0.01:
            said.append(f"{self.zeros:.0%} of the targets are zero.")
        if self.heavy_tails:
            said.append(f"The target has heavy tails{self._tail_numbers()}.")
        if self.skewed:
            shown = f" (quantile skewness {self.skew:.2f}; 0 is symmetric)" if self.skew is not None else ""
            said.append(f"The target is skewed to the right{shown}.")
        if self.imbalanced:
            shown = f": the rarest has {self.minority:.1%} of the rows" if self.minority is not None else ""
            said.append(f"The classes are imbalanced{shown}.")
        return said

    def _tail_numbers(self) -> str:
        if self.tail_ratio is None or self.outliers is None:
            return ""
        return f" ({self.tail_ratio:.1f} times a normal distribution's; {self.outliers:.1%} of the rows far out)"


def detect_traits(task: Task, frame: pd.DataFrame, overrides: Mapping[str, Any] | None = None) -> Traits:
    """The traits of a task and its features.

    overrides: trait name to value, such as {"heavy_tails": True}; what is named there is taken as told

    Raises UnknownName for a trait that does not exist, InvalidInput for a value of another kind.
    """
    missing = frame.isna().to_numpy().mean(axis=0) if frame.shape[1] else np.zeros(0)
    seen = Traits(
        rows=len(task.y),
        columns=frame.shape[1],
        missing=float(missing.mean()) if missing.size else 0.0,
        columns_with_missing=int((missing > 0).sum()),
        **(_regression_traits(task.y) if task.kind == "regression" else _class_traits(task)),
    )
    return _overruled(seen, dict(overrides or {}))


def _overruled(seen: Traits, overrides: dict[str, Any]) -> Traits:
    known = {item.name: item.type for item in fields(Traits)}
    for name, value in overrides.items():
        if name not in known:
            raise UnknownName("trait", name, known)
        if (known[name] == "bool") != isinstance(value, bool):
            kind = "true or false" if known[name] == "bool" else "a number"
            raise InvalidInput(f"the trait {name} is {kind}, got {value!r}", f"Give {kind}.")
    return replace(seen, **overrides)


def _regression_traits(y: np.ndarray) -> dict[str, Any]:
    ratio, outliers = _tails(y)
    skew = _quantile_skew(y)
    return {
        "counts": _are_counts(y),
        "positive": bool(y.min() > 0),
        "non_negative": bool(y.min() >= 0),
        "zeros": float((y == 0).mean()),
        "tail_ratio": ratio,
        "outliers": outliers,
        "heavy_tails": ratio > HEAVY_TAIL_RATIO or (outliers > OUTLIER_SHARE and outliers * len(y) >= 3),
        "skew": skew,
        "skewed": skew > SKEWED,
    }


def _class_traits(task: Task) -> dict[str, Any]:
    share = np.bincount(task.y, minlength=len(task.classes or ())) / len(task.y)
    even = 1.0 if task.kind == "binary" else 1 / len(share)
    return {"minority": float(share.min()), "imbalanced": bool(share.min() < IMBALANCED * even)}


def _are_counts(y: np.ndarray) -> bool:
    """Whole, never negative, not rounded to a multiple (prices are), and not codes of millions."""
    if y.min() < 0 or np.median(y) > 10_000 or y.max() > 1e15 or not np.all(y == np.round(y)):
        return False
    return int(np.gcd.reduce(y.astype(np.int64))) == 1


def _tails(y: np.ndarray) -> tuple[float, float]:
    """Tail weight relative to the normal distribution, and the share of rows far out on their own side.

    Each side of the median has its own median deviation, so that skew alone does not count as a tail
    (Crow & Siddiqui 1967, doi:10.1080/01621459.1967.10482914; Leys et al. 2013, doi:10.1016/j.jesp.2013.03.013).
    """
    middle = y[y != 0] if np.subtract(*np.quantile(y, [0.75, 0.25])) == 0 else y
    low, first, third, high = np.quantile(middle, [0.025, 0.25, 0.75, 0.975])
    if third == first:
        return 1.0, 0.0
    deviation = middle - np.median(middle)
    far = 0
    for side in (deviation[deviation > 0], -deviation[deviation < 0]):
        scale = 1.4826 * np.median(side) if side.size else 0.0
        far += int((side > 5 * scale).sum()) if scale > 0 else 0
    return float((high - low) / (third - first) / NORMAL_TAILS), far / len(y)


def _quantile_skew(y: np.ndarray) -> float:
    """Kelly's coefficient: (q90 + q10 - 2 q50) / (q90 - q10)."""
    low, middle, high = np.quantile(y, [0.1, 0.5, 0.9])
    return float((high + low - 2 * middle) / (high - low)) if high > low else 0.0
