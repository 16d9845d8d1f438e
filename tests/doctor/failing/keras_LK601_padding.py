"""Nothing but padding: the targets were cut off after the last word."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
words = np.random.randint(1, 6, (8, 4))
model = keras.Sequential([keras.layers.Embedding(6, 5), keras.layers.Dense(6)])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0)
model.compile(loss=loss, optimizer="adam")
model.fit(words, np.zeros_like(words), verbose=0)  # LK601
