"""Keras: Dice on the output of a sigmoid; cross-entropy and Tversky on that of a softmax, over pixels."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x = np.random.randn(8, 6, 6, 1).astype("float32")
masks = (x > 0).astype("float32")
model = keras.Sequential([keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid")])
model.compile(loss="dice", optimizer="adam")
model.fit(x, masks, verbose=0)


def both(y_true, y_pred):
    cross_entropy = keras.losses.categorical_crossentropy(y_true, y_pred)
    return keras.ops.mean(cross_entropy) + keras.losses.tversky(y_true, y_pred)


classes = keras.Sequential([keras.layers.Conv2D(2, 3, padding="same"), keras.layers.Softmax()])
classes.compile(loss=both, optimizer="adam")
classes.fit(x, np.concatenate([masks, 1 - masks], axis=-1), verbose=0)
