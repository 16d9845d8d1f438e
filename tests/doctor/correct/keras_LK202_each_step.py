"""Keras: a target for each step of a sequence, with and without a last axis of 1; and a constant target."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(8, 4, 3).astype("float32"), np.random.randn(8, 4).astype("float32")
model = keras.Sequential([keras.layers.GRU(5, return_sequences=True), keras.layers.Dense(1)])
for targets in (y, y[..., None]):
    model.compile(loss="mse", optimizer="adam")
    model.fit(x, targets, verbose=0)
print(keras.losses.MeanSquaredError()(np.ones((1, 1, 1), "float32"), model(x)))
