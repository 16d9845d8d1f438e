"""A softmax over a single output is 1 for everybody."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.layers.Dense(1, activation="softmax")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)  # LK108
