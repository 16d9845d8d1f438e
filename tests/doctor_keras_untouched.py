"""Run by test_doctor_keras.py under each Keras backend: trains with and without observation; prints the differences."""

from __future__ import annotations

import itertools
import json
import random
import sys

import keras
import numpy as np

import losskit as lk
from losskit.doctor.on_keras import steps

X = np.random.default_rng(0).normal(size=(50, 6)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


class Noisy(keras.layers.Layer):
    """Draws from the global generators, at the time of tracing where a step is compiled."""

    def call(self, x):
        return x + 0.01 * random.random() + 0.01 * np.random.rand()


def build(last):
    """Layers that hold state and draw random numbers; lazily built, so that the first step builds it."""
    layers = keras.layers
    return keras.Sequential(
        [Noisy(), layers.Dense(8, "relu"), layers.BatchNormalization(), layers.Dropout(0.3), layers.Dense(1, last)]
    )


def compiled(last="sigmoid", **options):
    keras.utils.set_random_seed(1)
    model = build(last)
    model.compile(loss="binary_crossentropy", metrics=["accuracy"], optimizer="adam", **options)
    return model


def generated():
    for start in itertools.cycle(range(0, 48, 8)):
        yield X[start : start + 8], Y[start : start + 8]


def fit_arrays():
    model = compiled()
    return model, model.fit(X, Y, batch_size=8, epochs=3, validation_split=0.2, verbose=0).history


def fit_several_steps():
    several = {} if keras.backend.backend() == "torch" else {"steps_per_execution": 3}
    model = compiled(**several)
    return model, model.fit(X, Y, batch_size=8, epochs=2, sample_weight=np.ones(50), verbose=0).history


def fit_generator():
    model = compiled("linear")
    return model, model.fit(generated(), steps_per_epoch=5, epochs=3, verbose=0).history


def train_on_batches():
    model = compiled()
    logs = [model.train_on_batch(X[:16], Y[:16], return_dict=True) for _ in range(4)]
    return model, {key: [float(each[key]) for each in logs] for key in logs[0]}


def fit_eagerly():
    model = compiled(run_eagerly=True)
    return model, model.fit(X, Y, batch_size=16, verbose=0).history


def fit_dataset():
    """A pipeline of TensorFlow's that shuffles and draws."""
    import tensorflow as tf

    keras.utils.set_random_seed(1)
    data = (
        tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(50).batch(8).map(lambda x, y: (x + tf.random.normal([]), y))
    )
    model = compiled()
    return model, model.fit(data.prefetch(2), epochs=3, verbose=0).history


def outcome(train):
    """Weights, what was logged, and what random numbers come next."""
    model, logged = train()
    after = [random.random(), np.random.rand(), keras.ops.convert_to_numpy(keras.random.uniform((2,))).tolist()]
    return [weight.tolist() for weight in model.get_weights()], logged, after


def main():
    looked = []
    original = steps.look
    steps.look = lambda *args: (looked.append(1), original(*args))
    trainings = [fit_arrays, fit_several_steps, fit_generator, train_on_batches, fit_eagerly]
    found = {}
    for train in trainings + [fit_dataset] * (keras.backend.backend() == "tensorflow"):
        plain = outcome(train)
        looked.clear()
        with lk.observe(quiet=True) as seen:
            watched = outcome(train)
        again = outcome(train)
        found[train.__name__] = {
            "same": plain == watched == again,
            "looks": len(looked),
            "calls": seen.calls,
            "codes": sorted({each.code for each in seen.findings}),
            "unexamined": seen.unexamined,
        }
    json.dump({"backend": keras.backend.backend(), "trainings": found, "left": left_behind()}, sys.stdout)


def left_behind():
    """What is still replaced."""
    from keras.src.backend import nn
    from keras.src.models.model import Trainer

    now = (keras.losses.Loss.__call__, keras.losses.poisson, nn.softmax, Trainer.make_train_function)
    return [
        each.__qualname__ for each in now if hasattr(each, "__wrapped__") and "losskit" in each.__code__.co_filename
    ]


if __name__ == "__main__":
    main()
