"""log_softmax before a loss that applies it too: nothing changes."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(32, 5).astype("float32"), np.random.randint(0, 3, 32)
model = keras.Sequential([keras.layers.Dense(3, activation="log_softmax")])
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), optimizer="sgd")
model.fit(x, y, verbose=0)  # LK103
