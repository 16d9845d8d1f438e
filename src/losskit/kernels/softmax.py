"""Losses of the softmax of rows: what the kernels serve, on NumPy arrays and on PyTorch tensors of the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.core.acceleration import Request
from losskit.core.checks import Layout, check_structure, check_values
from losskit.core.loss import Loss
from losskit.errors import NotSupported
from losskit.kernels import is_large
from losskit.kernels.softmax_call import WORKING, Answer, compute, member
from losskit.kernels.softmax_source import find, has
from losskit.kernels.softmax_source import source as source_of

_SERVED = ("mean", "each", "value_and_gradient", "gradient")
_STORED = {"float16": "int16", "float32": "float32", "float64": "float64"}


def source(loss: Loss) -> str:
    """The source of the kernel for value and gradient in float32, of class ids where it takes them."""
    own = member(loss)
    if own is None:
        raise NotSupported(f"{loss!r} has no kernel", "its definition runs")
    labels = None if own.of_class else "float32"
    return source_of(own.variant(loss, labels, False, "float32", True))


def warm(loss: Loss) -> bool:
    """Make the kernels for the mean and for value and gradient of class ids and soft labels, in float32 and float64."""
    own = member(loss)
    if own is None:
        return False
    for stored in ("float32", "float64"):
        for labels, few in ((None, False), (None, True), (stored, False)):
            if own.function(labels) is not None:
                for gradient in (False, True):
                    find(own.variant(loss, labels, few, stored, gradient), True)
    return True


def serve(request: Request) -> Any:
    """The answer to a call, or None where the definition is to run."""
    loss, pred = request.loss, request.inputs[0]
    if request.wanted not in _SERVED or member(loss) is None or not all(map(_is_plain, loss.params.values())):
        return None
    if not is_large(pred) and not has(loss.name):
        return None
    if isinstance(pred, np.ndarray):
        return _on_numpy(request)
    from losskit.kernels import softmax_torch

    return softmax_torch.serve(request)


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (int, float, str, np.ndarray))


def layout_of(request: Request) -> Layout:
    """Raises for a structure that the loss does not take."""
    d = request.loss.definition
    return check_structure(d, dict(zip(d.inputs, request.inputs, strict=True)), request.weight, request.where)


def _on_numpy(request: Request) -> Any:
    pred, normalizer = request.inputs[0], request.normalizer
    stored = _STORED.get(pred.dtype.name) if pred.dtype.isnative else None
    if stored is None or not all(type(x) is np.ndarray for x in request.inputs):
        return None
    if not isinstance(normalizer, (int, float, np.number, type(None))):
        return None
    layout = layout_of(request)
    if not pred.size:
        return None
    out = _out(request)
    inputs = tuple(_as_stored(x) for x in request.inputs)
    given = request._replace(inputs=inputs)
    answer = compute(given, layout.soft, stored, True, None if out is None else _as_stored(out))
    if answer is None:
        return None
    if not answer.good:
        d = request.loss.definition
        named = dict(zip(d.inputs, request.inputs, strict=True))
        check_values(d, named, request.loss.params, layout, request.weight, request.where)
        return None
    return _deliver(request, answer, WORKING[stored], out)


def _as_stored(x: np.ndarray) -> np.ndarray:
    """float16 as the integers that kernels know it by."""
    return x.view(np.int16) if x.dtype == np.float16 else x


def _out(request: Request) -> np.ndarray | None:
    """Where the gradient goes."""
    if request.wanted not in ("value_and_gradient", "gradient"):
        return None
    pred, out = request.inputs[0], request.out
    if out is None:
        return np.empty(pred.shape, pred.dtype)
    fits = type(out) is np.ndarray and out.shape == pred.shape and out.dtype == pred.dtype and out.flags.writeable
    return out if fits else np.empty(pred.shape, pred.dtype)


def _deliver(request: Request, answer: Answer, working: str, out: Any) -> Any:
    """What the method that was called gives."""
    if answer.each is not None:
        pred = request.inputs[0]
        return answer.each.astype(pred.dtype).reshape(pred.shape[:-1])
    value = np.dtype(working).type(answer.value)
    if request.wanted == "mean":
        return value
    if request.out is not None and out is not request.out:
        np.copyto(request.out, out)
        out = request.out
    return (value, out) if request.wanted == "value_and_gradient" else out
