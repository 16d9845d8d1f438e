"""From one loss per item to one number: weights, masks and normalizers, the same for every loss."""

from __future__ import annotations

from typing import Any, NamedTuple


class Mean(NamedTuple):
    """Σ weight·each / divide_by and its gradient; without a divisor the plain mean over the items."""

    weight: Any
    divide_by: Any

    @property
    def is_plain_mean(self) -> bool:
        return self.weight is None and self.divide_by is None

    def value(self, ops: Any, each: Any) -> Any:
        if self.is_plain_mean:
            return ops.mean(each)
        total = ops.total(each if self.weight is None else each * self.weight)
        return total / (ops.count(each) if self.divide_by is None else self.divide_by)

    def with_gradient(self, ops: Any, each: Any, gradient: Any) -> tuple[Any, Any]:
        divide_by = ops.count(each) if self.divide_by is None else self.divide_by
        return self.value(ops, each), weighted(ops, gradient, self.weight) / divide_by


class Each(NamedTuple):
    """weight·each and its gradient item by item."""

    weight: Any

    @property
    def is_plain_mean(self) -> bool:
        return False

    def value(self, ops: Any, each: Any) -> Any:
        return each if self.weight is None else each * self.weight

    def with_gradient(self, ops: Any, each: Any, gradient: Any) -> tuple[Any, Any]:
        return self.value(ops, each), weighted(ops, gradient, self.weight)


def spread(ops: Any, rows: Any, like: Any, extra_axes: int) -> Any:
    """`rows` repeated along the axes that `like` has beyond it."""
    for _ in range(extra_axes):
        rows = rows[..., None]
    return ops.broadcast(rows, like) if extra_axes else rows


def divisor(ops: Any, weight: Any) -> Any:
    """Σ weight; 1 where that is 0, so that nothing left to average gives 0."""
    total = ops.total(weight)
    return ops.where(total > 0, total, ops.constant(1.0, total))


def weighted(ops: Any, derivative: Any, weight: Any) -> Any:
    """A derivative with respect to pred times each item's weight, if there is one."""
    if weight is None:
        return derivative
    return derivative * spread(ops, weight, derivative, len(ops.shape(derivative)) - len(ops.shape(weight)))
