"""PyTorch's own operations for single losses of the catalogue, where they are no less accurate than the definition.

A kernel takes a loss's inputs, checked and cast, its parameters, whether classes come as soft labels and the reduction;
it gives one loss for each item ("none") or their mean ("mean"), or None for what it does not serve: the definition runs
then. Derivatives are autograd's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812

Arrays = Mapping[str, Any]
Kernel = Callable[[Arrays, Arrays, bool, str], torch.Tensor | None]

_NO_ID = -(2**63)  # ids to be ignored are masked already, and any other outside the classes must raise


def _huber(inputs: Arrays, params: Arrays, soft: bool, reduction: str) -> torch.Tensor | None:
    delta = params["delta"]
    if not isinstance(delta, (int, float)) or not inputs["pred"].numel():
        return None
    return F.huber_loss(inputs["pred"], inputs["target"], reduction=reduction, delta=delta)


def _binary_cross_entropy(inputs: Arrays, params: Arrays, soft: bool, reduction: str) -> torch.Tensor | None:
    """F.binary_cross_entropy_with_logits cancels for a sure and right score; `lerp` of two logarithms does not."""
    if not isinstance(params["pos_weight"], (int, float)) or params["pos_weight"] != 1.0 or params["label_smoothing"]:
        return None
    pred = inputs["pred"]
    if not pred.numel():
        return None
    log_likelihood = torch.lerp(F.logsigmoid(-pred), F.logsigmoid(pred), inputs["target"])
    return -(log_likelihood if reduction == "none" else torch.mean(log_likelihood))


def _cross_entropy(inputs: Arrays, params: Arrays, soft: bool, reduction: str) -> torch.Tensor | None:
    pred, target, weight = inputs["pred"], inputs["target"], params["class_weight"]
    if pred.ndim != 2 or not pred.numel() or (weight is not None and (weight.requires_grad or weight.ndim != 1)):
        return None
    smoothing = params["label_smoothing"]
    target = target if soft else target.long()
    return F.cross_entropy(pred, target, weight, ignore_index=_NO_ID, reduction=reduction, label_smoothing=smoothing)


KERNELS: dict[tuple[str, str], Kernel] = {
    ("losskit.catalogue.regression", "huber"): _huber,
    ("losskit.catalogue.classification", "binary_cross_entropy"): _binary_cross_entropy,
    ("losskit.catalogue.classification", "cross_entropy"): _cross_entropy,
}
