"""Run by test_adapters_keras.py under each Keras backend: trains, saves and loads; prints what came out as JSON."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np

import losskit as lk


def fit(loss, X, y, outputs, weight=None):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((X.shape[1],)), keras.layers.Dense(outputs)])
    model.compile(loss=loss, optimizer=keras.optimizers.Adam(0.05))
    history = model.fit(X, y, sample_weight=weight, epochs=3, batch_size=50, verbose=0, shuffle=False).history["loss"]
    return model, history


def pairs(y, ids):
    """name -> (our loss, Keras' own, target, outputs)."""
    own = keras.losses
    sparse = own.SparseCategoricalCrossentropy(from_logits=True)
    return {
        "huber": (lk.huber(delta=0.5), own.Huber(delta=0.5), y, 1),
        "outputs": (lk.absolute_error(), own.MeanAbsoluteError(), np.stack([y, -y], axis=1), 2),
        "binary": (lk.binary_cross_entropy(), own.BinaryCrossentropy(from_logits=True), (y > 0).astype("float32"), 1),
        "ids_column": (lk.cross_entropy(), sparse, ids[:, None], 3),
        "soft": (lk.cross_entropy(), own.CategoricalCrossentropy(from_logits=True), np.eye(3)[ids], 3),
    }


def main() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3)).astype("float32")
    y = (X @ [1.0, -2.0, 0.5]).astype("float32")
    ids = np.digitize(y, [-1.0, 1.0])
    weight = rng.uniform(0.5, 2.0, 200).astype("float32")
    found = {"backend": keras.backend.backend(), "curves": {}}
    for name, (ours, own, target, outputs) in pairs(y, ids).items():
        weights = None if name in ("ids_column", "binary") else weight
        found["curves"][name] = [fit(loss, X, target, outputs, weights)[1] for loss in (lk.to_keras(ours), own)]
    loss = lk.logit_adjusted(prior=[0.5, 0.3, 0.2])
    model, _ = fit(lk.to_keras(loss), X, ids, 3)
    path = str(Path(tempfile.mkdtemp()) / "model.keras")
    model.save(path)
    again = keras.models.load_model(path)
    found["loaded"] = [repr(again.loss), again.loss.loss == loss, again.evaluate(X, ids, verbose=0)]
    found["kept"] = model.evaluate(X, ids, verbose=0)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
