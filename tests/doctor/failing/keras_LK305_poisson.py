"""A linear model where a rate is wanted."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.poisson(2.0, 64)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss="poisson", optimizer="adam")
model.fit(x, y, verbose=0)  # LK305
