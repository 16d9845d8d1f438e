"""Several labels a row for a loss that expects one."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.randint(0, 2, (64, 4))
model = keras.Sequential([keras.layers.Dense(4, activation="softmax")])
model.compile(loss="categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)  # LK303
