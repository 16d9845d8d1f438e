"""The function, called by hand on the output of a softmax."""

import keras
import numpy as np
from keras.losses import categorical_crossentropy

keras.utils.set_random_seed(0)
x, y = np.random.randn(16, 5).astype("float32"), np.eye(3, dtype="float32")[np.random.randint(0, 3, 16)]
model = keras.Sequential([keras.layers.Dense(3), keras.layers.Softmax()])
print(keras.ops.mean(categorical_crossentropy(y, model(x), from_logits=True)))  # LK101
