"""Losses of single entries on NumPy arrays: which kernel serves a call, and what it gives."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from losskit.core.acceleration import Request
from losskit.core.checks import Layout, check_structure, check_values
from losskit.core.loss import Loss
from losskit.kernels import arrays, compiled, is_large, template
from losskit.kernels.template import Task

WORKING = {"float16": "float32", "bfloat16": "float32", "float32": "float32", "float64": "float64"}
_TASKS: dict[str, tuple[bool, tuple[str, ...]]] = {
    "mean": (True, ()),
    "each": (False, ("each",)),
    "each_and_gradient": (False, ("each", "gradient")),
    "value_and_gradient": (True, ("gradient",)),
    "gradient": (False, ("gradient",)),
    "hessian": (False, ("hessian",)),
    "curvature": (False, ("curvature",)),
}


def source(loss: Loss) -> str:
    """The source of the kernel for value and gradient in float32."""
    return template.source(loss.definition, loss.graphs(), Task(True, ("gradient",), "float32"))


def serve(request: Request) -> Any:
    """The answer to a call, or None where the definition is to run: parameters that are arrays, numbers out of range."""
    if request.loss._arrays:
        return None
    if isinstance(request.inputs[0], np.ndarray):
        return _on_numpy(request)
    from losskit.kernels import on_torch

    return on_torch.serve(request)


def kernel_for(request: Request, work: str, dtype: str) -> tuple[Task, compiled.Kernel | None]:
    """What to run for a call, and its kernel: made where the arrays are large, None where there is none."""
    summed, stored = _TASKS[work]
    task = Task(summed, stored, dtype, request.weight is not None, request.where is not None)
    find = compiled.load if is_large(request.inputs[0]) else compiled.loaded
    return task, find(request.loss, task)


class Answer(NamedTuple):
    value: float
    good: bool


def compute(request: Request, task: Task, kernel: compiled.Kernel, outs: list[np.ndarray]) -> Answer | None:
    """The value of a call whose arrays are NumPy's, with what is stored in `outs`; None for a divisor out of range."""
    loss = request.loss
    weights = [] if request.weight is None else [request.weight]
    divisor = _divisor(request, task.dtype) if task.summed else 1.0
    scale = 1.0 / divisor if divisor else np.inf
    limits = np.finfo(task.dtype)
    if not float(limits.tiny) <= abs(scale) <= float(limits.max):
        return None
    numbers = [float(loss.params[name]) for name in template.data_params(loss.graphs())]
    found = arrays.run(kernel, task.dtype, [*request.inputs, *weights], request.where, [*numbers, scale], outs)
    return Answer(found.total / divisor, found.good)


def _divisor(request: Request, dtype: str) -> float:
    """What the sum is divided by: 1 where nothing is left to average."""
    if request.normalizer is not None:
        return float(request.normalizer)
    if request.weight is not None:
        total = arrays.total(request.weight, request.where, dtype)
        return total if total > 0 else 1.0
    count = request.inputs[0].size if request.where is None else np.count_nonzero(request.where)
    return float(max(count, 1))


def count_stored(request: Request, task: Task) -> int:
    """How many arrays a kernel stores: one for each input that derivatives are taken in."""
    graphs = request.loss.graphs()
    return sum(len(graphs.nodes(output)) for output in task.stored)


def deliver(request: Request, value: Any, outs: list[Any]) -> Any:
    """What the method that was called gives."""
    if request.wanted == "mean":
        return value
    found = outs[0] if len(outs) == 1 else tuple(outs)
    return (value, found) if request.wanted == "value_and_gradient" else found


def _on_numpy(request: Request) -> Any:
    pred = request.inputs[0]
    working = WORKING.get(pred.dtype.name)
    if working is None or not pred.size or not isinstance(request.normalizer, (int, float, np.number, type(None))):
        return None
    task, kernel = kernel_for(request, request.wanted, working)
    if kernel is None:
        return None
    layout = None if _plainly_alike(request) else _layout(request)
    outs = _outs(request, task)
    answer = None if outs is None else compute(request, task, kernel, outs)
    if answer is None:
        return None
    if not answer.good:  # in the dtype of pred: each number may still be what it should
        given = dict(zip(request.loss.definition.inputs, request.inputs, strict=True))
        check_values(
            request.loss.definition, given, request.loss.params, layout or _layout(request), request.weight, request.where
        )
        return None
    return deliver(request, np.dtype(working).type(answer.value), outs)


def _plainly_alike(request: Request) -> bool:
    shape = request.inputs[0].shape
    return request.weight is None and request.where is None and all(
        type(x) is np.ndarray and x.shape == shape for x in request.inputs
    )


def _layout(request: Request) -> Layout:
    """Raises for a structure that the loss does not take."""
    given = dict(zip(request.loss.definition.inputs, request.inputs, strict=True))
    return check_structure(request.loss.definition, given, request.weight, request.where)


def _outs(request: Request, task: Task) -> list[np.ndarray] | None:
    """Where results go: into `out`, if it fits, or into arrays of pred's own order and dtype."""
    pred = request.inputs[0]
    number = count_stored(request, task)
    if request.out is None:
        return [np.empty_like(pred, dtype=pred.dtype.newbyteorder("=")) for _ in range(number)]
    outs = [request.out] if number == 1 else list(request.out)
    fit = len(outs) == number and all(type(x) is np.ndarray and x.shape == pred.shape and x.flags.writeable for x in outs)
    return outs if fit else None
