"""A softmax written by hand ends the model, which the values alone tell."""

import keras
import numpy as np

keras.utils.set_random_seed(0)


class Classifier(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)

    def call(self, x):
        shares = keras.ops.exp(self.dense(x))
        return shares / keras.ops.sum(shares, axis=-1, keepdims=True)


x, y = np.random.randn(64, 5).astype("float32"), np.eye(4)[np.random.randint(0, 4, 64)]
model = Classifier()
model.compile(loss=keras.losses.CategoricalCrossentropy(from_logits=True), optimizer="sgd")
for start in range(0, 64, 16):
    model.train_on_batch(x[start : start + 16], y[start : start + 16])  # LK101
