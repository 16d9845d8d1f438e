"""Whether the values of tensors can be looked at here and now."""

from __future__ import annotations

from collections.abc import Iterable

import torch

_PLAIN = (torch.Tensor, torch.nn.Parameter)


def are_readable(tensors: Iterable[torch.Tensor]) -> bool:
    """Not inside vmap or grad, on no meta device, of no class of its own, and no CUDA graph is being captured."""
    wrapped = torch._C._functorch.is_functorch_wrapped_tensor
    if torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing():
        return False
    return all(type(x) in _PLAIN and x.device.type != "meta" and not wrapped(x) for x in tensors)
