"""A focal loss on logits, given probabilities, and a metric likewise."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.randint(0, 2, (64, 3)).astype("float32")
model = keras.Sequential([keras.layers.Dense(3, activation="sigmoid")])
model.compile(
    loss=keras.losses.BinaryFocalCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryCrossentropy(from_logits=True)],
    optimizer="adam",
)
model.train_on_batch(x, y)  # LK102
