"""Losses of single entries on PyTorch tensors of the CPU: kernels on their own memory, inside torch's autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from losskit.core import acceleration
from losskit.core.acceleration import Request
from losskit.core.checks import check_structure
from losskit.kernels.pointwise_call import compute, deliver, find
from losskit.ops.torch_eager import is_seen_through

_HALVES = (torch.float16, torch.bfloat16)
_DTYPES = {torch.float32: "float32", torch.float64: "float64"}


def serve(request: Request) -> Any:
    """The answer, or None where the definition is to run."""
    given = [x for x in (*request.inputs, request.weight, request.where) if x is not None]
    if not all(isinstance(x, torch.Tensor) and x.layout is torch.strided and not is_seen_through(x) for x in given):
        return None
    if not isinstance(request.normalizer, (int, float, type(None))):
        return None
    d = request.loss.definition
    check_structure(d, dict(zip(d.inputs, request.inputs, strict=True)), request.weight, request.where)
    if request.inputs[0].dtype in _HALVES:
        return _through_float32(request)
    if request.wanted in ("mean", "each") and torch.is_grad_enabled():
        tracked = {name for name, x in zip(d.inputs, request.inputs, strict=True) if x.requires_grad}
        if request.weight is not None and request.weight.requires_grad:
            return None
        if tracked:
            return _differentiable(request) if tracked <= set(d.wrt) else None
    with torch.no_grad():
        found = _compute(request, request.wanted)
        return None if found is None else deliver(request, *found)


def _compute(request: Request, work: str) -> tuple[torch.Tensor, list[torch.Tensor]] | None:
    """The value and the arrays of some work, beside autograd."""
    pred = request.inputs[0]
    kernel = find(request, work, _DTYPES[pred.dtype])
    outs = None if kernel is None else _outs(request, kernel.stored)
    if kernel is None or outs is None:
        return None
    on_numpy = request._replace(
        inputs=tuple(map(_numpy, request.inputs)), weight=_numpy(request.weight), where=_numpy(request.where)
    )
    answer = compute(on_numpy, work, kernel, [x.detach().numpy() for x in outs])
    if answer is None or not (answer[1] or _overwrites(outs, request.inputs)):
        return None  # what lies outside its domain, NaN above all, is as the definition has it
    if request.out is not None:
        torch.autograd.graph.increment_version(outs)
    return torch.tensor(answer[0], dtype=pred.dtype), outs


def _overwrites(outs: list[torch.Tensor], inputs: tuple[torch.Tensor, ...]) -> bool:
    """Whether results have been written over inputs, which the definition then has no more."""
    return any(np.may_share_memory(x.detach().numpy(), _numpy(y)) for x in outs for y in inputs)


def _numpy(x: torch.Tensor | None) -> Any:
    """The same memory, where NumPy has its dtype."""
    if x is None:
        return None
    x = x.detach().resolve_neg()
    return (x.float() if x.dtype is torch.bfloat16 else x).numpy()


def _outs(request: Request, number: int) -> list[torch.Tensor] | None:
    pred = request.inputs[0]
    if request.out is None:
        like = _numpy(pred)  # NumPy asks for pages of 2 MiB: a large array is there five times sooner
        return [torch.from_numpy(np.empty_like(like)) for _ in range(number)]
    outs = [request.out] if number == 1 else list(request.out)
    alike = (isinstance(x, torch.Tensor) and not is_seen_through(x) and x.layout is torch.strided for x in outs)
    fit = len(outs) == number and all(alike) and all(x.device == pred.device and x.shape == pred.shape for x in outs)
    return outs if fit and all(x.dtype in _DTYPES for x in outs) else None


def _through_float32(request: Request) -> Any:
    """A call in half precision: float32 within, and arrays in half precision again."""
    found = serve(request._replace(inputs=tuple(x.float() for x in request.inputs), out=None))
    if found is None or request.wanted == "mean":
        return found
    dtype = request.inputs[0].dtype
    if request.wanted != "value_and_gradient":
        return _narrowed(found, dtype, None)
    return found[0], _narrowed(found[1], dtype, request.out)


def _narrowed(found: Any, dtype: torch.dtype, out: Any) -> Any:
    if isinstance(found, tuple):
        return tuple(_narrowed(x, dtype, y) for x, y in zip(found, out or (None,) * len(found), strict=True))
    return found.to(dtype) if out is None else out.copy_(found.to(dtype))


def _differentiable(request: Request) -> Any:
    with_gradient = "value_and_gradient" if request.wanted == "mean" else "each_and_gradient"
    with torch.no_grad():
        found = _compute(request, with_gradient)
    if found is None:
        return None
    value, stored = found
    if request.wanted == "each":
        value, *stored = stored
    return Differentiable.apply(request, value, stored, *request.inputs)


class Differentiable(torch.autograd.Function):
    """A value whose gradient was computed with it; where the gradient itself is differentiated the definition runs."""

    @staticmethod
    def forward(ctx: Any, request: Request, value: torch.Tensor, stored: list[torch.Tensor], *inputs: torch.Tensor):
        ctx.request = request._replace(inputs=())
        ctx.save_for_backward(*inputs, *stored)
        return value

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[Any, ...]:
        (grad,) = grads
        names = list(ctx.request.loss.definition.inputs)
        inputs, stored = ctx.saved_tensors[: len(names)], ctx.saved_tensors[len(names) :]
        wanted = ctx.needs_input_grad[3:]
        if torch.is_grad_enabled():
            return None, None, None, *_by_definition(ctx.request, inputs, wanted, grad)
        by_name = dict(zip(ctx.request.loss.definition.wrt, stored, strict=True))
        found = (by_name[name] if needed else None for name, needed in zip(names, wanted, strict=True))
        return None, None, None, *(x if x is None else _times(x, grad) for x in found)


def _times(gradient: torch.Tensor, grad: torch.Tensor) -> torch.Tensor:
    if grad.ndim == 0 and grad.item() == 1.0:
        return gradient
    return gradient * grad.reshape(grad.shape + (1,) * (gradient.ndim - grad.ndim))


def _by_definition(request: Request, inputs: Any, wanted: Any, grad: torch.Tensor) -> list[torch.Tensor | None]:
    """Gradients that autograd can differentiate again."""
    with acceleration.plain():
        if request.wanted == "each":
            value = request.loss.each(*inputs, where=request.where)
        else:
            value = request.loss(*inputs, weight=request.weight, where=request.where, normalizer=request.normalizer)
    differentiated = [x for x, needed in zip(inputs, wanted, strict=True) if needed]
    found = iter(torch.autograd.grad(value, differentiated, grad, create_graph=True))
    return [next(found) if needed else None for needed in wanted]
