"""Run by test_adapters_keras.py under each Keras backend: trains, saves and loads; prints what came out as JSON."""

from __future__ import annotations

import functools
import json
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
from sklearn.datasets import load_digits

import losskit as lk

REDUCTIONS = ("sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none", None)


@lk.define_loss(pred=lk.Real, target=lk.Real, slope=lk.Positive(3.0))
def lopsided(ops, pred, target, *, slope):
    """Too much costs `slope` times as much as too little."""
    r = pred - target
    return slope * ops.relu(r) + ops.relu(-r)


def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3)).astype("float32")
    y = (X @ [1.0, -2.0, 0.5]).astype("float32")
    return X, y, np.digitize(y, [-1.0, 1.0]), rng.uniform(0.5, 2.0, 200).astype("float32")


def train(build, losses, X, y, **options):
    """One model for each of the losses, all from one seed, with their histories; batches of 50 rows, all alike."""
    trained = []
    for loss in losses:
        keras.utils.set_random_seed(0)
        model = build()
        model.compile(loss=loss, optimizer=keras.optimizers.SGD(0.02, momentum=0.9))
        fitted = model.fit(X, y, batch_size=50, verbose=0, shuffle=False, **options)
        trained.append((model, fitted.history))
    return trained


def dense(inputs, *sizes):
    *hidden, outputs = sizes
    layers = [keras.layers.Dense(size, "relu") for size in hidden]
    return keras.Sequential([keras.Input((inputs,)), *layers, keras.layers.Dense(outputs)])


def heads(y, ids):
    """name -> (our loss, Keras' own, target, outputs)."""
    own = keras.losses
    categorical = functools.partial(own.CategoricalCrossentropy, from_logits=True)
    sparse = functools.partial(own.SparseCategoricalCrossentropy, from_logits=True)
    binary, soft = (y > 0).astype("float32"), np.eye(3)[ids]
    return {
        "several": (lk.absolute_error(), own.MeanAbsoluteError(), np.stack([y, -y], axis=1), 2),
        "column": (lk.huber(delta=0.5), own.Huber(delta=0.5), y[:, None], 1),
        "log_cosh": (lk.log_cosh(), own.LogCosh(), y, 1),
        "binary": (lk.binary_cross_entropy(), own.BinaryCrossentropy(from_logits=True), binary, 1),
        "hinge": (lk.hinge(), own.Hinge(), binary, 1),
        "ids_column": (lk.cross_entropy(), sparse(), ids[:, None], 3),
        "left_out": (lk.cross_entropy(ignore_index=-1), sparse(ignore_class=-1), np.where(y > 0.5, -1, ids), 3),
        "smoothed": (lk.cross_entropy(label_smoothing=0.1), categorical(label_smoothing=0.1), soft, 3),
        "softmax_focal": (
            lk.softmax_focal(alpha=[0.25] * 3),
            own.CategoricalFocalCrossentropy(from_logits=True),
            soft,
            3,
        ),
    }


def curves():
    """One model with a head for each loss: name -> its history under our loss and under Keras' own."""
    X, y, ids, weight = table()
    cases = heads(y, ids)

    def build():
        inputs = keras.Input((3,))
        return keras.Model(
            inputs, {name: keras.layers.Dense(case[3], name=name)(inputs) for name, case in cases.items()}
        )

    losses = [{name: lk.to_keras(case[0]) for name, case in cases.items()}, {n: case[1] for n, case in cases.items()}]
    targets = {name: case[2] for name, case in cases.items()}
    trained = train(build, losses, X, targets, sample_weight=dict.fromkeys(cases, weight), epochs=3)
    return {name: [history[f"{name}_loss"] for _, history in trained] for name in cases}


def reductions():
    """For each reduction what our loss and Keras' own make of one weighted batch."""
    _, y, _, weight = table()
    pairs = [
        (lk.to_keras(lk.squared_error(), reduction), keras.losses.MeanSquaredError(reduction))
        for reduction in REDUCTIONS
    ]
    values = [[loss(y[:4], y[4:8, None], sample_weight=weight[:4]) for loss in pair] for pair in pairs]
    return [[keras.ops.convert_to_numpy(value).tolist() for value in pair] for pair in values]


