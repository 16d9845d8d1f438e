"""A loss as a PyTorch module."""

from __future__ import annotations

from typing import Any

from losskit.adapters.refusals import check_served, is_rowwise
from losskit.errors import InvalidInput, require

require("torch", "torch")

import torch  # noqa: E402

_REDUCTIONS = ("mean", "sum", "none")


class TorchLoss(torch.nn.Module):
    """What `to_torch` returns; parameters of the loss that are learned are parameters of this module."""

    def __init__(self, loss: Any, reduction: str = "mean"):
        super().__init__()
        self.loss = loss
        self.reduction = reduction
        self._class_axis = is_rowwise(loss)
        for number, (_, part) in enumerate(loss._terms()):
            for name, value in part.params.items():
                if isinstance(value, torch.nn.Parameter):
                    self.register_parameter(f"{part.name}_{name}_{number}" if number else f"{part.name}_{name}", value)

    def forward(self, input: torch.Tensor, target: torch.Tensor, *, weight: torch.Tensor | None = None) -> torch.Tensor:
        if self._class_axis and input.ndim > 2:
            target = target.movedim(1, -1) if target.ndim == input.ndim else target
            input = input.movedim(1, -1)
        if self.reduction == "mean":
            return self.loss(input, target, weight=weight)
        if self.reduction == "sum":
            return self.loss.sum(input, target, weight=weight)
        each = self.loss.each(input, target)
        return each if weight is None else each * weight.to(each.dtype)

    def extra_repr(self) -> str:
        return repr(self.loss) + ("" if self.reduction == "mean" else f", reduction={self.reduction!r}")


def to_torch(loss: Any, reduction: str = "mean") -> torch.nn.Module:
    """The loss as an `nn.Module`, called with `(input, target)` as PyTorch's own losses are.

    input: raw scores. Losses over classes take (C), (N, C) or (N, C, d1, ...), the class axis second as in
        `torch.nn.CrossEntropyLoss`; every other loss takes any shape.
    target: input's shape; over classes ids (N, d1, ...), or soft labels in input's shape.
    weight: by keyword in the call, one number for each item: (N, d1, ...) over classes, else input's shape.
    reduction: "mean" (Σ weight·each / Σ weight), "sum" or "none".

    Where the raw score is not yet the prediction (binary_cross_entropy, poisson ...) apply `loss.link(raw)`.
    Raises InvalidInput for an unknown reduction, NotSupported for a loss that cannot be trained or takes other inputs.
    """
    check_served(loss, "to_torch")
    if reduction not in _REDUCTIONS:
        raise InvalidInput(
            f"to_torch(reduction={reduction!r}): expected {', '.join(_REDUCTIONS)}", "the default is mean"
        )
    return TorchLoss(loss, reduction)
