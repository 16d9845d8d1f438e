"""Where an interval lies against the region of practical equivalence; colours follow from it."""

from __future__ import annotations

from typing import Literal

from losskit.reporting.wording import is_missing


def side_of_rope(low: float | None, high: float | None, rope: float) -> Literal["above", "below", "open"]:
    """`above` or `below` when the whole interval lies beyond the region on that side, else `open`."""
    if low is not None and not is_missing(low) and low > rope:
        return "above"
    if high is not None and not is_missing(high) and high < -rope:
        return "below"
    return "open"
