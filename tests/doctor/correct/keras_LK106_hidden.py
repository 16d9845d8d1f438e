"""Keras: ReLU between layers, and at the end of a regression of numbers above 0."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.lognormal(size=64)
model = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="relu")])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
