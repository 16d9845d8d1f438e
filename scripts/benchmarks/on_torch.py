"""The losses as PyTorch's users write them, eager and compiled."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from benchmarks.measuring import Side
from benchmarks.settings import SMOOTHING, Z_LOSS, class_weight

Tensor = torch.Tensor
Loss = Callable[[Tensor, Tensor], Tensor]


def focal(x: Tensor, y: Tensor) -> Tensor:
    p = torch.sigmoid(x)
    surprise = F.binary_cross_entropy_with_logits(x, y, reduction="none")
    return (0.25 * y + 0.75 * (1 - y)) * surprise * (p * (1 - y) + (1 - p) * y) ** 2


def log_cosh(x: Tensor, y: Tensor) -> Tensor:
    return (x - y) + F.softplus(-2.0 * (x - y)) - math.log(2.0)


# By the loss of an entry.
EACH: dict[str, Loss] = {
    "huber": lambda x, y: F.huber_loss(x, y, reduction="none"),
    "quantile": lambda x, y: torch.maximum(0.9 * (y - x), -0.1 * (y - x)),
    "binary_cross_entropy": lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction="none"),
    "poisson": lambda x, y: F.poisson_nll_loss(x, y, reduction="none"),
    "focal": focal,
    "log_cosh": log_cosh,
}


def softmax_focal(x: Tensor, y: Tensor) -> Tensor:
    surprise = F.cross_entropy(x, y, reduction="none")
    return ((1 - torch.exp(-surprise)) ** 2 * surprise).mean()


def kl_div_logits(x: Tensor, q: Tensor) -> Tensor:
    return F.kl_div(F.log_softmax(x, -1), q, reduction="batchmean")


def js_divergence(x: Tensor, q: Tensor) -> Tensor:
    p = F.softmax(x, -1)
    log_mix = torch.log(0.5 * (p + q))
    return 0.5 * (F.kl_div(log_mix, p, reduction="batchmean") + F.kl_div(log_mix, q, reduction="batchmean"))


def of_all_options(classes: int) -> Loss:
    weight = torch.from_numpy(class_weight(classes))

    def loss(x: Tensor, y: Tensor) -> Tensor:
        entropy = F.cross_entropy(x, y, weight, label_smoothing=SMOOTHING)
        row = weight[y]
        return entropy + Z_LOSS * (row * torch.logsumexp(x, -1) ** 2).sum() / row.sum()

    return loss


# By the mean over rows.
MEAN: dict[str, Loss] = {
    "cross_entropy": F.cross_entropy,
    "softmax_focal": softmax_focal,
    "kl_div_logits": kl_div_logits,
    "js_divergence": js_divergence,
}


def mean_of(loss: str, classes: int) -> Loss:
    if loss in EACH:
        each = EACH[loss]
        return lambda x, y: each(x, y).mean()
    return of_all_options(classes) if loss == "all options" else MEAN[loss]


def tensors(pred: np.ndarray, target: np.ndarray, dtype: str) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(pred).to(getattr(torch, dtype)), torch.from_numpy(target)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """As if it were the first: PyTorch gives up on code that it has compiled for too many losses."""
    torch.compiler.reset()
    return torch.compile(function, fullgraph=True, dynamic=False)


def backward(function: Callable[..., Any], pred: Tensor, target: Tensor) -> Side:
    """Forward and backward, as a training loop has them."""
    pred = pred.clone().requires_grad_()

    def run() -> tuple[Tensor, Tensor | None]:
        pred.grad = None
        value = function(pred, target)
        value.backward()
        return value.detach(), pred.grad

    return run


def value_and_gradient(loss: str, pred: np.ndarray, target: np.ndarray, dtype: str) -> Side:
    return backward(mean_of(loss, pred.shape[-1]), *tensors(pred, target, dtype))


def compiled_value_and_gradient(loss: str, pred: np.ndarray, target: np.ndarray, dtype: str) -> Side:
    return backward(compiled(mean_of(loss, pred.shape[-1])), *tensors(pred, target, dtype))


def gradient_and_hessian(loss: str, pred: np.ndarray, target: np.ndarray, dtype: str) -> Side:
    x, y = tensors(pred, target, dtype)
    x.requires_grad_()

    def run() -> tuple[Tensor, Tensor]:
        (gradient,) = torch.autograd.grad(EACH[loss](x, y).sum(), x, create_graph=True)
        (hessian,) = torch.autograd.grad(gradient.sum(), x)
        return gradient.detach(), hessian

    return run


def compiled_gradient_and_hessian(loss: str, pred: np.ndarray, target: np.ndarray, dtype: str) -> Side:
    x, y = tensors(pred, target, dtype)

    def derivatives(x: Tensor, y: Tensor) -> Any:
        gradient = torch.func.grad(lambda x: EACH[loss](x, y).sum())
        hessian, found = torch.func.grad(lambda x: ((g := gradient(x)).sum(), g), has_aux=True)(x)
        return found, hessian

    run = compiled(derivatives)
    return lambda: run(x, y)
