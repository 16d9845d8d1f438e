"""All labels are -1, which is left out."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(8, 5).astype("float32"), np.full(8, -1)
model = keras.Sequential([keras.layers.Dense(3)])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
print(loss(y, model(x)))  # LK601
