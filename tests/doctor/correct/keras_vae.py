"""Keras: a variational autoencoder whose layer draws noise and adds a loss."""

import keras
import numpy as np
from keras import ops

keras.utils.set_random_seed(0)


class Sampling(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.seeds = keras.random.SeedGenerator(1)

    def call(self, moments):
        mean, log_variance = ops.split(moments, 2, axis=-1)
        self.add_loss(-0.05 * ops.mean(1 + log_variance - mean**2 - ops.exp(log_variance)))
        return mean + ops.exp(0.5 * log_variance) * keras.random.normal(ops.shape(mean), seed=self.seeds)


x = np.random.rand(32, 12).astype("float32")
model = keras.Sequential([keras.layers.Dense(4), Sampling(), keras.layers.Dense(12, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, x, batch_size=8, verbose=0)
