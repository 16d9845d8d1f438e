"""A teacher's log-probabilities as the target."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
shares = np.random.dirichlet([1.0, 1.0, 1.0], 16).astype("float32")
loss = keras.losses.KLDivergence()
print(loss(np.log(shares), keras.ops.softmax(keras.ops.convert_to_tensor(shares))))  # LK304
