"""PyTorch's own operations for single losses of the catalogue, where they are no less accurate than the definition.

A kernel takes a loss's parameters, its two inputs as they came and the reduction ("none" or "mean"). It gives the loss,
or None for whatever it does not serve, wrong shapes included: the definition then runs, or its checks raise.
Derivatives are autograd's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from losskit.ops.torch_eager import is_without, kept

Params = Mapping[str, Any]
Kernel = Callable[[Params, torch.Tensor, torch.Tensor, str], torch.Tensor | None]

_WHOLE = (torch.float32, torch.float64)  # halves compute in float32


def _alike(pred: torch.Tensor, target: torch.Tensor) -> bool:
    return pred.shape == target.shape and pred.dtype is target.dtype and pred.device == target.device


def _pointwise(pred: torch.Tensor, target: torch.Tensor, number: Any = 1.0) -> bool:
    return isinstance(number, (float, int)) and pred.dtype in _WHOLE and _alike(pred, target) and pred.numel() > 0


def _squared_error(params: Params, pred: torch.Tensor, target: torch.Tensor, reduction: str) -> torch.Tensor | None:
    if params["half"] or not _pointwise(pred, target):
        return None
    return F.mse_loss(pred, target, reduction=reduction)


def _absolute_error(params: Params, pred: torch.Tensor, target: torch.Tensor, reduction: str) -> torch.Tensor | None:
    return F.l1_loss(pred, target, reduction=reduction) if _pointwise(pred, target) else None


def _huber(params: Params, pred: torch.Tensor, target: torch.Tensor, reduction: str) -> torch.Tensor | None:
    delta = params["delta"]
    return F.huber_loss(pred, target, reduction, delta) if _pointwise(pred, target, delta) else None


def _smooth_l1(params: Params, pred: torch.Tensor, target: torch.Tensor, reduction: str) -> torch.Tensor | None:
    beta = params["beta"]
    return F.smooth_l1_loss(pred, target, reduction=reduction, beta=beta) if _pointwise(pred, target, beta) else None


def _binary_cross_entropy(
    params: Params, pred: torch.Tensor, target: torch.Tensor, reduction: str
) -> torch.Tensor | None:
    """F.binary_cross_entropy_with_logits cancels for a sure and right score, and so does the slope of F.softplus."""
    weight, smoothing = params["pos_weight"], params["label_smoothing"]
    if not _pointwise(pred, target, weight) or weight != 1.0 or smoothing:
        return None
    log_likelihood = torch.lerp(F.logsigmoid(-pred), F.logsigmoid(pred), target)
    return -(log_likelihood if reduction == "none" else torch.mean(log_likelihood))


def _cross_entropy(params: Params, pred: torch.Tensor, target: torch.Tensor, reduction: str) -> torch.Tensor | None:
    """F.cross_entropy, with what is ignored kept from it."""
    if pred.ndim != 2 or pred.dtype not in _WHOLE or not pred.numel() or pred.device != target.device:
        return None
    if params["z_loss"]:
        return None
    compiled = torch.compiler.is_compiling()
    weight, smoothing = params["class_weight"], params["label_smoothing"]
    if weight is not None:
        if compiled or not isinstance(weight, np.ndarray) or weight.shape != pred.shape[1:]:
            return None
        weight = _of_positive_weights(weight.tobytes(), pred.dtype, pred.device)
        if weight is None:
            return None
    if target.ndim == 1 and target.shape[0] == pred.shape[0] and not target.is_floating_point():
        target = target.long()
        ignored = params["ignore_index"]
        if ignored is not None and (compiled or target.device.type != "cpu" or not is_without(target, ignored)):
            return _of_kept(pred, target, target != ignored, weight, smoothing, reduction)
    elif not _alike(pred, target):
        return None
    return F.cross_entropy(pred, target, weight, reduction=reduction, label_smoothing=smoothing, ignore_index=_NONE)


def _of_kept(
    pred: torch.Tensor, target: torch.Tensor, keep: torch.Tensor, weight: Any, smoothing: float, reduction: str
) -> torch.Tensor:
    """What is ignored may hold NaN; and if nothing is left the mean is 0, which PyTorch's own is not."""
    pred, target = torch.where(keep[:, None], pred, 0.0), torch.where(keep, target, _NONE)
    reduction = "sum" if reduction == "mean" else reduction
    found = F.cross_entropy(pred, target, weight, reduction=reduction, label_smoothing=smoothing, ignore_index=_NONE)
    if reduction == "none":
        return found
    share = keep.to(pred.dtype) if weight is None else torch.where(keep, weight[target.clamp(min=0)], 0.0)
    total = share.sum()
    return found / torch.where(total > 0, total, 1.0)


@functools.lru_cache(maxsize=1024)
def _of_positive_weights(packed: bytes, dtype: torch.dtype, device: torch.device) -> torch.Tensor | None:
    """Class weights as a tensor; None where one is 0: all that came may be of that class, and a mean over none."""
    positive = bool((np.frombuffer(packed) > 0).all())
    return kept(packed, (-1,), dtype, device) if positive else None


_NONE = -(2**63)  # the id that is ignored here: any other outside the classes must raise

KERNELS: dict[tuple[str, str], Kernel] = {
    ("losskit.catalogue.regression", "squared_error"): _squared_error,
    ("losskit.catalogue.regression", "absolute_error"): _absolute_error,
    ("losskit.catalogue.regression", "huber"): _huber,
    ("losskit.catalogue.regression", "smooth_l1"): _smooth_l1,
    ("losskit.catalogue.classification", "binary_cross_entropy"): _binary_cross_entropy,
    ("losskit.catalogue.classification", "cross_entropy"): _cross_entropy,
}
