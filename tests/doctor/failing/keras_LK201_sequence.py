"""One number is wanted for each sequence, and one for each step comes."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(8, 4, 3).astype("float32"), np.random.randn(8).astype("float32")
model = keras.Sequential([keras.layers.SimpleRNN(5, return_sequences=True), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)  # LK201
