"""Losses in JAX: its transformations, Optax, and Equinox models that hold a loss."""

from __future__ import annotations

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from sklearn.datasets import load_digits

import losskit as lk


@lk.define_loss(pred=lk.Real, target=lk.Real, slope=lk.Positive(3.0))
def lopsided(ops, pred, target, *, slope):
    """Too much costs `slope` times as much as too little."""
    r = pred - target
    return slope * ops.relu(r) + ops.relu(-r)


POINTWISE = [lk.huber(delta=0.5), 2.0 * lk.log_cosh() + lopsided()]
LOSSES = [*POINTWISE, lk.cross_entropy(label_smoothing=0.1, class_weight=[1.0, 2.0, 0.5])]


def arrays(loss, n=6):
    """(pred, target) in float64, over 3 classes where the loss is."""
    if loss in POINTWISE:
        return numbers(n)
    rng = np.random.default_rng(0)
    return jnp.asarray(rng.normal(size=(n, 3))), jnp.asarray(rng.integers(0, 3, n))


def numbers(n):
    rng = np.random.default_rng(0)
    return jnp.asarray(rng.normal(size=n)), jnp.asarray(rng.uniform(size=n))


@functools.cache
def digits():
    X, y = load_digits(return_X_y=True)
    X = jnp.asarray(X / 16.0, jnp.float32)
    return X[:1200], jnp.asarray(y[:1200]), X[1200:], y[1200:]


each_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)


@each_loss
def test_grad_under_every_transformation_is_ours(loss):
    pred, target = arrays(loss)
    value, gradient = loss.value_and_gradient(np.asarray(pred), np.asarray(target))
    plain, compiled = jax.value_and_grad(loss), jax.jit(jax.value_and_grad(loss))
    for ours in (plain(pred, target), compiled(pred, target), jax.value_and_grad(jax.checkpoint(loss))(pred, target)):
        np.testing.assert_allclose(ours[0], value, rtol=1e-12)
        np.testing.assert_allclose(ours[1], gradient, rtol=1e-10, atol=1e-14)


@each_loss
def test_vmap_over_rows_gives_each(loss):
    pred, target = arrays(loss)
    np.testing.assert_allclose(jax.vmap(loss.each)(pred, target), loss.each(pred, target), rtol=1e-12)
    per_row = jax.jit(jax.vmap(jax.grad(loss.sum)))(pred, target)
    np.testing.assert_allclose(per_row, loss.gradient(pred, target), rtol=1e-10, atol=1e-14)


@each_loss
def test_second_derivatives_agree_among_themselves(loss):
    """A Hessian-vector product, forward over reverse, is the full Hessian times the vector; its diagonal is ours."""
    pred, target = arrays(loss, n=3)
    direction = jnp.asarray(np.random.default_rng(1).normal(size=pred.shape))

    @jax.jit
    def second(pred, target):
        def gradient(pred):
            return jax.grad(loss.sum)(pred, target)

        return jax.hessian(loss.sum)(pred, target), jax.jvp(gradient, (pred,), (direction,))[1]

    full, product = second(pred, target)
    np.testing.assert_allclose(product, jnp.tensordot(full, direction, pred.ndim), rtol=1e-10, atol=1e-12)
    if loss in POINTWISE:
        np.testing.assert_allclose(jnp.diag(full), loss.hessian(pred, target), rtol=1e-10, atol=1e-12)


def test_an_equal_loss_as_a_static_argument_is_not_traced_again():
    traces = []

    @functools.partial(jax.jit, static_argnums=0)
    def judge(loss, pred, target):
        traces.append(repr(loss))
        return loss(pred, target)

    pred, target = numbers(6)
    for make in (lambda: lk.huber(delta=0.5), lambda: lk.mape() + lopsided(), lambda: lk.huber(delta=[0.5] * 6)):
        traces.clear()
        first, again = (float(judge(make(), pred, target)) for _ in range(2))
        assert first == again == pytest.approx(float(make()(pred, target)))
        assert len(traces) == 1
    judge(lk.huber(delta=0.6), pred, target)
    assert len(traces) == 2


