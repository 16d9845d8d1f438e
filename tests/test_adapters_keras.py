"""Losses as Keras losses, on each backend of Keras, held against Keras' own."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import losskit as lk
from losskit.errors import InvalidInput, NotSupported

BACKENDS = ("tensorflow", "jax", "torch")


@functools.cache
def session(backend):
    """A whole session of Keras on one backend, which is fixed once Keras is imported."""
    script = Path(__file__).with_name("keras_session.py")
    environment = {**os.environ, "KERAS_BACKEND": backend}
    run = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize("backend", BACKENDS)
def test_trains_as_keras_s_own_losses_do(backend):
    found = session(backend)
    assert found["backend"] == backend
    assert len(found["curves"]) == 5
    for name, (ours, own) in found["curves"].items():
        assert ours == pytest.approx(own, rel=1e-5), name
        assert ours[-1] < ours[0], name


@pytest.mark.parametrize("backend", BACKENDS)
def test_saves_and_loads_with_its_model(backend):
    found = session(backend)
    shown, equal, loss = found["loaded"]
    assert shown == "to_keras(lk.logit_adjusted(prior=[0.5, 0.3, 0.2]))"
    assert equal
    assert loss == pytest.approx(found["kept"], rel=1e-6)


def test_config_round_trip():
    loss = lk.to_keras(lk.huber(delta=2.0) + 0.5 * lk.absolute_error(), reduction="sum", name="mine")
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.get_config() == loss.get_config()
    assert again.loss == loss.loss
    assert (again.reduction, again.name) == ("sum", "mine")


def test_reductions_are_keras_s_own():
    score, target = np.array([[1.0], [3.0]], "float32"), np.array([0.0, 0.0], "float32")
    weight = np.array([3.0, 1.0], "float32")
    for reduction, expected in [("sum_over_batch_size", 6.0), ("sum", 12.0), ("mean_with_sample_weight", 3.0)]:
        loss = lk.to_keras(lk.squared_error(), reduction=reduction)
        assert float(loss(target, score, sample_weight=weight)) == pytest.approx(expected)
    each = lk.to_keras(lk.squared_error(), reduction=None)(target, score)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(each), [1.0, 9.0])


def test_sequences_of_classes():
    rng = np.random.default_rng(0)
    score, ids = rng.normal(size=(4, 5, 3)).astype("float32"), rng.integers(0, 3, size=(4, 5))
    peer = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    ours = lk.to_keras(lk.cross_entropy())
    assert float(ours(ids, score)) == pytest.approx(float(peer(ids, score)), rel=1e-6)
    assert float(ours(ids[..., None], score)) == pytest.approx(float(peer(ids, score)), rel=1e-6)


def test_refuses_by_name_and_never_broadcasts():
    with pytest.raises(NotSupported, match="zero_one is flat"):
        lk.to_keras(lk.zero_one())
    with pytest.raises(InvalidInput, match="shape"):
        lk.to_keras(lk.squared_error())(np.zeros((4, 3), "float32"), np.zeros((4, 2), "float32"))
