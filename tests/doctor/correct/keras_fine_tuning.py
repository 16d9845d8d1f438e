"""Keras: a head on a frozen body, then all of it, with callbacks that stop and save the best."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(32, 5).astype("float32"), np.random.randint(0, 2, 32)
body = keras.Sequential([keras.Input((5,)), keras.layers.Dense(8, activation="relu")])
model = keras.Sequential([body, keras.layers.Dense(1)])
stop = keras.callbacks.EarlyStopping(patience=1, restore_best_weights=True)
for trainable in (False, True):
    body.trainable = trainable
    model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True), optimizer=keras.optimizers.SGD(0.01))
    model.fit(x, y, epochs=2, validation_data=(x, y), callbacks=[stop], verbose=0)
