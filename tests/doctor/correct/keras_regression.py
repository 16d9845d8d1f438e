"""Keras: a regression with weights of samples, normalised inputs, penalties and a schedule."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x = np.random.randn(64, 5).astype("float32")
y = x @ np.arange(5.0) + np.random.randn(64)
normalise = keras.layers.Normalization()
normalise.adapt(x)
model = keras.Sequential([normalise, keras.layers.Dense(8, "tanh"), keras.layers.Dense(1, kernel_regularizer="l2")])
schedule = keras.optimizers.schedules.CosineDecay(0.01, 10)
model.compile(
    loss=keras.losses.Huber(delta=2.0), optimizer=keras.optimizers.Adam(schedule), metrics=["mae", "r2_score"]
)
model.fit(x, y[:, None], sample_weight=np.random.rand(64), batch_size=16, epochs=2, verbose=0)
