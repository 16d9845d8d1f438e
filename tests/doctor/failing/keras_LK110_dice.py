"""Dice on the raw output of a convolution."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x = np.random.randn(8, 6, 6, 1).astype("float32")
model = keras.Sequential([keras.layers.Conv2D(1, 3, padding="same")])
model.compile(loss=keras.losses.Dice(), optimizer="adam")
model.fit(x, (x > 0).astype("float32"), verbose=0)  # LK110
