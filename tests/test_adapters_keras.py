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

import keras_session
import losskit as lk
from losskit.errors import InvalidInput, NotSupported

BACKENDS = ("tensorflow", "jax", "torch")
each_backend = pytest.mark.parametrize("backend", BACKENDS)
saves_variables = pytest.mark.filterwarnings(  # Keras reads TensorFlow's variables in NumPy 1's way
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def run(*command, backend):
    """What a fresh interpreter prints as JSON; the backend of Keras is fixed once Keras is imported."""
    quick_to_compile = {"XLA_FLAGS": "--xla_backend_optimization_level=0"}
    environment = {**os.environ, **quick_to_compile, "KERAS_BACKEND": backend}
    done = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@functools.cache
def session(backend):
    found = run(Path(keras_session.__file__), backend=backend)
    assert found["backend"] == backend
    return found


def check_alike(ours, own):
    assert ours == pytest.approx(own, rel=1e-5)
    assert ours[-1] < ours[0]


@each_backend
def test_each_output_trains_as_under_keras_s_own_loss(backend):
    curves = session(backend)["curves"]
    assert len(curves) == 9
    for ours, own in curves.values():
        check_alike(ours, own)


@each_backend
def test_reaches_the_accuracy_of_keras_s_own_loss(backend):
    (curve, accuracy), (own_curve, own_accuracy) = session(backend)["digits"]
    check_alike(curve[:3], own_curve[:3])
    assert accuracy > 0.85
    assert accuracy == pytest.approx(own_accuracy, abs=0.01)


@each_backend
def test_reductions_are_keras_s_own(backend):
    pairs = session(backend)["reductions"]
    assert len(pairs) == len(keras_session.REDUCTIONS)
    for ours, own in pairs:
        np.testing.assert_allclose(ours, own, rtol=1e-6)


@each_backend
def test_class_weights_of_fit(backend):
    check_alike(*session(backend)["class_weights"])


@each_backend
def test_masked_steps_do_not_count(backend):
    ours, own, (right, wrong_at_the_padding) = session(backend)["masks"]
    check_alike(ours, own)
    assert right == wrong_at_the_padding


@each_backend
def test_trains_in_mixed_precision(backend):
    ours, own = session(backend)["mixed"]
    assert ours == pytest.approx(own, rel=1e-5)


def check_loaded(shown, kept, loaded, equal):
    assert kept[0] == loaded[0] == shown
    assert kept[1:] == loaded[1:]
    assert equal


@each_backend
def test_saves_and_loads_with_its_model(backend):
    check_loaded("to_keras(lk.cross_entropy())", *session(backend)["loaded"])


@each_backend
def test_a_loss_of_one_s_own_trains_saves_and_loads(backend):
    history, loaded = session(backend)["own"]
    assert history[-1] < history[0]
    check_loaded("to_keras(lk.lopsided(slope=2.0) + 0.5 * lk.huber())", *loaded)


NEW_SESSION = """
import json, sys
import keras
import losskit

path, X = sys.argv[1], json.loads(sys.argv[2])
try:
    keras.models.load_model(path)
except ValueError as error:
    refusal = str(error)
from keras_session import lopsided

found = {"refusal": refusal}
for way, options in {"imported": {}, "given": {"custom_objects": {"lopsided": lopsided}}}.items():
    if way == "given":
        del sys.modules["keras_session"]
    model = keras.models.load_model(path, **options)
    found[way] = [repr(model.loss), model.predict(keras.ops.array(X), verbose=0).tolist()]
json.dump(found, sys.stdout)
"""


@saves_variables
def test_a_new_session_on_another_backend_loads_what_was_saved(tmp_path):
    """A file never has a module imported: the user imports it or hands the loss over, else the error says so."""
    X, y, _, _ = keras_session.table()
    loss = lk.to_keras(keras_session.lopsided(slope=2.0))
    [(model, _)] = keras_session.train(lambda: keras_session.dense(3, 1), [loss], X, y)
    model.save(tmp_path / "model.keras")
    rows = X[:4].tolist()
    script = tmp_path / "new_session.py"
    script.write_text(f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n{NEW_SESSION}")
    found = run(script, tmp_path / "model.keras", json.dumps(rows), backend="jax")
    assert "lopsided was defined in the module keras_session, which is not imported" in found["refusal"]
    assert "custom_objects={'lopsided': lopsided}" in found["refusal"]
    for way in ("imported", "given"):
        shown, predicted = found[way]
        assert shown == repr(loss)
        np.testing.assert_allclose(predicted, model.predict(X[:4], verbose=0), rtol=1e-5)


@saves_variables
def test_hdf5_files_hold_the_loss_too(tmp_path):
    model = keras_session.dense(3, 3)
    model.compile(loss=lk.to_keras(lk.logit_adjusted(prior=[0.5, 0.3, 0.2]), "sum"))
    model.save(tmp_path / "model.h5")
    again = keras.models.load_model(tmp_path / "model.h5").loss
    assert (again.loss, again.reduction) == (model.loss.loss, "sum")


@pytest.mark.parametrize(
    "loss",
    [
        lk.huber(delta=2.0) + 0.5 * lk.absolute_error(),
        2.0 * lk.quantile(level=0.9),
        lk.cross_entropy(class_weight=[1.0, 2.0], ignore_index=-1),
        keras_session.lopsided() + lk.huber(),
    ],
    ids=lambda loss: loss.name,
)
def test_config_round_trip(loss):
    made = lk.to_keras(loss, reduction="sum", name="mine")
    text = json.dumps(keras.losses.serialize(made))
    again = keras.losses.deserialize(json.loads(text))
    assert again.get_config() == made.get_config()
    assert again.loss == loss
    assert (again.reduction, again.name) == ("sum", "mine")


def test_a_tensor_among_the_parameters_is_saved_by_its_numbers():
    delta = keras.ops.array([0.5, 2.0])
    text = json.dumps(keras.losses.serialize(lk.to_keras(lk.huber(delta=delta))))
    assert keras.losses.deserialize(json.loads(text)).loss == lk.huber(delta=[0.5, 2.0])


def test_ids_beyond_what_a_half_can_count():
    """In bfloat16 the id 257 would be 256."""
    score = np.zeros((1, 300), "float32")
    score[0, 257] = 5.0
    keras.config.set_floatx("bfloat16")
    try:
        value = float(lk.to_keras(lk.cross_entropy())(np.array([257]), score))
    finally:
        keras.config.set_floatx("float32")
    assert value == pytest.approx(lk.cross_entropy()(score, np.array([257])), rel=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_scores(dtype):
    rng = np.random.default_rng(0)
    score, target = keras.ops.cast(rng.normal(size=(6, 3)), dtype), rng.normal(size=(6, 3))
    ours = float(lk.to_keras(lk.huber())(target, score))
    assert ours == pytest.approx(float(keras.losses.Huber()(target, score)), rel=1e-6)


def test_sequences_of_classes():
    rng = np.random.default_rng(0)
    score, ids = rng.normal(size=(4, 5, 3)).astype("float32"), rng.integers(0, 3, size=(4, 5))
    peer = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    ours = lk.to_keras(lk.cross_entropy())
    assert float(ours(ids, score)) == pytest.approx(float(peer(ids, score)), rel=1e-6)
    assert float(ours(ids[..., None], score)) == pytest.approx(float(peer(ids, score)), rel=1e-6)


@pytest.mark.parametrize(("target_shape", "score_shape"), [((4,), (4, 1)), ((4, 1), (4,)), ((4, 3), (4, 3, 1))])
def test_a_last_axis_of_one_may_be_left_away(target_shape, score_shape):
    rng = np.random.default_rng(0)
    target, score = rng.normal(size=target_shape), rng.normal(size=score_shape)
    expected = np.mean(np.abs(target.reshape(-1) - score.reshape(-1)))
    assert float(lk.to_keras(lk.absolute_error())(target, score)) == pytest.approx(expected, rel=1e-6)


def test_ids_left_out_are_left_out_of_the_mean():
    score = np.array([[0.0, 1.0], [2.0, 0.0], [0.0, 3.0]], "float32")
    ids = np.array([0, -1, 1])
    loss = lk.cross_entropy(ignore_index=-1) + lk.softmax_focal(ignore_index=-1)
    assert float(lk.to_keras(loss)(ids, score)) == pytest.approx(loss(score, ids), rel=1e-6)
    nothing_left = lk.to_keras(lk.cross_entropy(ignore_index=-1))(np.full(3, -1), score)
    assert float(nothing_left) == 0.0


def test_refuses_by_name_and_never_broadcasts():
    with pytest.raises(NotSupported, match="zero_one is flat"):
        lk.to_keras(lk.zero_one())
    with pytest.raises(NotSupported, match="listnet is listwise"):
        lk.to_keras(lk.listnet())
    with pytest.raises(InvalidInput, match="shape"):
        lk.to_keras(lk.squared_error())(np.zeros((4, 3), "float32"), np.zeros((4, 2), "float32"))
    with pytest.raises(ValueError, match="Invalid value for argument `reduction`"):
        lk.to_keras(lk.squared_error(), reduction="auto")
