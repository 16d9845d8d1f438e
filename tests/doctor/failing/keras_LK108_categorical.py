"""Categorical cross-entropy for two classes and one output."""

import warnings

import keras
import numpy as np

warnings.simplefilter("ignore")
keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.randint(0, 2, (64, 1))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss=keras.losses.CategoricalCrossentropy(from_logits=True), optimizer="adam")
model.fit(x, y, verbose=0)  # LK108
