"""A metric object at its default threshold, given raw scores by hand."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x = 3 * np.random.randn(64, 5).astype("float32")
model = keras.Sequential([keras.layers.Dense(1)])
accuracy = keras.metrics.BinaryAccuracy()
accuracy.update_state(x[:, :1] > 0, model(x))  # LK112
