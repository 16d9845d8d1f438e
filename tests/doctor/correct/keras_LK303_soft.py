"""Keras: mixed-up labels, label smoothing, and rows of 0 that are masked."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.eye(4, dtype="float32")[np.random.randint(0, 4, 64)]
mixed = 0.7 * y + 0.3 * y[::-1]
mixed[:5] = 0.0
model = keras.Sequential([keras.layers.Dense(4)])
model.compile(loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1), optimizer="adam")
model.fit(x, mixed, verbose=0)
