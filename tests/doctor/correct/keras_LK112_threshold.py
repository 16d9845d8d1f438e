"""Keras: accuracy of logits at a threshold of 0, and of probabilities at 0.5."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x = 3 * np.random.randn(64, 5).astype("float32")
model = keras.Sequential([keras.layers.Dense(1)])
accuracy = keras.metrics.BinaryAccuracy(threshold=0.0)
model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True), metrics=[accuracy], optimizer="adam")
model.fit(x, x[:, :1] > 0, verbose=0)
print(keras.metrics.BinaryAccuracy()(x[:, :1] > 0, keras.ops.sigmoid(model(x))))
