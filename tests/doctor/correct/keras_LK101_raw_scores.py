"""Keras: raw scores with from_logits=True, the softmax for the report only."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.randint(0, 3, 64)
model = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dense(3)])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(loss=loss, metrics=["accuracy"], optimizer="adam")
model.fit(x, y, batch_size=16, epochs=2, validation_split=0.25, verbose=0)
print(keras.ops.max(keras.ops.softmax(model(x)), axis=-1))
