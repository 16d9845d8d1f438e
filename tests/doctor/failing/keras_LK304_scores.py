"""A teacher's raw scores as the target of a divergence."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x = np.random.randn(64, 5).astype("float32")
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile(loss="kl_divergence", optimizer="adam")
model.fit(x, np.random.randn(64, 3), verbose=0)  # LK304
