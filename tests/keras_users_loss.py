"""A user's loss in Keras, on the backend that the environment names; prints the weights it ends with."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import keras

import losskit as lk
from users_loss import shortage

table = np.load(sys.argv[1])
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="zeros")])
model.compile(optimizer=keras.optimizers.SGD(float(sys.argv[2])), loss=lk.to_keras(shortage()))
for _ in range(int(sys.argv[3])):
    model.train_on_batch(table["X"], table["y"])
path = Path(sys.argv[1]).with_suffix(f".{keras.backend.backend()}.keras")
model.save(path)
again = keras.saving.load_model(path)
assert again.loss.loss == shortage()
np.testing.assert_array_equal(again.predict(table["X"], verbose=0), model.predict(table["X"], verbose=0))
weights = [np.asarray(keras.ops.convert_to_numpy(w)).ravel().tolist() for w in again.weights]
print(json.dumps(np.concatenate(weights).tolist()))
