"""Keras: the losses on probabilities, as they are meant: the last layer a softmax, or an activation of its own."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.randint(0, 3, 64)
inputs = keras.Input((5,))
outputs = [
    keras.layers.Dense(3, activation="softmax", name="class")(inputs),
    keras.layers.Softmax(name="share")(keras.layers.Dense(3)(inputs)),
    keras.layers.Dense(1, activation="hard_sigmoid", name="sick")(inputs),
]
model = keras.Model(inputs, outputs)
model.compile(loss=["sparse_categorical_crossentropy", "kl_divergence", "binary_crossentropy"], optimizer="adam")
model.fit(x, [y, np.random.dirichlet([1.0, 1.0, 1.0], 64), y > 1], verbose=0)
