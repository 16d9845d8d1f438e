"""Keras: a quantile loss as a function, a contrastive one as a class, and losskit's."""

import keras
import numpy as np
from keras import ops

import losskit as lk

keras.utils.set_random_seed(0)
x, y = np.random.randn(32, 5).astype("float32"), np.random.randn(32, 1).astype("float32")


def quantile(y_true, y_pred):
    r = y_true - y_pred
    return ops.mean(ops.maximum(0.9 * r, -0.1 * r), axis=-1)


class Contrastive(keras.losses.Loss):
    def call(self, y_true, y_pred):
        scores = ops.matmul(y_pred, ops.transpose(y_pred)) / 0.1
        labels = ops.arange(ops.shape(y_pred)[0])
        return keras.losses.sparse_categorical_crossentropy(labels, scores, from_logits=True)


for outputs, loss in ((1, quantile), (4, Contrastive()), (1, lk.to_keras(lk.huber()))):
    model = keras.Sequential([keras.layers.Dense(outputs)])
    model.compile(loss=loss, optimizer="adam")
    model.fit(x, y, verbose=0)
ids = np.random.randint(0, 3, 32)
model = keras.Sequential([keras.layers.Dense(3)])
model.compile(loss=lk.to_keras(lk.cross_entropy()), optimizer="adam")
model.fit(x, ids, verbose=0)
