"""LK302 to LK304: targets in another encoding than the loss expects. Keras turns those of its hinges around itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_keras.call import BINARY, Call


def outside_unit_interval(call: Call) -> Iterator[Finding]:
    """Beyond 1 a margin is left for noisy labels, which are sometimes drawn up to 1.2 on purpose."""
    if call.name not in BINARY or not call.reduced or call.targets is None:
        return
    outside = int(((call.targets < -1e-3) | (call.targets > 1.5)).sum())
    if outside:
        yield finding(
            "LK302",
            f"{call.said} takes targets in [0, 1] and got {outside} outside: the loss has no minimum there and falls "
            "without limit.",
            _range(call.targets) | {"outside": outside},
        )


def soft_targets_off_one(call: Call) -> Iterator[Finding]:
    """Rows of nothing but 0 are a way to mask, and negative ones weigh by an advantage: neither is a finding."""
    soft = call.name in ("categorical_crossentropy", "categorical_focal_crossentropy")
    if not soft or not call.reduced or call.targets is None or (call.targets < 0).any():
        return
    sums = call.targets.sum(call.axis).ravel()
    sums = sums[np.isfinite(sums) & (sums != 0)]
    off = int((np.abs(sums - 1) > 0.02).sum())
    if off:
        yield finding(
            "LK303",
            f"{call.said} got targets of which {off} rows of {len(sums)} do not sum to 1: each row weighs as much as "
            "its sum.",
            {"smallest sum": float(sums.min()), "largest sum": float(sums.max()), "rows off 1": off},
            fix="Divide each row of targets by its sum; for several labels per row use binary_crossentropy.",
        )


def divergence_from_no_distribution(call: Call) -> Iterator[Finding]:
    if call.name != "kl_divergence" or not call.reduced or call.targets is None:
        return
    outside = int(((call.targets < -1e-2) | (call.targets > 1.01)).sum())
    if outside:
        yield finding(
            "LK304",
            f"{call.said} takes probabilities as its target and got {outside} values outside [0, 1], which are cut "
            "off.",
            _range(call.targets) | {"outside": outside},
            fix="Pass probabilities: softmax of scores, or exp of log-probabilities.",
        )


CHECKS = (outside_unit_interval, soft_targets_off_one, divergence_from_no_distribution)


def _range(targets: np.ndarray) -> dict[str, float]:
    return {"smallest": float(np.nanmin(targets)), "largest": float(np.nanmax(targets))}
