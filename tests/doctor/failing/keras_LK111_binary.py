"""Raw scores, binary cross-entropy on probabilities, in one of two outputs."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x = np.random.randn(64, 5).astype("float32")
inputs = keras.Input((5,))
outputs = {
    "size": keras.layers.Dense(1, name="size")(inputs),
    "sick": keras.layers.Dense(1, name="sick")(inputs),
}
model = keras.Model(inputs, outputs)
model.compile(loss={"size": "mse", "sick": "binary_crossentropy"}, optimizer="adam")
targets = {"size": x[:, :1], "sick": (x[:, 1:2] > 0).astype("float32")}
model.fit(x, targets, verbose=0)  # LK111
