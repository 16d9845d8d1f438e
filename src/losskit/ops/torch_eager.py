"""Plain eager PyTorch: where nothing looks into what runs, values may be looked at and constants kept as tensors."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch
from torch.autograd import forward_ad


def is_plain_eager(x: torch.Tensor) -> bool:
    """Does nothing look into what runs: no compiler, exporter, functorch transformation, forward mode or subclass?"""
    return not (torch.compiler.is_compiling() or is_seen_through(x))


def is_seen_through(x: torch.Tensor) -> bool:
    """Does a functorch transformation, forward mode, a tracer or a subclass of Tensor look into what runs?"""
    return (
        type(x) not in (torch.Tensor, torch.nn.Parameter)
        or torch._C._functorch.peek_interpreter_stack() is not None
        or forward_ad._current_level >= 0
        or torch._C._get_tracing_state() is not None
    )


def is_without(ids: torch.Tensor, number: int) -> bool:
    """Is no id equal to `number`? Of a negative one the least id tells it in one operation."""
    return (number < 0 and ids.numel() > 0 and int(ids.min()) >= 0) or bool((ids != number).all())


def as_tensor(x: np.ndarray, like: torch.Tensor) -> torch.Tensor:
    """`x` in the dtype and on the device of `like`; small ones are kept."""
    if is_plain_eager(like) and x.dtype == np.float64 and x.nbytes <= 8192:
        return kept(x.tobytes(), x.shape, like.dtype, like.device)
    # a copy: torch warns when it shares read-only memory
    return torch.asarray(x, dtype=like.dtype, device=like.device, copy=True)


@functools.lru_cache(maxsize=1024)
def kept(packed: bytes, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Float64 numbers as a tensor that is kept and never written to. The key is their bytes, which tell -0.0 from 0."""
    with torch.inference_mode(False):
        return torch.tensor(np.frombuffer(packed).reshape(shape), dtype=dtype, device=device)


@functools.lru_cache(maxsize=1024)
def kept_scalars(packed: bytes, dtype: torch.dtype, device: torch.device) -> tuple[Any, ...]:
    """Numbers as tensors: with these arithmetic is half as dear as with Python's numbers."""
    return kept(packed, (-1,), dtype, device).unbind()
