"""The vocabulary on PyTorch tensors, from native functions whose own first and second derivatives are right."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from losskit.ops.torch_eager import as_tensor, is_plain_eager, is_seen_through, is_without, kept_scalars
from losskit.ops.torch_kernels import KERNELS
from losskit.ops.torch_products import product
from losskit.ops.vocabulary import Vocabulary


class TorchWords(Vocabulary):
    name = "torch"

    exp = staticmethod(torch.exp)
    log = staticmethod(torch.log)
    log1p = staticmethod(torch.log1p)
    expm1 = staticmethod(torch.expm1)
    sqrt = staticmethod(torch.sqrt)
    pow = staticmethod(torch.pow)
    abs = staticmethod(torch.abs)
    sign = staticmethod(torch.sign)
    sinh = staticmethod(torch.sinh)
    tanh = staticmethod(torch.tanh)
    where = staticmethod(torch.where)
    relu = staticmethod(torch.relu)
    sigmoid = staticmethod(torch.sigmoid)
    lgamma = staticmethod(torch.lgamma)
    arctan = staticmethod(torch.arctan)
    erf = staticmethod(torch.erf)
    matmul = staticmethod(product)
    spread = staticmethod(torch.broadcast_to)
    reshape = staticmethod(torch.reshape)

    def softplus(self, x):
        # F.softplus is inexact above 20; logaddexp has a NaN second derivative at -100 in float32.
        return -F.logsigmoid(-x)

    def stop_gradient(self, x):
        return x.detach()

    def sum(self, x):
        return torch.sum(x, -1)

    def logsumexp(self, x):
        return torch.logsumexp(x, -1)

    def softmax(self, x):
        if _has_many_columns(x):
            return torch.softmax(x, -1)
        e = torch.exp(x - torch.amax(x, -1, keepdim=True))
        return e / torch.sum(e, -1, keepdim=True)

    def log_softmax(self, x):
        if _has_many_columns(x):
            return torch.log_softmax(x, -1)
        below_top = x - torch.amax(x, -1, keepdim=True)
        return below_top - torch.log(torch.sum(torch.exp(below_top), -1, keepdim=True))

    def one_hot_minus_softmax(self, x, ids):
        if isinstance(ids, (int, float)):
            return super().one_hot_minus_softmax(x, ids)
        index = ids.long().unsqueeze(-1)
        others = self.softmax(x).scatter(-1, index, 0.0)
        return (-others).scatter(-1, index, torch.sum(others, -1, keepdim=True))

    def gather(self, values, ids):
        return torch.gather(values, -1, ids.long().unsqueeze(-1)).squeeze(-1)

    def permute(self, x, order):
        return torch.gather(x, -1, order.long())

    def argmax(self, x):
        return torch.argmax(x, -1)

    def argsort(self, x):
        return torch.argsort(x, dim=-1, descending=True, stable=True)

    def cumsum(self, x):
        return torch.cumsum(x, -1)

    def roll(self, x, steps):
        return torch.roll(x, steps, -1)

    def transpose(self, x):
        return x.mT

    def scatter(self, rows, ids, like):
        if isinstance(ids, (int, float)):
            return super().scatter(rows, ids, like)
        index = ids.long().unsqueeze(-1)
        return torch.zeros_like(like).scatter(-1, index, rows[..., None].expand(index.shape))

    def size(self, x):
        return x.shape[-1]

    # around the formula

    def positions(self, x):
        return torch.arange(x.shape[-1], device=x.device)

    def any(self, mask):
        return torch.any(mask, -1)

    def scope(self):
        return torch.no_grad()

    def shape(self, x) -> tuple[int | None, ...]:
        return tuple(x.shape)

    def dtype(self, x) -> str:
        return _NAMES[x.dtype]

    def device(self, x) -> Any:
        return x.device

    def cast(self, x: Any, dtype: str):
        dtype = getattr(torch, dtype)
        return x if x.dtype is dtype else x.to(dtype)

    def cast_like(self, x: Any, like):
        if isinstance(x, np.ndarray):
            return as_tensor(x, like)
        if isinstance(x, torch.Tensor) and x.dtype is like.dtype and x.device == like.device:
            return x
        return torch.as_tensor(x, dtype=like.dtype, device=like.device)

    def constant(self, number: float, like):
        return torch.full((), number, dtype=like.dtype, device=like.device)

    def constants(self, numbers, like):
        if not is_plain_eager(like):
            return numbers
        return kept_scalars(struct.pack(f"{len(numbers)}d", *numbers), like.dtype, like.device)

    def fill(self, x: Any, like):
        return self.cast_like(x, like).expand(like.shape)

    def total(self, x):
        return torch.sum(x)

    def seen_without(self, ids, number) -> bool:
        return is_plain_eager(ids) and ids.device.type == "cpu" and is_without(ids, number)

    def takes_kernels(self, x, large) -> bool:
        if torch.compiler.is_compiling() or x.numel() < large:
            return False
        return x.device.type == "cpu" and x.layout is torch.strided and not is_seen_through(x)

    def kernel(self, module, name, like):
        seen_through = not torch.compiler.is_compiling() and is_seen_through(like)
        return None if seen_through else KERNELS.get((module, name))

    def of_class(self, numbers, ids, like):
        numbers = self.cast_like(numbers, like)
        if numbers.ndim == ids.ndim == 1:
            return numbers.index_select(0, ids.long())
        return super().of_class(numbers, ids, like)

    def mean(self, x):
        return torch.mean(x) if x.numel() else torch.sum(x)

    def to_numpy(self, x):
        x = x.detach().cpu()
        return (x.float() if x.dtype == torch.bfloat16 else x).numpy()

    def write(self, x, out):
        return out.copy_(x)


def _has_many_columns(x: torch.Tensor) -> bool:
    """Below 32 columns torch's softmax is slower than its steps, on 10 three times; under autograd it is one step."""
    return x.shape[-1] >= 32 or torch.is_grad_enabled()


# Several names mean one dtype (half, float16): str() gives the one that all libraries share.
_NAMES = {value: str(value).removeprefix("torch.") for value in vars(torch).values() if isinstance(value, torch.dtype)}

WORDS = TorchWords()
