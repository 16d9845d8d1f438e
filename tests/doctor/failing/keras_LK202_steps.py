"""Each target serves all steps of its sequence."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(8, 4, 3).astype("float32"), np.random.randn(8, 1).astype("float32")
model = keras.Sequential([keras.layers.GRU(5, return_sequences=True), keras.layers.Dense(1)])
model.compile(loss="mae", optimizer="adam")
model.train_on_batch(x, y)  # LK202