@pytest.mark.parametrize(
    ("make", "at"),
    [(lk.huber, {"delta": 0.7}), (lopsided, {"slope": 2.0}), (lk.focal, {"gamma": 1.5})],
    ids=["huber", "own", "focal"],
)
def test_a_traced_parameter_has_a_gradient(make, at):
    """The loss is made inside the compiled function; the judge is a central difference."""
    [(name, value)] = at.items()
    pred, target = numbers(20)

    def judge(parameter):
        return make(**{name: parameter})(pred, target)

    h = 1e-5
    slope = (judge(value + h) - judge(value - h)) / (2 * h)
    assert abs(slope) > 1e-3
    np.testing.assert_allclose(jax.jit(jax.grad(judge))(value), slope, rtol=1e-6)
    several = jnp.asarray([0.5, 1.0, 2.0]) * value
    np.testing.assert_allclose(jax.vmap(judge)(several), [judge(float(v)) for v in several], rtol=1e-12)


def start(seed=0):
    keys = jax.random.split(jax.random.key(seed), 2)
    shapes = (64, 32), (32, 10)
    return [
        (0.2 * jax.random.normal(k, s, jnp.float32), jnp.zeros(s[1], jnp.float32))
        for k, s in zip(keys, shapes, strict=True)
    ]


def scores(params, X):
    (a, b), (c, d) = params
    return jax.nn.relu(X @ a + b) @ c + d


def train(loss, epochs=15):
    """Parameters and history of Adam in batches of 100, one compiled scan over all steps."""
    X, y, _, _ = digits()
    batches = jax.tree.map(lambda array: array.reshape(12, 100, *array.shape[1:]), (X, y))
    optimizer = optax.adam(0.01)

    def step(state, batch):
        params, moments = state
        value, gradient = jax.value_and_grad(lambda params: loss(scores(params, batch[0]), batch[1]))(params)
        updates, moments = optimizer.update(gradient, moments)
        return (optax.apply_updates(params, updates), moments), value

    @jax.jit
    def run(params):
        def epoch(state, _):
            return jax.lax.scan(step, state, batches)

        (params, _), history = jax.lax.scan(epoch, (params, optimizer.init(params)), length=epochs)
        return params, history.ravel()

    return run(start())


def native(scores, ids):
    return optax.softmax_cross_entropy_with_integer_labels(scores, ids).mean()


def accuracy(predicted):
    return np.mean(np.asarray(predicted).argmax(axis=1) == digits()[3])


def test_learns_digits_as_under_optax_s_own_loss():
    X = digits()[2]
    (ours, curve), (own, own_curve) = train(lk.cross_entropy()), train(native)
    np.testing.assert_allclose(curve[:50], own_curve[:50], rtol=1e-4)
    assert curve[-1] < 0.1 * curve[0]
    assert accuracy(scores(ours, X)) > 0.9
    assert accuracy(scores(ours, X)) == pytest.approx(accuracy(scores(own, X)), abs=0.01)


class Judged(eqx.Module):
    """A network and the loss it is trained with: `loss` is an ordinary field, `static` one of the tree's structure."""

    network: eqx.nn.MLP
    loss: lk.Loss
    static: lk.Loss = eqx.field(static=True)

    def __call__(self, X, ids):
        predicted = jax.vmap(self.network)(X)
        return self.loss(predicted, ids) + self.static(predicted, ids)


def judged(seed=0):
    network = eqx.nn.MLP(64, 10, 32, 1, key=jax.random.key(seed), dtype=jnp.float32)
    return Judged(network, lk.cross_entropy(label_smoothing=0.1), lk.softmax_focal())


def test_an_equinox_model_holds_its_loss_learns_saves_and_loads(tmp_path):
    X, y, X_test, _ = digits()
    optimizer, traces = optax.adam(0.01), []

    @eqx.filter_jit
    def step(model, moments, X, ids):
        traces.append(1)
        value, gradient = eqx.filter_value_and_grad(lambda model: model(X, ids))(model)
        updates, moments = optimizer.update(gradient, moments)
        return eqx.apply_updates(model, updates), moments, value

    model = judged()
    moments, history = optimizer.init(eqx.filter(model, eqx.is_inexact_array)), []
    for _ in range(15):
        for i in range(0, 1200, 100):
            model, moments, value = step(model, moments, X[i : i + 100], y[i : i + 100])
            history.append(float(value))
    assert history[-1] < 0.5 * history[0]
    assert accuracy(jax.vmap(model.network)(X_test)) > 0.9

    eqx.tree_serialise_leaves(tmp_path / "model.eqx", model)
    again = eqx.tree_deserialise_leaves(tmp_path / "model.eqx", judged(seed=1))
    assert (again.loss, again.static) == (model.loss, model.static)
    np.testing.assert_array_equal(jax.vmap(again.network)(X_test), jax.vmap(model.network)(X_test))
    step(again, moments, X[:100], y[:100])
    assert traces == [1]  # its losses are other objects, and equal
