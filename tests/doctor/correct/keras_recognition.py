"""Keras: CTC on raw scores, and ordinal targets by a squared error of the expected class."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, labels = np.random.randn(4, 8, 5).astype("float32"), np.random.randint(1, 5, (4, 3))
model = keras.Sequential([keras.layers.Dense(6)])
model.compile(loss=keras.losses.CTC(), optimizer="adam")
model.fit(x, labels, verbose=0)
grades = np.random.randint(0, 4, (4, 1)).astype("float32")
inputs = keras.Input((8, 5))
shares = keras.layers.Dense(4, activation="softmax")(keras.layers.Flatten()(inputs))
expected = keras.ops.sum(shares * np.arange(4.0, dtype="float32"), axis=-1, keepdims=True)
model = keras.Model(inputs, expected)
model.compile(loss="mse", optimizer="adam")
model.fit(x, grades, verbose=0)
