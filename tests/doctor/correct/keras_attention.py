"""Keras: softmax inside attention, and a sequence's class from raw scores."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
words, y = np.random.randint(0, 9, (16, 6)), np.random.randint(0, 3, 16)
inputs = keras.Input((6,))
embedded = keras.layers.Embedding(9, 8)(inputs)
attended = keras.layers.MultiHeadAttention(2, 4)(embedded, embedded)
outputs = keras.layers.Dense(3)(keras.layers.GlobalAveragePooling1D()(attended))
model = keras.Model(inputs, outputs)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(loss=loss, metrics=[keras.metrics.SparseCategoricalCrossentropy(from_logits=True)], optimizer="adam")
model.fit(words, y, verbose=0)