def class_weights():
    """The histories under our loss and under Keras' own with `fit(class_weight=...)`."""
    X, _, ids, _ = table()
    losses = lk.to_keras(lk.cross_entropy()), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    trained = train(lambda: dense(3, 3), losses, X, ids, class_weight={0: 1.0, 1: 5.0, 2: 0.2}, epochs=2)
    return [history["loss"] for _, history in trained]


def masks():
    """Sentences padded with 0: our history, Keras' own, and our loss with right and wrong labels at the padding."""
    rng = np.random.default_rng(0)
    words = rng.integers(1, 6, size=(100, 4)) * (np.arange(4) < rng.integers(1, 5, size=(100, 1)))
    padding = words == 0
    ids, number = words % 3, (0.3 * words[..., None]).astype("float32")
    other_ids, other_number = np.where(padding, 2, ids), np.where(padding[..., None], 9.0, number)

    def build():
        inputs = keras.Input((4,))
        embedded = keras.layers.Embedding(6, 5, mask_zero=True)(inputs)
        return keras.Model(inputs, [keras.layers.Dense(size)(embedded) for size in (3, 1)])

    ours = [lk.to_keras(lk.cross_entropy()), lk.to_keras(lk.squared_error())]
    own = [keras.losses.SparseCategoricalCrossentropy(from_logits=True), keras.losses.MeanSquaredError()]
    trained = train(build, [ours, own], words, [ids, number], epochs=2)
    judged = [
        trained[0][0].evaluate(words, target, batch_size=len(words), verbose=0)[0]
        for target in ([ids, number], [other_ids, other_number])
    ]
    return [*(history["loss"] for _, history in trained), judged]


def digits():
    X, y = load_digits(return_X_y=True)
    X = (X / 16.0).astype("float32")
    return X[:1200], y[:1200], X[1200:], y[1200:]


def train_on_digits(policy="float32", epochs=1):
    """(model, history) under our loss and under Keras' own, with layers of a dtype policy."""
    X, y, _, _ = digits()
    losses = lk.to_keras(lk.cross_entropy()), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    keras.config.set_dtype_policy(policy)
    trained = train(lambda: dense(64, 32, 10), losses, X, y, epochs=epochs)
    keras.config.set_dtype_policy("float32")
    return trained


def accuracy(model):
    _, _, X, y = digits()
    return np.mean(model.predict(X, batch_size=len(X), verbose=0).argmax(axis=1) == y)


def saved_and_loaded(model, X, y):
    """[repr of loss, mean loss, predictions] of a model and of its copy from a file, and whether the losses equal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        again = keras.models.load_model(path)
    said = [
        [
            repr(m.loss),
            m.evaluate(X, y, batch_size=len(X), verbose=0),
            m.predict(X, batch_size=len(X), verbose=0).tolist(),
        ]
        for m in (model, again)
    ]
    return [*said, again.loss.loss == model.loss.loss]


def own_definition():
    """The history and the file of a loss that this module defines, in a sum with one of the catalogue."""
    X, y, _, _ = table()
    [(model, history)] = train(
        lambda: dense(3, 1), [lk.to_keras(lopsided(slope=2.0) + 0.5 * lk.huber())], X, y, epochs=3
    )
    return [history["loss"], saved_and_loaded(model, X, y)]


def main() -> None:
    trained = train_on_digits(epochs=15)
    found = {
        "backend": keras.backend.backend(),
        "curves": curves(),
        "reductions": reductions(),
        "class_weights": class_weights(),
        "masks": masks(),
        "digits": [[history["loss"], accuracy(model)] for model, history in trained],
        "mixed": [history["loss"] for _, history in train_on_digits("mixed_bfloat16")],
        "loaded": saved_and_loaded(trained[0][0], *digits()[2:]),
        "own": own_definition(),
    }
    json.dump(found, sys.stdout, default=float)


if __name__ == "__main__":
    main()
