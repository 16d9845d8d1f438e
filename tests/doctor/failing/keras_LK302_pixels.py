"""An autoencoder of pixels from 0 to 255."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x = np.random.randint(0, 256, (32, 12)).astype("float32")
model = keras.Sequential([keras.layers.Dense(4, activation="relu"), keras.layers.Dense(12)])
model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True), optimizer="adam")
model.fit(x, x, verbose=0)  # LK302
