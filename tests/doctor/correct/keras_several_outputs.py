"""Keras: several outputs with a dictionary of losses, weights of them, and one output without."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x = np.random.randn(32, 5).astype("float32")
inputs = keras.Input((5,))
hidden = keras.layers.Dense(8, activation="relu")(inputs)
outputs = {
    "price": keras.layers.Dense(1, name="price")(hidden),
    "kind": keras.layers.Dense(3, activation="softmax", name="kind")(hidden),
    "tags": keras.layers.Dense(4, name="tags")(hidden),
}
model = keras.Model(inputs, outputs)
model.compile(
    loss={
        "price": "mse",
        "kind": keras.losses.CategoricalCrossentropy(),
        "tags": keras.losses.BinaryCrossentropy(from_logits=True),
    },
    loss_weights={"price": 0.1, "kind": 1.0, "tags": 0.5},
    metrics={"kind": ["accuracy"], "price": ["mae"]},
    optimizer="adam",
)
targets = {"price": x[:, 0], "kind": np.eye(3)[np.arange(32) % 3], "tags": np.random.randint(0, 2, (32, 4))}
model.fit(x, targets, verbose=0)
model.train_on_batch(x, targets)
