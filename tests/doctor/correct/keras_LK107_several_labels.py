"""Keras: several labels a row, a sigmoid each, binary cross-entropy on probabilities."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.randint(0, 2, (64, 4)).astype("float32")
model = keras.Sequential([keras.layers.Dense(4, activation="sigmoid")])
model.compile(loss="binary_crossentropy", metrics=["binary_accuracy"], optimizer="adam")
model.fit(x, y, verbose=0)
