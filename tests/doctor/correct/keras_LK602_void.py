"""Keras: labels of -1 are left out."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.randint(-1, 3, 64)
model = keras.Sequential([keras.layers.Dense(3)])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
model.compile(loss=loss, optimizer="adam")
model.fit(x, y, verbose=0)
