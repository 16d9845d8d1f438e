"""Keras: an autoencoder of pixels in [0, 1], a sigmoid and binary cross-entropy; and a linear one with squares."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x = np.random.rand(32, 12).astype("float32")
for last, loss in (("sigmoid", "binary_crossentropy"), ("linear", "mse")):
    layers = [keras.layers.Dense(4, activation="relu"), keras.layers.Dense(12, activation=last)]
    model = keras.Sequential(layers)
    model.compile(loss=loss, optimizer="adam")
    model.fit(x, x, epochs=2, verbose=0)
