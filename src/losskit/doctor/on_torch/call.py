"""One call of a loss, as the checks see it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from losskit.core.loss import Loss
from losskit.doctor.place import Place

# What a loss takes as its prediction.
SCORES = "scores over classes"
LOGITS = "logits"
LOG_PROBS = "log-probabilities over classes"

TAKES = {
    "cross_entropy": SCORES,
    "nll_loss": LOG_PROBS,
    "binary_cross_entropy_with_logits": LOGITS,
    "multilabel_soft_margin_loss": LOGITS,
}
OWN_TAKES = {"Logits": SCORES, "Pixels": SCORES, "Logit": LOGITS}  # losskit's own, by the domain of `pred`
CROSS_ENTROPIES = ("cross_entropy", "lk.cross_entropy")

_MOST = 2**21  # entries of a prediction that are copied for a look

# PyTorch's functional losses. The modules call them.
LOSSES = (
    *TAKES,
    *("binary_cross_entropy", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "kl_div", "ctc_loss"),
    *("poisson_nll_loss", "gaussian_nll_loss", "soft_margin_loss", "hinge_embedding_loss", "cosine_embedding_loss"),
    *(
        "margin_ranking_loss",
        "multi_margin_loss",
        "multilabel_margin_loss",
        "triplet_margin_loss",
        "triplet_margin_with_distance_loss",
    ),
)


@dataclass
class Call:
    """Which loss was called, with what, and what it gave.

    `recording` is whether autograd was on. `memory` belongs to the place and lasts from one call there to the next.
    """

    name: str
    takes: str
    arguments: Mapping[str, Any]
    pred: torch.Tensor
    target: Any
    result: torch.Tensor
    class_axis: int
    function: Callable[..., Any]
    place: Place
    recording: bool = field(default_factory=torch.is_grad_enabled)
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def reduction(self) -> str:
        return self.arguments.get("reduction", "mean")

    @property
    def counts_ids(self) -> bool:
        """Whether it is a loss over classes whose targets are ids."""
        return self.name in (*CROSS_ENTROPIES, "nll_loss") and not self.target.is_floating_point()

    @property
    def tensors(self) -> list[torch.Tensor]:
        return [x for x in (*self.arguments.values(), self.result) if isinstance(x, torch.Tensor)]

    def rows(self, tensor: torch.Tensor) -> torch.Tensor:
        """Rows of `tensor`, the class axis last, in float32 or more: all, or an even choice where there are many."""
        rows = tensor.detach()[None] if tensor.ndim < 2 else tensor.detach().movedim(self.class_axis, -1)
        while rows.numel() > _MOST and max(rows.shape[:-1]) > 1:
            longest = max(range(rows.ndim - 1), key=rows.shape.__getitem__)
            rows = rows[(slice(None),) * longest + (slice(None, None, 2),)]
        rows = rows.flatten(0, -2)
        return rows if rows.dtype == torch.float64 else rows.float()


def bind(
    name: str,
    signature: inspect.Signature,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    named: dict[str, Any],
    result: torch.Tensor,
    place: Place,
) -> Call:
    """A call of one of PyTorch's functional losses."""
    bound = signature.bind(*args, **named)
    bound.apply_defaults()
    arguments = bound.arguments
    pred = next(iter(arguments.values()))
    target = arguments.get("target", arguments.get("targets"))
    axis = 1 if pred.ndim > 1 else 0
    return Call(name, TAKES.get(name, ""), arguments, pred, target, result, axis, function, place)


def bind_own(loss: Loss, args: tuple[Any, ...], named: dict[str, Any], result: Any, place: Place) -> Call:
    """A call of one of losskit's losses. Its prediction has the classes last."""
    names = list(loss.definition.inputs)
    arguments = {**dict(zip(names, args, strict=False)), **named}
    pred = arguments[loss.definition.lead]
    target = arguments.get("target", pred)
    takes = OWN_TAKES.get(loss.definition.inputs[loss.definition.lead].name, "")
    if loss.kind == "imagewise" and target.ndim == pred.ndim:  # a mask for each channel, which a sigmoid links to it
        takes = LOGITS
    value = result[0] if isinstance(result, tuple) else result
    return Call(f"lk.{loss.name}", takes, arguments, pred, target, value, -1, loss, place)
