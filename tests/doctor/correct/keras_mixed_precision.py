"""Keras: bfloat16 for the layers, with a softmax in it and one in float32."""

import keras
import numpy as np

keras.utils.set_random_seed(0)
x, y = np.random.randn(32, 5).astype("float32"), np.random.randint(0, 3, 32)
for dtype in ("mixed_bfloat16", "float32"):
    layers = [keras.layers.Dense(8, "relu", dtype="mixed_bfloat16"), keras.layers.Dense(3, dtype="mixed_bfloat16")]
    model = keras.Sequential([*layers, keras.layers.Activation("softmax", dtype=dtype)])
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
    model.fit(x, y, batch_size=8, verbose=0)
