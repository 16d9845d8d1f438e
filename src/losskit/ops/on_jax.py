"""The vocabulary on JAX arrays and tracers."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erf, gammaln

from losskit.ops.vocabulary import Vocabulary


class JaxWords(Vocabulary):
    name = "jax"

    exp = staticmethod(jnp.exp)
    log = staticmethod(jnp.log)
    expm1 = staticmethod(jnp.expm1)
    sqrt = staticmethod(jnp.sqrt)
    pow = staticmethod(jnp.power)
    abs = staticmethod(jnp.abs)
    sign = staticmethod(jnp.sign)
    sinh = staticmethod(jnp.sinh)
    tanh = staticmethod(jnp.tanh)
    where = staticmethod(jnp.where)
    relu = staticmethod(jax.nn.relu)
    sigmoid = staticmethod(jax.nn.sigmoid)
    softplus = staticmethod(jax.nn.softplus)
    lgamma = staticmethod(gammaln)
    arctan = staticmethod(jnp.arctan)
    erf = staticmethod(erf)
    matmul = staticmethod(partial(jnp.matmul, precision="highest"))  # accelerators default to fewer digits
    spread = staticmethod(jnp.broadcast_to)
    reshape = staticmethod(jnp.reshape)
    stop_gradient = staticmethod(jax.lax.stop_gradient)

    def log1p(self, x):
        if x.dtype != jnp.float64:
            return jnp.log1p(x)
        # XLA's is off by up to 108 ulp on (-0.5, -0.1); there 1 + x loses at most a rounding, which is given back.
        inner = (x > -0.6) & (x < -0.05)
        u = 1.0 + jnp.where(inner, x, 0.0)
        return jnp.where(inner, jnp.log(u) + (x - (u - 1.0)) / u, jnp.log1p(jnp.where(inner, 0.0, x)))

    def sum(self, x):
        return jnp.sum(x, -1)

    def logsumexp(self, x):
        return jax.nn.logsumexp(x, -1)

    def softmax(self, x):
        return jax.nn.softmax(x, -1)

    def log_softmax(self, x):
        return jax.nn.log_softmax(x, -1)

    def gather(self, values, ids):
        return jnp.take_along_axis(values, ids[..., None], axis=-1)[..., 0]

    def permute(self, x, order):
        return jnp.take_along_axis(x, order, axis=-1)

    def argmax(self, x):
        return jnp.argmax(x, -1)

    def argsort(self, x):
        return jnp.argsort(-x, -1)

    def cumsum(self, x):
        return jnp.cumsum(x, -1)

    def roll(self, x, steps):
        return jnp.roll(x, steps, -1)

    def transpose(self, x):
        return jnp.swapaxes(x, -1, -2)

    def size(self, x):
        return x.shape[-1]

    # around the formula

    def positions(self, x):
        return jnp.arange(x.shape[-1])

    def any(self, mask):
        return jnp.any(mask, -1)

    def shape(self, x) -> tuple[int | None, ...]:
        return x.shape

    def dtype(self, x) -> str:
        return x.dtype.name

    def device(self, x) -> str:
        return ""

    def cast(self, x: Any, dtype: str):
        return jnp.asarray(x, dtype)

    def cast_like(self, x: Any, like):
        return jnp.asarray(x, like.dtype)

    def constant(self, number: float, like):
        return jnp.asarray(number, like.dtype)

    def fill(self, x: Any, like):
        return jnp.broadcast_to(jnp.asarray(x, like.dtype), like.shape)

    def total(self, x):
        return jnp.sum(x)

    def to_numpy(self, x):
        x = np.asarray(x)
        return x.astype(np.float32) if x.dtype.name == "bfloat16" else x

    def write(self, x, out):
        raise TypeError("JAX arrays cannot be written in place: leave out= away")


WORDS = JaxWords()
