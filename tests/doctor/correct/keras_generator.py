"""Keras: batches from a generator, each of which is drawn once, and from a PyDataset."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
drawn = []


def batches():
    for number in range(100):
        drawn.append(number)
        yield np.random.randn(8, 5).astype("float32"), np.random.randint(0, 2, (8, 1)).astype("float32")


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        return np.full((4, 5), index, "float32"), np.ones((4, 1), "float32")


model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(batches(), steps_per_epoch=4, epochs=2, verbose=0)
model.fit(Batches(), verbose=0)
assert drawn == list(range(len(drawn)))
