"""Losses of single entries: what the kernels serve, on NumPy arrays and on PyTorch tensors of the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.core.acceleration import Request
from losskit.core.checks import Layout, check_structure, check_values
from losskit.core.loss import Loss
from losskit.kernels import compiled, template
from losskit.kernels.pointwise_call import WORK, compute, deliver, find
from losskit.kernels.template import Task

_WORKING = {
    np.dtype(order + code): working  # by dtype, as its name takes a microsecond
    for code, working in (("f2", "float32"), ("f4", "float32"), ("f8", "float64"))
    for order in "<>"
}


def source(loss: Loss) -> str:
    """The source of the kernel for value and gradient in float32."""
    return template.source(loss.definition, loss.graphs(), Task(True, ("gradient",), "float32"))


def warm(loss: Loss) -> bool:
    """Make the kernels for the mean and for value and gradient, in float32 and float64."""
    works = ("mean", "value_and_gradient") if loss.definition.trainable else ("mean",)
    tasks = [Task(*WORK[work], dtype) for dtype in ("float32", "float64") for work in works]
    return None not in [compiled.load(loss, task) for task in tasks]


def serve(request: Request) -> Any:
    """The answer to a call, or None where the definition is to run."""
    if request.loss._arrays:
        return None
    if isinstance(request.inputs[0], np.ndarray):
        return _on_numpy(request)
    from losskit.kernels import on_torch

    return on_torch.serve(request)


def _on_numpy(request: Request) -> Any:
    pred, normalizer = request.inputs[0], request.normalizer
    working = _WORKING.get(pred.dtype)
    if working is None or not pred.size or not isinstance(normalizer, (int, float, np.number, type(None))):
        return None
    given = (*request.inputs, request.weight, request.where)
    if not all(type(x) is np.ndarray or x is None for x in given):
        return None
    kernel = find(request, request.wanted, working)
    if kernel is None:
        return None
    layout = None if _are_alike(request) else _layout(request)
    outs = _outs(request, kernel.stored)
    answer = None if outs is None else compute(request, request.wanted, kernel, outs)
    if outs is None or answer is None:
        return None
    value, good = answer
    if not good:  # as pred's dtype has them: each in its own may still be what it should
        _check_values(request, layout or _layout(request))
        return None
    return deliver(request, kernel.dtype.type(value), outs)


def _are_alike(request: Request) -> bool:
    """A glance that most calls need no more than: arrays of one shape, without weight and mask."""
    if request.weight is not None or request.where is not None:
        return False
    shape = request.inputs[0].shape
    return all(x.shape == shape for x in request.inputs)


def _layout(request: Request) -> Layout:
    """Raises for a structure that the loss does not take."""
    d = request.loss.definition
    return check_structure(d, dict(zip(d.inputs, request.inputs, strict=True)), request.weight, request.where)


def _check_values(request: Request, layout: Layout) -> None:
    d = request.loss.definition
    given = dict(zip(d.inputs, request.inputs, strict=True))
    check_values(d, given, request.loss.params, layout, request.weight, request.where)


def _outs(request: Request, number: int) -> list[np.ndarray] | None:
    """Where results go: into `out`, if it fits, or into arrays of pred's own order and dtype."""
    pred = request.inputs[0]
    if request.out is None:
        dtype = pred.dtype if pred.dtype.isnative else pred.dtype.newbyteorder("=")
        return [np.empty_like(pred, dtype) for _ in range(number)]
    outs = [request.out] if number == 1 else list(request.out)
    fit = [type(x) is np.ndarray and x.shape == pred.shape and x.flags.writeable for x in outs]
    return outs if len(outs) == number and all(fit) else None
