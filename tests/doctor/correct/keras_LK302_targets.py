"""Keras: labels of -1 that a weight of 0 leaves out, smoothed labels, and hinges, which take -1/1 and 0/1 alike."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.randint(-1, 2, 64)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1), optimizer="adam")
model.fit(x, np.maximum(y, 0), verbose=0)
model.fit(x, y.astype("float32"), sample_weight=(y >= 0).astype("float32"), verbose=0)
for targets in (y > 0, 2.0 * (y > 0) - 1):
    model.compile(loss="hinge", optimizer="adam")
    model.fit(x, np.asarray(targets, "float32"), verbose=0)
