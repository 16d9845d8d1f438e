"""Losses in plain TensorFlow: tf.function with and without XLA, GradientTape, a loop of one's own, SavedModel."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_digits

import losskit as lk

jit_compile = pytest.mark.parametrize("jit_compile", [False, True], ids=["graph", "xla"])


@lk.define_loss(pred=lk.Real, target=lk.Real, slope=lk.Positive(3.0))
def lopsided(ops, pred, target, *, slope):
    """Too much costs `slope` times as much as too little."""
    r = pred - target
    return slope * ops.relu(r) + ops.relu(-r)


class Network(tf.Module):
    """64-32-10 on plain variables; `judge` is the mean loss, whatever the number of rows."""

    def __init__(self, loss):
        super().__init__()
        start = tf.random.Generator.from_seed(0)
        self.weights = [tf.Variable(0.2 * start.normal(shape)) for shape in [(64, 32), (32,), (32, 10), (10,)]]
        self.loss = loss

    @tf.function(input_signature=[tf.TensorSpec([None, 64])])
    def scores(self, X):
        a, b, c, d = self.weights
        return tf.nn.relu(X @ a + b) @ c + d

    @tf.function(input_signature=[tf.TensorSpec([None, 64]), tf.TensorSpec([None], tf.int64)])
    def judge(self, X, ids):
        return self.loss(self.scores(X), ids)


def digits():
    X, y = load_digits(return_X_y=True)
    X = tf.constant(X / 16.0, tf.float32)
    return X[:1200], tf.constant(y[:1200], tf.int64), X[1200:], y[1200:]


def train(loss, jit_compile, epochs=40):
    """A network after some epochs of gradient descent in batches of 100, and its history."""
    X, y, _, _ = digits()
    network = Network(loss)

    @tf.function(jit_compile=jit_compile)
    def step(X, ids):
        with tf.GradientTape() as tape:
            value = loss(network.scores(X), ids)
        for weight, gradient in zip(network.weights, tape.gradient(value, network.weights), strict=True):
            weight.assign_sub(0.3 * gradient)
        return value

    batches = tf.data.Dataset.from_tensor_slices((X, y)).batch(100)
    return network, [float(step(*batch)) for _ in range(epochs) for batch in batches]


def native(scores, ids):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=ids, logits=scores))


def accuracy(network):
    _, _, X, y = digits()
    return np.mean(tf.argmax(network.scores(X), axis=1).numpy() == y)


@jit_compile
def test_learns_digits_as_under_tensorflow_s_own_loss(jit_compile):
    (ours, curve), (own, own_curve) = (train(loss, jit_compile) for loss in (lk.cross_entropy(), native))
    np.testing.assert_allclose(curve[:100], own_curve[:100], rtol=1e-4)
    assert curve[-1] < 0.1 * curve[0]
    assert accuracy(ours) > 0.9
    assert accuracy(ours) == pytest.approx(accuracy(own), abs=0.01)


def test_a_saved_model_judges_and_predicts_the_same(tmp_path):
    network, _ = train(lk.cross_entropy(label_smoothing=0.1), jit_compile=False, epochs=2)
    tf.saved_model.save(network, str(tmp_path))
    again = tf.saved_model.load(str(tmp_path))
    _, _, X, y = digits()
    for rows in (5, 500):
        ids = tf.constant(y[:rows], tf.int64)
        np.testing.assert_array_equal(again.scores(X[:rows]), network.scores(X[:rows]))
        expected = lk.cross_entropy(label_smoothing=0.1)(network.scores(X[:rows]), ids)
        np.testing.assert_allclose(again.judge(X[:rows], ids), expected, rtol=1e-6)


@jit_compile
def test_an_unknown_number_of_rows_is_traced_once(jit_compile):
    """As many ways as a loss is called: its mean, weighted, masked, and the gradient without a tape."""
    loss, traces = lk.cross_entropy(class_weight=np.linspace(0.5, 2.0, 10)), []
    rows = (
        tf.TensorSpec([None, 10]),
        tf.TensorSpec([None], tf.int32),
        tf.TensorSpec([None]),
        tf.TensorSpec([None], tf.bool),
    )

    @tf.function(input_signature=rows, jit_compile=jit_compile)
    def judge(scores, ids, weight, where):
        traces.append(1)
        value, gradient = loss.value_and_gradient(scores, ids, weight=weight, where=where)
        return loss(scores, ids), loss(scores, ids, weight=weight, where=where), value, gradient

    rng = np.random.default_rng(0)
    for n in (3, 8, 1):
        scores, ids = rng.normal(size=(n, 10)).astype("float32"), rng.integers(0, 10, n)
        weight, where = rng.uniform(0.5, 2.0, n).astype("float32"), np.arange(n) % 3 != 1
        value, gradient = loss.value_and_gradient(scores, ids, weight=weight, where=where)
        found = judge(scores, ids.astype("int32"), weight, where)
        for ours, expected in zip(found, (loss(scores, ids), value, value, gradient), strict=True):
            np.testing.assert_allclose(ours, expected, rtol=2e-6, atol=1e-7)
    assert traces == [1]


@jit_compile
@pytest.mark.parametrize("loss", [lk.huber(delta=0.5), lopsided(slope=2.0), 2.0 * lk.log_cosh() + lopsided()], ids=repr)
def test_the_tape_s_gradient_is_ours(loss, jit_compile):
    rng = np.random.default_rng(0)
    pred, target = tf.Variable(rng.normal(size=(5, 2))), tf.constant(rng.normal(size=(5, 2)))

    @tf.function(jit_compile=jit_compile)
    def by_tape():
        with tf.GradientTape() as tape:
            value = loss(pred, target)
        return value, tape.gradient(value, pred)

    for ours, expected in zip(by_tape(), loss.value_and_gradient(pred.numpy(), target.numpy()), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-12)


@jit_compile
def test_a_parameter_is_learned(jit_compile):
    """A scale, traced where the loss is made: its gradient is that of finite differences."""
    rng = np.random.default_rng(0)
    pred, target = tf.constant(rng.normal(size=20)), tf.constant(rng.normal(size=20))
    delta = tf.Variable(0.7, dtype=tf.float64)

    @tf.function(jit_compile=jit_compile)
    def slope():
        with tf.GradientTape() as tape:
            value = lk.huber(delta=delta.read_value())(pred, target)
        return tape.gradient(value, delta)

    h = 1e-6
    above, below = (lk.huber(delta=d)(pred.numpy(), target.numpy()) for d in (0.7 + h, 0.7 - h))
    assert float(slope()) == pytest.approx((above - below) / (2 * h), rel=1e-6)
