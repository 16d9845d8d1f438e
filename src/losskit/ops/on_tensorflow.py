"""The vocabulary on TensorFlow tensors and variables."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from losskit.errors import InvalidInput
from losskit.ops.tensorflow_kernels import KERNELS
from losskit.ops.vocabulary import Vocabulary


class TensorFlowWords(Vocabulary):
    name = "tensorflow"

    exp = staticmethod(tf.math.exp)
    log = staticmethod(tf.math.log)
    log1p = staticmethod(tf.math.log1p)
    expm1 = staticmethod(tf.math.expm1)
    sqrt = staticmethod(tf.math.sqrt)
    pow = staticmethod(tf.math.pow)
    abs = staticmethod(tf.math.abs)
    sign = staticmethod(tf.math.sign)
    sinh = staticmethod(tf.math.sinh)
    tanh = staticmethod(tf.math.tanh)
    relu = staticmethod(tf.nn.relu)
    lgamma = staticmethod(tf.math.lgamma)
    arctan = staticmethod(tf.math.atan)
    erf = staticmethod(tf.math.erf)
    matmul = staticmethod(tf.linalg.matmul)
    transpose = staticmethod(tf.linalg.matrix_transpose)
    spread = staticmethod(tf.broadcast_to)
    reshape = staticmethod(tf.reshape)
    stop_gradient = staticmethod(tf.stop_gradient)

    def sigmoid(self, x):
        # tf.math.sigmoid is 4 ulp off in float32, and its derivative s (1 - s) cancels.
        up = x >= 0
        e = tf.exp(tf.where(up, -x, x))  # |x| would have slope 0 at 0
        return tf.where(up, tf.ones((), x.dtype), e) / (1.0 + e)

    def softplus(self, x):
        up = x >= 0
        return tf.where(up, x, tf.zeros((), x.dtype)) + tf.math.log1p(tf.exp(tf.where(up, -x, x)))

    def where(self, condition, a, b):
        if isinstance(a, (int, float)):
            a = tf.constant(a, b.dtype)
        elif isinstance(b, (int, float)):
            b = tf.constant(b, a.dtype)
        return tf.where(condition, a, b)

    def hide(self, mask, x, interior):
        for _ in range(len(x.shape) - len(mask.shape)):
            mask = tf.expand_dims(mask, -1)

        @tf.custom_gradient
        def hidden(x):  # hidden items weigh 0, so that the slope is 0 there already: a second mask would cost as much
            return tf.where(mask, x, tf.cast(interior, x.dtype)), lambda slope: slope

        return hidden(x) if x.dtype.is_floating else tf.where(mask, x, tf.cast(interior, x.dtype))

    def sum(self, x):
        return tf.reduce_sum(x, -1)

    def logsumexp(self, x):
        return tf.reduce_logsumexp(x, -1)

    def softmax(self, x):
        return tf.nn.softmax(x, -1)

    def log_softmax(self, x):
        return tf.nn.log_softmax(x, -1)

    def gather(self, values, ids):
        return tf.gather(values, ids, axis=-1, batch_dims=len(ids.shape))

    def permute(self, x, order):
        return tf.gather(x, order, axis=-1, batch_dims=len(order.shape) - 1)

    def hits(self, ids, like):
        return super().hits(tf.cast(ids, tf.int32), like)

    def argmax(self, x):
        return tf.argmax(x, -1, tf.int32)

    def argsort(self, x):
        return tf.argsort(x, direction="DESCENDING", stable=True)

    def cumsum(self, x):
        return tf.cumsum(x, -1)

    def roll(self, x, steps):
        return tf.roll(x, steps, -1)

    def size(self, x):
        return tf.cast(tf.shape(x)[-1], x.dtype)

    # around the formula

    def lengths(self, x):
        known = self.shape(x)
        if None not in known:
            return known
        found = tf.shape(x)
        return tuple(found[i] if length is None else length for i, length in enumerate(known))

    def positions(self, x):
        return tf.range(self.lengths(x)[-1])

    def any(self, mask):
        return tf.reduce_any(mask, -1)

    def shape(self, x) -> tuple[int | None, ...]:
        if x.shape.rank is None:
            raise InvalidInput("a tensor of unknown rank cannot be checked", "give its rank: x.set_shape([None])")
        return tuple(x.shape)

    def dtype(self, x) -> str:
        return x.dtype.name

    def device(self, x) -> str:
        return ""

    def cast(self, x: Any, dtype: str):
        return tf.cast(x, dtype)

    def cast_like(self, x: Any, like):
        return tf.cast(x, like.dtype)

    def constant(self, number: float, like):
        return tf.constant(number, like.dtype)

    def fill(self, x: Any, like):
        return tf.broadcast_to(tf.cast(x, like.dtype), tf.shape(like))

    def total(self, x):
        return tf.reduce_sum(x)

    def weighted_total(self, each, weight, divide_by):
        return tf.reduce_sum(each * (weight / divide_by))  # the slope is then the second factor, with no further step

    def at_least_1(self, count):
        return tf.maximum(count, 1.0)

    def kernel(self, module, name, like):
        return KERNELS.get((module, name))

    def to_numpy(self, x):
        x = tf.convert_to_tensor(x)
        return (tf.cast(x, tf.float32) if x.dtype == tf.bfloat16 else x).numpy()

    def write(self, x, out):
        raise TypeError("TensorFlow tensors cannot be written in place: leave out= away")


WORDS = TensorFlowWords()
