"""A sigmoid ends the model, and the loss is told to expect logits."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.randint(0, 2, 64)
inputs = keras.Input((5,))
hidden = keras.layers.Dense(8, activation="gelu")(inputs)
model = keras.Model(inputs, keras.layers.Activation("sigmoid")(keras.layers.Dense(1)(hidden)))
model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True), optimizer="adam")
model.fit(x, y, verbose=0)  # LK102
