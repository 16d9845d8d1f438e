"""Keras: two classes by a softmax over two outputs, and by a sigmoid over one."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.randint(0, 2, 64)
two = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
two.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"], optimizer="adam")
two.fit(x, y, verbose=0)
one = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
one.compile(loss="binary_crossentropy", metrics=["accuracy"], optimizer="adam")
one.fit(x, y, verbose=0)
