"""The function, unlike the object, does not line up (n, 1) and (n,)."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(16, 5).astype("float32"), np.random.poisson(2.0, 16).astype("float32")
model = keras.Sequential([keras.layers.Dense(1, activation="exponential")])
print(keras.ops.mean(keras.losses.poisson(y, model(x))))  # LK201
