"""Keras: (n, 1) against (n,), which Keras lines up itself, with weights of samples, and one number for a sequence."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(16, 4, 3).astype("float32"), np.random.randn(16).astype("float32")
model = keras.Sequential([keras.layers.SimpleRNN(5), keras.layers.Dense(1)])
for loss in ("mse", "mae", keras.losses.Huber(), keras.losses.LogCosh()):
    model.compile(loss=loss, optimizer="adam", weighted_metrics=["mae"])
    model.fit(x, y, sample_weight=np.random.rand(16), verbose=0)
print(keras.losses.mean_squared_error(y, model(x)))
