"""The best constant of every leaf: what a tree grown on gradients lacks where the loss has no curvature."""

from __future__ import annotations

from typing import Any

import numpy as np


def best_steps(
    loss: Any, raw: np.ndarray, target: np.ndarray, weight: Any, leaf: np.ndarray, leaves: int
) -> np.ndarray:
    """The constant of each leaf (leaves,) that, added to `raw` (n,), makes its rows' loss least.

    `leaf` (n,) holds ids below `leaves`; an id without rows gets 0. For losses whose gradient points away from the
    target. Bisection finds the two residuals of the leaf between which the slope changes its sign, and the constant is
    where a line through the two slopes crosses 0: for the quantile loss, the interpolated quantile of the residuals.
    """
    residual = target - raw
    counts = np.bincount(leaf, minlength=leaves)
    ordered = np.append(residual[_by_leaf_and(residual, leaf)], 0.0)  # one more, for an empty last leaf to look at

    def slope(step: np.ndarray) -> np.ndarray:
        pred = target + (step[leaf] - residual)  # the target itself, exactly, for the row whose residual is the step
        return np.bincount(leaf, loss.gradient(pred, target, weight=weight), leaves)

    low = np.cumsum(counts) - counts
    high = low + np.maximum(counts - 1, 0)
    while (high - low > 1).any():
        middle = (low + high) // 2
        beyond = slope(ordered[middle]) > 0.0
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    below, above = slope(ordered[low]), slope(ordered[high])
    share = np.clip(-below / np.where(above > below, above - below, 1.0), 0.0, 1.0)
    return np.where(counts > 0, ordered[low] + share * (ordered[high] - ordered[low]), 0.0)


def _by_leaf_and(values: np.ndarray, leaf: np.ndarray) -> np.ndarray:
    """The order by leaf, then value: a radix sort of small ids after a fast sort of numbers, unlike np.lexsort."""
    order = np.argsort(values)
    small = np.uint16 if leaf.max() < 2**16 else np.int64
    return order[np.argsort(leaf[order].astype(small), kind="stable")]
