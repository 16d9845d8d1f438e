"""For which metrics the theory map of `choose` proposes a loss, and why."""

from __future__ import annotations

import functools

from losskit.chooser.metrics import TASKS, metric_names
from losskit.chooser.theory import RARE, Context, Proposal, propose
from losskit.chooser.traits import Traits

# What a target may look like: a row of the map counts where it is proposed for one of these.
TARGETS = (
    Traits(1000, 10),
    Traits(1000, 10, heavy_tails=True),
    Traits(1000, 10, positive=True, non_negative=True, skewed=True),
    Traits(1000, 10, counts=True, non_negative=True, skewed=True, zeros=0.3),
    Traits(1000, 10, imbalanced=True),
)


def when(loss: str) -> list[tuple[str, str, str]]:
    """(metric, consistent, surrogate or heuristic, the reason) for every row of the map with this loss."""
    merged: dict[tuple[str, str], dict[str, None]] = {}
    for metric, row in _rows():
        if row.loss == loss:
            merged.setdefault((row.tag, row.why), {})[metric] = None
    return [(", ".join(metrics), tag, why) for (tag, why), metrics in merged.items()]


def rarely(loss: str) -> str:
    """Why `choose` leaves a loss out unless it is asked for; empty where it does not."""
    return RARE.get(loss, "")


@functools.cache
def _rows() -> tuple[tuple[str, Proposal], ...]:
    return tuple(
        (metric, row)
        for kind in TASKS
        for metric in metric_names(kind)
        for target in TARGETS
        for row in propose(Context(kind, target, metric, classes=3 if kind == "multiclass" else 0))
        if row.when
    )
