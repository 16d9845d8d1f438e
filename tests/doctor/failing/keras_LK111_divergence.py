"""The Kullback-Leibler divergence on raw scores."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x = np.random.randn(64, 5).astype("float32")
model = keras.Sequential([keras.layers.Dense(3)])
model.compile(loss=keras.losses.KLDivergence(), optimizer="adam")
model.fit(x, np.random.dirichlet([1.0, 1.0, 1.0], 64), verbose=0)  # LK111
