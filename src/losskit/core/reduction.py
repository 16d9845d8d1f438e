"""From one loss per item to one number: weights, masks and normalizers, the same for every loss."""

from __future__ import annotations

from typing import Any


def spread(ops: Any, rows: Any, like: Any, extra_axes: int) -> Any:
    """`rows` repeated along the axes that `like` has beyond it."""
    for _ in range(extra_axes):
        rows = rows[..., None]
    return ops.broadcast(rows, like) if extra_axes else rows


def divisor(ops: Any, weight: Any) -> Any:
    """Σ weight; 1 where that is 0, so that nothing left to average gives 0."""
    total = ops.total(weight)
    return ops.where(total > 0, total, ops.constant(1.0, total))


def mean(ops: Any, each: Any, weight: Any, divide_by: Any) -> Any:
    """Σ weight·each / divide_by; without a weight and a divisor the plain mean over the items.

    Where there is a weight there is a divisor.
    """
    if weight is None and divide_by is None:
        return ops.mean(each)
    if weight is None:
        return ops.total(each) / divide_by
    return ops.weighted_total(each, weight, divide_by)


def weighted(ops: Any, derivative: Any, weight: Any) -> Any:
    """A derivative with respect to pred times each item's weight, if there is one."""
    if weight is None:
        return derivative
    return derivative * spread(ops, weight, derivative, len(ops.shape(derivative)) - len(ops.shape(weight)))
