"""The losses as JAX's users write them, under `jax.jit`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.nn import log_softmax, logsumexp, sigmoid, softplus

from benchmarks.measuring import Side
from benchmarks.settings import SMOOTHING, Z_LOSS, class_weight

Loss = Callable[[Any, Any], Any]


def huber(x: Any, y: Any) -> Any:
    r = jnp.abs(x - y)
    return jnp.where(r <= 1.0, 0.5 * r * r, r - 0.5)


def binary_cross_entropy(x: Any, y: Any) -> Any:
    return y * softplus(-x) + (1 - y) * softplus(x)


def focal(x: Any, y: Any) -> Any:
    p = sigmoid(x)
    return (0.25 * y + 0.75 * (1 - y)) * binary_cross_entropy(x, y) * (p * (1 - y) + (1 - p) * y) ** 2


def surprise(x: Any, ids: Any) -> Any:
    """-log p of the class of each row."""
    return logsumexp(x, -1) - jnp.take_along_axis(x, ids[:, None], -1)[:, 0]


def cross_entropy(x: Any, y: Any) -> Any:
    return surprise(x, y) if y.ndim < x.ndim else -jnp.sum(y * log_softmax(x), -1)


def softmax_focal(x: Any, ids: Any) -> Any:
    s = surprise(x, ids)
    return (1 - jnp.exp(-s)) ** 2 * s


def kl_div_logits(x: Any, q: Any) -> Any:
    return jnp.sum(q * (jnp.log(q) - log_softmax(x)), -1)


def js_divergence(x: Any, q: Any) -> Any:
    log_p = log_softmax(x)
    p = jnp.exp(log_p)
    log_mix = jnp.log(0.5 * (p + q))
    return 0.5 * jnp.sum(p * (log_p - log_mix) + q * (jnp.log(q) - log_mix), -1)


# By the loss of an entry or a row.
EACH: dict[str, Loss] = {
    "huber": huber,
    "quantile": lambda x, y: jnp.maximum(0.9 * (y - x), -0.1 * (y - x)),
    "binary_cross_entropy": binary_cross_entropy,
    "poisson": lambda x, y: jnp.exp(x) - y * x,
    "focal": focal,
    "log_cosh": lambda x, y: (x - y) + softplus(-2.0 * (x - y)) - math.log(2.0),
    "cross_entropy": cross_entropy,
    "softmax_focal": softmax_focal,
    "kl_div_logits": kl_div_logits,
    "js_divergence": js_divergence,
}


def of_all_options(classes: int) -> Loss:
    weight = jnp.asarray(class_weight(classes))

    def mean(x: Any, ids: Any) -> Any:
        row, z = weight[ids], logsumexp(x, -1)
        smooth = jnp.mean(weight * (z[:, None] - x), -1)
        each = (1 - SMOOTHING) * row * surprise(x, ids) + SMOOTHING * smooth + Z_LOSS * row * z**2
        return each.sum() / row.sum()

    return mean


def mean_of(loss: str, classes: int) -> Loss:
    return of_all_options(classes) if loss == "all options" else lambda x, y: EACH[loss](x, y).mean()


def value_and_gradient(loss: str, pred: np.ndarray, target: np.ndarray, dtype: str) -> Side:
    x, y, mean = jnp.asarray(pred, dtype), jnp.asarray(target), mean_of(loss, pred.shape[-1])
    run = jax.jit(jax.value_and_grad(mean))
    return lambda: jax.block_until_ready(run(x, y))


def gradient_and_hessian(loss: str, pred: np.ndarray, target: np.ndarray, dtype: str) -> Side:
    x, y = jnp.asarray(pred, dtype), jnp.asarray(target)

    def derivatives(x: Any, y: Any) -> Any:
        gradient = jax.grad(lambda x: EACH[loss](x, y).sum())
        return jax.jvp(gradient, (x,), (jnp.ones_like(x),))

    run = jax.jit(derivatives)
    return lambda: jax.block_until_ready(run(x, y))
