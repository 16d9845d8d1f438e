"""Losses of the softmax of rows on PyTorch tensors of the CPU: kernels on the tensors' own memory, inside autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from losskit.core.acceleration import Request
from losskit.core.checks import Layout, check_structure
from losskit.kernels.on_torch import Differentiable
from losskit.kernels.softmax_call import compute
from losskit.ops.torch_eager import is_seen_through

# dtype -> how kernels know it, the integers that hold the same bits if NumPy lacks it, and the dtype of scalars
_STORED = {
    torch.float16: ("int16", torch.int16, torch.float32),
    torch.bfloat16: ("uint16", torch.uint16, torch.float32),
    torch.float32: ("float32", None, torch.float32),
    torch.float64: ("float64", None, torch.float64),
}


def serve(request: Request) -> Any:
    """The answer, or None where the definition is to run."""
    given = [x for x in (*request.inputs, request.weight, request.where) if x is not None]
    pred, target = request.inputs
    if not all(isinstance(x, torch.Tensor) and x.layout is torch.strided and not is_seen_through(x) for x in given):
        return None
    if pred.dtype not in _STORED or not isinstance(request.normalizer, (int, float, type(None))):
        return None
    d = request.loss.definition
    layout = check_structure(d, dict(zip(d.inputs, request.inputs, strict=True)), request.weight, request.where)
    if not pred.numel() or (request.out is not None and not _fits(request.out, pred)):
        return None
    tracked = request.wanted in ("mean", "each") and torch.is_grad_enabled() and any(x.requires_grad for x in given)
    if not tracked:
        return _computed(request, layout)
    if any(x.requires_grad for x in given if x is not pred):
        return None
    with_gradient = "value_and_gradient" if request.wanted == "mean" else "each_and_gradient"
    found = _computed(request._replace(wanted=with_gradient), layout)
    return None if found is None else Differentiable.apply(request, found[0], [found[1]], pred, target)


def _computed(request: Request, layout: Layout) -> Any:
    """The call beside autograd."""
    pred = request.inputs[0]
    stored, _, scalar = _STORED[pred.dtype]
    out = None
    if "gradient" in request.wanted:
        out = torch.empty(pred.shape, dtype=pred.dtype) if request.out is None else request.out
    on_numpy = request._replace(
        inputs=tuple(map(_numpy, request.inputs)), weight=_weight(request.weight), where=_numpy(request.where)
    )
    answer = compute(on_numpy, layout.soft, stored, False, _numpy(out))
    if answer is None or not answer.good:
        return None
    if request.out is not None:
        torch.autograd.graph.increment_version([request.out])
    if answer.each is not None:
        each = torch.from_numpy(answer.each).reshape(pred.shape[:-1]).to(pred.dtype)
        return each if out is None else (each, out)
    value = torch.tensor(answer.value, dtype=scalar)
    return {"mean": value, "value_and_gradient": (value, out), "gradient": out}[request.wanted]


def _numpy(x: torch.Tensor | None) -> Any:
    """The same memory as kernels see it."""
    if x is None:
        return None
    x = x.detach().resolve_neg()
    bits = _STORED[x.dtype][1] if x.dtype in _STORED else None
    return (x if bits is None else x.view(bits)).numpy()


def _weight(x: torch.Tensor | None) -> np.ndarray | None:
    return None if x is None else x.detach().double().numpy()


def _fits(out: Any, pred: torch.Tensor) -> bool:
    if not isinstance(out, torch.Tensor) or is_seen_through(out) or out.layout is not torch.strided:
        return False
    return out.device == pred.device and out.dtype is pred.dtype and out.shape == pred.shape
