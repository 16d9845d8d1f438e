"""A sigmoid for each class before a loss on raw scores."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.randint(0, 3, 64)
model = keras.Sequential([keras.layers.Dense(3, activation="sigmoid")])
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), optimizer="adam")
model.fit(x, y, verbose=0)  # LK107
