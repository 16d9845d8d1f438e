"""The vocabulary on NumPy arrays; every word is exact to a few units in the last place."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.errors import require
from losskit.ops.vocabulary import Vocabulary


class NumpyWords(Vocabulary):
    name = "numpy"
    checks_values = True

    exp = staticmethod(np.exp)
    log = staticmethod(np.log)
    log1p = staticmethod(np.log1p)
    expm1 = staticmethod(np.expm1)
    sqrt = staticmethod(np.sqrt)
    pow = staticmethod(np.power)
    abs = staticmethod(np.abs)
    sign = staticmethod(np.sign)
    sinh = staticmethod(np.sinh)
    tanh = staticmethod(np.tanh)
    arctan = staticmethod(np.arctan)
    where = staticmethod(np.where)
    matmul = staticmethod(np.matmul)
    spread = staticmethod(np.broadcast_to)
    reshape = staticmethod(np.reshape)

    def relu(self, x):
        return np.maximum(x, 0)

    def sigmoid(self, x):
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, 1, e) / (1 + e)

    def softplus(self, x):
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    def lgamma(self, x):
        return require("scipy.special", "special").gammaln(x)

    def erf(self, x):
        return require("scipy.special", "special").erf(x)

    def stop_gradient(self, x):
        return x

    def sum(self, x):
        return np.sum(x, axis=-1)

    def logsumexp(self, x):
        top, others = self._others(x)
        return top[..., 0] + np.log1p(others)

    def softmax(self, x):
        top, others = self._others(x)
        return np.exp(x - top) / (1 + others[..., None])

    def log_softmax(self, x):
        top, others = self._others(x)
        return (x - top) - np.log1p(others)[..., None]

    def _others(self, x):
        """The largest entry, and Σ e^(x - largest) over the others: 1 + that sum loses nothing."""
        top = np.max(x, axis=-1, keepdims=True)
        return top, np.sum(np.where(self.first(x), 0, np.exp(x - top)), axis=-1)

    def gather(self, values, ids):
        return np.take_along_axis(values, ids[..., None], axis=-1)[..., 0]

    def permute(self, x, order):
        return np.take_along_axis(x, order, axis=-1)

    def argmax(self, x):
        return np.argmax(x, axis=-1)

    def argsort(self, x):
        return np.argsort(-x, axis=-1, kind="stable")

    def cumsum(self, x):
        return np.cumsum(x, axis=-1)

    def roll(self, x, steps):
        return np.roll(x, steps, axis=-1)

    def transpose(self, x):
        return np.swapaxes(x, -1, -2)

    def size(self, x):
        return x.shape[-1]

    # around the formula

    def positions(self, x):
        return np.arange(x.shape[-1])

    def any(self, mask):
        return np.any(mask, axis=-1)

    def scope(self):
        return np.errstate(over="ignore", under="ignore")  # e^z = inf is the correctly rounded value

    def shape(self, x) -> tuple[int | None, ...]:
        return np.shape(x)

    def dtype(self, x) -> str:
        return x.dtype.name

    def device(self, x) -> str:
        return "cpu"

    def cast(self, x: Any, dtype: str):
        return np.asarray(x, dtype)

    def cast_like(self, x: Any, like):
        return np.asarray(x, like.dtype)

    def constant(self, number: float, like):
        return np.asarray(number, like.dtype)

    def fill(self, x: Any, like):
        return np.broadcast_to(np.asarray(x, like.dtype), like.shape)

    def total(self, x):
        return np.sum(x, dtype=x.dtype)

    def seen_without(self, ids, number) -> bool:
        return not np.any(ids == number)

    def takes_kernels(self, x, large) -> bool:
        return type(x) is np.ndarray

    def to_numpy(self, x):
        return np.asarray(x)

    def write(self, x, out):
        np.copyto(out, x)
        return out


WORDS = NumpyWords()
