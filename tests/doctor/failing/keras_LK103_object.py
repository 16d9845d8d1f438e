"""A loss object called on log-probabilities with from_logits=True."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
loss = keras.losses.CategoricalCrossentropy(from_logits=True)
scores = keras.ops.convert_to_tensor(np.random.randn(8, 4).astype("float32"))
loss(np.eye(4, dtype="float32")[np.arange(8) % 4], keras.ops.log_softmax(scores))  # LK103
