"""Keras: sentences with a mask of padding, labels of -1 under it, one label for each word."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
words = np.random.randint(1, 6, (16, 5))
words[:, 3:] = 0
tags = np.where(words == 0, -1, words % 2)[..., None]
model = keras.Sequential(
    [keras.layers.Embedding(6, 4, mask_zero=True), keras.layers.LSTM(6, return_sequences=True), keras.layers.Dense(1)]
)
model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True), optimizer="adam")
model.fit(words, tags.astype("float32"), verbose=0)
