"""The law of accuracy for losses of any kind, judged by differences of the definition at 50 digits.

The norm is that of `accuracy`. A value is a sum over its item, and an entry of a gradient a sum over the other entries:
n terms may add n/2 eps of the largest. What is undefined, the slope of an infinite loss, may be any number.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from losskit.core.definition import Definition
from losskit.core.loss import Loss
from losskit.testing.case import listed
from losskit.testing.libraries import Library
from losskit.testing.points import few_items
from losskit.testing.samples import native

_K = {"value": 4.0, "gradient": 16.0, "hessian": 16.0}
_METHODS: dict[str, Callable[..., Any]] = {"value": Loss.each, "gradient": Loss.gradient, "hessian": Loss.hessian}
_END = 1e-60  # beside entries of ordinary size, differences of 150 digits end here
_FLUSHED = 1e4  # XLA and TensorFlow take a subnormal number for 0, before a factor such as 64²


def misses_on_items(loss: Loss, quantity: str, library: Library, dtype: str, floor: float = 0.0) -> list[str]:
    """One line for each number of the items where the quantity breaks the law; `floor` eps are the library's own."""
    arrays, limits = few_items(loss), np.finfo(dtype)
    got = listed(_METHODS[quantity](loss, *native(arrays, library, dtype)))
    names = ("",) if quantity == "value" else loss.definition.wrt
    terms = sum(array.size // len(array) for array in arrays.values())
    broken = []
    for name, numbers, (high, low, scale) in zip(names, got, _truths(loss.definition, loss, quantity), strict=True):
        eps, smallest = float(limits.eps), _FLUSHED * float(limits.tiny) + _END
        allowed = ((_K[quantity] + terms / 2.0) * scale + floor) * eps + smallest
        numbers = library.numbers(numbers)
        with np.errstate(over="ignore", invalid="ignore"):
            error = np.abs((numbers - high) - low)
            infinite = np.isinf(numbers) & (np.sign(numbers) == np.sign(high))
            undefined = np.isnan(high) & ~np.isnan(numbers)
            right = (error <= allowed) | undefined | (infinite & (np.abs(high) + allowed >= float(limits.max)))
        broken += [
            f"{quantity} {name} of {loss!r} on {library} {dtype} at item {at[0]} {at[1:]}: expected {high[at]!r}, "
            f"got {numbers[at]!r}, off by {error[at]:.3g} where {allowed[at]:.3g} is allowed"
            for at in zip(*np.nonzero(~right), strict=True)
        ]
    return broken


@functools.cache
def _truths(definition: Definition, loss: Loss, quantity: str) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The truth as the sum of two doubles, and the scale its error is measured against; of each array in turn."""
    from losskit.ops.oracle_by_differences import OracleByDifferences

    judge, inputs = OracleByDifferences(loss), tuple(few_items(loss).values())
    found = []
    conditions = listed(judge.condition(*inputs, of=quantity))
    for exact, condition in zip(listed(getattr(judge, quantity)(*inputs)), conditions, strict=True):
        high = np.asarray(exact).astype(float)
        rest = np.where(np.isfinite(high), exact - np.where(np.isfinite(high), high, 0.0), 0.0)
        scale = np.maximum(np.abs(high), np.asarray(condition, float))
        if quantity != "value":
            scale = np.maximum(scale, np.max(np.abs(high), axis=tuple(range(1, high.ndim)), keepdims=True, initial=0.0))
        found.append((high, rest.astype(float), scale))
    return found
