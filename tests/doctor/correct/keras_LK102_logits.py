"""Keras: a logit for each label, focal loss and metrics that are told so."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(64, 5).astype("float32"), np.random.randint(0, 2, (64, 3)).astype("float32")
model = keras.Sequential([keras.layers.Dense(3)])
model.compile(
    loss=keras.losses.BinaryFocalCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryCrossentropy(from_logits=True), keras.metrics.AUC(from_logits=True, multi_label=True)],
    optimizer="adam",
)
model.fit(x, y, verbose=0)
