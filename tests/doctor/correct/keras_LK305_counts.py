"""Keras: counts with a rate above 0, and numbers above 0 with a loss on logarithms."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.poisson(2.0, 64)
model = keras.Sequential([keras.layers.Dense(1, activation="exponential")])
model.compile(loss="poisson", optimizer="adam")
model.fit(x, y, verbose=0)
linear = keras.Sequential([keras.layers.Dense(1)])
linear.compile(loss="mean_squared_logarithmic_error", optimizer="adam")
linear.fit(x, y, verbose=0)
