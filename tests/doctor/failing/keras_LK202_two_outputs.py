"""Two outputs, and one column of targets."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(8, 5).astype("float32"), np.random.randn(8, 1).astype("float32")
model = keras.Sequential([keras.layers.Dense(2)])
model.compile(loss=keras.losses.MeanSquaredError(), optimizer="adam")
model.fit(x, y, verbose=0)  # LK202
