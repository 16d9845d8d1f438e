"""Forms that several families write their definitions with, in the vocabulary."""

from __future__ import annotations

from typing import Any


def ones(ops: Any, like: Any) -> Any:
    """An array of ones, to be counted: a graph would fold 1 + 0 x to a number without a shape."""
    return ops.sign(1.0 + ops.index(like))


def at_least_1(ops: Any, count: Any) -> Any:
    """A number of items to divide by: where nothing is left, what is divided is 0."""
    return ops.where(count > 1.0, count, 1.0 + 0.0 * count)


def norm(ops: Any, vectors: Any) -> Any:
    """The length of each vector, with slope 0 where it is 0."""
    squares = ops.sum(vectors * vectors)
    some = squares > 0.0
    return ops.where(some, ops.sqrt(ops.where(some, squares, 1.0)), 0.0)


def places(ops: Any, matrix: Any) -> Any:
    """The number of the row and of the column of each entry."""
    return ops.transpose(ops.index(ops.transpose(matrix))), ops.index(matrix)


def expm1mx(ops: Any, x: Any) -> Any:
    """e^x - 1 - x, exact near 0."""
    near = ops.abs(x) < 0.5
    inner = ops.where(near, x, 0.0 * x)
    return ops.where(near, -ops.log1pmx(ops.expm1(inner)), ops.expm1(x) - x)
