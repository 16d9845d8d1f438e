"""Tversky in a loop of one's own, on raw scores."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x = np.random.randn(8, 6).astype("float32")
model = keras.Sequential([keras.layers.Dense(6)])
loss = keras.losses.Tversky(alpha=0.3, beta=0.7)
loss((x > 0).astype("float32"), model(x))  # LK110
