"""Targets of -1 and 1 for binary cross-entropy."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), 2.0 * np.random.randint(0, 2, 64) - 1
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True), optimizer="adam")
model.fit(x, y, verbose=0)  # LK302
