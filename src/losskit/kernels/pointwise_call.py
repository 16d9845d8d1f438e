"""A call of a pointwise loss: which kernel serves it, what it is divided by, and what is given."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.core.acceleration import Request
from losskit.kernels import arrays, compiled, is_large
from losskit.kernels.compiled import Kernel
from losskit.kernels.template import Task

# What is asked for -> whether each is summed, and what is stored.
WORK: dict[str, tuple[bool, tuple[str, ...]]] = {
    "mean": (True, ()),
    "each": (False, ("each",)),
    "each_and_gradient": (False, ("each", "gradient")),
    "value_and_gradient": (True, ("gradient",)),
    "gradient": (False, ("gradient",)),
    "hessian": (False, ("hessian",)),
    "curvature": (False, ("curvature",)),
    "gradient_and_curvature": (False, ("gradient", "curvature")),
}


def find(request: Request, work: str, dtype: str) -> Kernel | None:
    """The kernel for some work on a call's arrays: made where they are large, None where there is none."""
    task = Task(*WORK[work], dtype, request.weight is not None, request.where is not None)
    kernel = compiled.loaded(request.loss, task)
    return compiled.load(request.loss, task) if kernel is None and is_large(request.inputs[0]) else kernel


def compute(request: Request, work: str, kernel: Kernel, outs: list[np.ndarray]) -> tuple[float, bool] | None:
    """The value of a call on NumPy arrays, and whether all lie in their domains; what is stored goes to `outs`.

    None where the divisor is out of range.
    """
    divisor = _divisor(request, kernel.dtype) if WORK[work][0] else 1.0
    if not kernel.least_divisor <= abs(divisor) <= kernel.most_divisor:
        return None
    numbers = [float(request.loss.params[name]) for name in kernel.params]
    inputs = request.inputs if request.weight is None else (*request.inputs, request.weight)
    total, good = arrays.run(kernel, inputs, request.where, [*numbers, 1.0 / divisor], outs)
    return total / divisor, good


def _divisor(request: Request, dtype: np.dtype) -> float:
    """What the sum is divided by: 1 where nothing is left to average."""
    if request.normalizer is not None:
        return float(request.normalizer)
    if request.weight is not None:
        total = arrays.total(request.weight, request.where, dtype)
        return total if total > 0 else 1.0
    count = request.inputs[0].size if request.where is None else np.count_nonzero(request.where)
    return float(max(count, 1))


def deliver(request: Request, value: Any, outs: list[Any]) -> Any:
    """What the method that was called gives."""
    if request.wanted == "mean":
        return value
    if request.wanted == "gradient_and_curvature":
        half = len(outs) // 2
        return _one_or_all(outs[:half]), _one_or_all(outs[half:])
    found = _one_or_all(outs)
    return (value, found) if request.wanted == "value_and_gradient" else found


def _one_or_all(outs: list[Any]) -> Any:
    return outs[0] if len(outs) == 1 else tuple(outs)
