"""The vocabulary on PyTorch tensors, from native functions whose own first and second derivatives are right."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

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
        return torch.softmax(x, -1)

    def first(self, x):
        return torch.arange(x.shape[-1], device=x.device) == torch.argmax(x, -1, keepdim=True)

    def log_softmax(self, x):
        return torch.log_softmax(x, -1)

    def take(self, values, ids):
        return torch.gather(values, -1, ids.long()[..., None])[..., 0]

    def scatter(self, rows, ids, like):
        index = ids.long()[..., None]
        return torch.zeros_like(like).scatter(-1, index, rows[..., None].expand(index.shape))

    def size(self, x):
        return x.shape[-1]

    def broadcast(self, x, like):
        return x.expand(like.shape)

    # around the formula

    def scope(self):
        return torch.no_grad()

    def shape(self, x) -> tuple[int | None, ...]:
        return tuple(x.shape)

    def dtype(self, x) -> str:
        return _NAMES[x.dtype]

    def device(self, x) -> str:
        return str(x.device)

    def cast(self, x: Any, dtype: str):
        return x.to(getattr(torch, dtype))

    def cast_like(self, x: Any, like):
        if isinstance(x, np.ndarray):  # a copy: torch warns when it shares read-only memory
            return torch.asarray(x, dtype=like.dtype, device=like.device, copy=True)
        return torch.as_tensor(x, dtype=like.dtype, device=like.device)

    def constant(self, number: float, like):
        return torch.full((), number, dtype=like.dtype, device=like.device)

    def fill(self, x: Any, like):
        return self.cast_like(x, like).expand(like.shape)

    def total(self, x):
        return torch.sum(x)

    def to_numpy(self, x):
        x = x.detach().cpu()
        return (x.float() if x.dtype == torch.bfloat16 else x).numpy()

    def write(self, x, out):
        return out.copy_(x)


# Several names mean one dtype (half, float16): str() gives the one that all libraries share.
_NAMES = {value: str(value).removeprefix("torch.") for value in vars(torch).values() if isinstance(value, torch.dtype)}

WORDS = TorchWords()
