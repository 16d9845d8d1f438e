"""Products of matrices on PyTorch that autocast leaves in float32, forward and backward."""

from __future__ import annotations

from typing import Any

import torch


def product(a: Any, b: Any) -> Any:
    device = a.device.type
    casts = torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)
    return _Product.apply(a, b) if casts else torch.matmul(a, b)


class _Product(torch.autograd.Function):
    # torch.compile traces the backward pass under the autocast of the forward pass: it has to be left there too.
    generate_vmap_rule = True

    @staticmethod
    def forward(a: Any, b: Any) -> Any:
        with torch.autocast(a.device.type, enabled=False):
            return torch.matmul(a, b)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, Any], output: Any) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, Any]:
        a, b = ctx.saved_tensors
        return product(grads[0], b.mT), product(a.mT, grads[0])
