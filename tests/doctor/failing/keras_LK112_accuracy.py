"""The loss is told of logits, the accuracy is not."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x = 3 * np.random.randn(64, 5).astype("float32")
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"], optimizer="adam")
model.fit(x, x[:, :1] > 0, verbose=0)  # LK112
