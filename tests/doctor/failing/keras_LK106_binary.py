"""A ReLU layer before binary cross-entropy on logits."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.layers.Dense(1), keras.layers.ReLU()])
model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True), optimizer="adam")
model.fit(x, y, verbose=0)  # LK106
