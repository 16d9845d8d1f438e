"""No softmax ends the model, and the loss takes probabilities."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.randint(0, 3, 64)
model = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dense(3)])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, batch_size=16, epochs=2, verbose=0)  # LK111
