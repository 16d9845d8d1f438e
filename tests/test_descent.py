"""The descents: closed-form answers, PyTorch's optimizers step for step, schedules, stopping, divergence."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import losskit as lk
from losskit.errors import InvalidInput
from losskit.training import schedules
from losskit.training.descent import Diverged, adam, gradient_descent, sgd
from losskit.training.linear_model import linear_objective, linear_start

LIBRARIES = ("numpy", "torch", "jax", "tensorflow")


def to_library(name, array):
    if name == "torch":
        return torch.tensor(array)
    if name == "jax":
        import jax.numpy as jnp

        return jnp.asarray(array)
    if name == "tensorflow":
        import tensorflow as tf

        return tf.constant(array)
    return array


def table(dtype="float64", rows=120):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, 3))
    y = X @ [1.0, -2.0, 0.5] + 3.0 + 0.1 * rng.normal(size=rows)
    return X.astype(dtype), y.astype(dtype)


def least_squares(X, y):
    return np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y, rcond=None)[0]


def test_gradient_of_linear_regression_is_the_textbook_s():
    X, y = table()
    w, b = np.array([0.5, 0.1, -1.0]), np.array(0.2)
    value, gradient = linear_objective(lk.squared_error(), X, y)({"weights": w, "intercept": b})
    residual = X @ w + b - y
    assert value == pytest.approx(np.mean(residual**2), rel=1e-14)
    np.testing.assert_allclose(gradient["weights"], 2 / len(y) * X.T @ residual, rtol=1e-13)
    np.testing.assert_allclose(gradient["intercept"], 2 / len(y) * residual.sum(), rtol=1e-13)


@pytest.mark.parametrize("library", LIBRARIES)
def test_linear_regression_reaches_least_squares(library):
    X, y = table("float64" if library != "jax" else "float32")
    X_, y_ = to_library(library, X), to_library(library, y)
    objective = linear_objective(lk.squared_error(), X_, y_)
    found = gradient_descent(objective, linear_start(X_), learning_rate=0.3, tolerance=0.0)
    assert found.converged
    assert type(found.parameters["weights"]) is type(X_)
    got = np.append(np.asarray(found.parameters["weights"]), np.asarray(found.parameters["intercept"]))
    np.testing.assert_allclose(got, least_squares(X, y), rtol=1e-6 if library != "jax" else 1e-4)
    assert found.history[-1] < found.history[0]
    assert len(found.history) == found.iterations + 1


@pytest.mark.parametrize("library", LIBRARIES)
def test_classes_and_penalties(library):
    X, y = table("float32")
    ids = np.digitize(y, [2.0, 4.0])
    X_, ids_ = to_library(library, X), to_library(library, ids)
    objective = linear_objective(lk.cross_entropy(), X_, ids_, l1=0.01, l2=0.1)
    found = gradient_descent(objective, linear_start(X_, classes=3), learning_rate=0.5, iterations=100)
    w, b = (np.asarray(found.parameters[k], dtype=float) for k in ("weights", "intercept"))
    assert np.mean((X @ w + b).argmax(axis=1) == ids) > 0.8
    value, gradient = objective(found.parameters)
    plain = lk.cross_entropy()((X @ w + b), ids)
    assert float(value) == pytest.approx(plain + 0.01 * np.abs(w).sum() + 0.05 * (w**2).sum(), rel=1e-5)
    assert np.asarray(gradient["weights"]).shape == (3, 3)
    assert np.asarray(gradient["intercept"]).shape == (3,)


def by_torch(make, X, y, loss, batches, rates=None):
    """The weights after each batch under an optimizer of PyTorch and autograd."""
    w = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    b = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = make([w, b])
    path = []
    for step, index in enumerate(batches):
        if rates:
            optimizer.param_groups[0]["lr"] = rates(step)
        optimizer.zero_grad()
        loss(torch.tensor(X[index]) @ w + b, torch.tensor(y[index])).backward()
        optimizer.step()
        path.append(np.append(w.detach().numpy().copy(), b.item()))
    return np.array(path)


OPTIMIZERS = [
    (sgd, {}, lambda p: torch.optim.SGD(p, lr=0.05)),
    (sgd, {"momentum": 0.9}, lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9)),
    (sgd, {"momentum": 0.9, "nesterov": True}, lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True)),
    (adam, {}, lambda p: torch.optim.Adam(p, lr=0.05)),
    (adam, {"weight_decay": 0.1}, lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.1)),
]


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize(("descend", "options", "make"), OPTIMIZERS)
@pytest.mark.parametrize("scheduled", [False, True])
def test_follows_pytorch_step_for_step(descend, options, make, library, scheduled):
    X, y = table()
    loss = lk.huber(delta=0.7)
    X_, y_ = to_library(library, X), to_library(library, y)
    inner = linear_objective(loss, X_, y_)
    path, batches = [], []

    def objective(parameters, X_batch, y_batch):
        path.append(np.append(np.asarray(parameters["weights"]), np.asarray(parameters["intercept"])))
        batches.append([int(np.flatnonzero((row == X).all(axis=1))[0]) for row in np.asarray(X_batch)])
        return inner(parameters, X_batch, y_batch)

    rates = schedules.cosine(0.05, 12) if scheduled else None
    found = descend(
        objective, linear_start(X_), (X_, y_), learning_rate=rates or 0.05, batch_size=50, epochs=4, seed=3, **options
    )
    path.append(np.append(np.asarray(found.parameters["weights"]), np.asarray(found.parameters["intercept"])))
    assert found.iterations == len(batches) == 12
    assert sorted(batches[0] + batches[1] + batches[2]) == list(range(120))
    assert batches[0] != batches[3]
    np.testing.assert_allclose(path[1:], by_torch(make, X, y, loss, batches, rates), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("library", LIBRARIES)
def test_adam_fits_on_every_library(library):
    X, y = table("float32")
    X_, y_ = to_library(library, X), to_library(library, y)
    objective = linear_objective(lk.absolute_error(), X_, y_)
    found = adam(objective, linear_start(X_), (X_, y_), learning_rate=0.1, batch_size=40, epochs=60)
    assert found.history[-1] < 0.12 < found.history[0]


def test_the_seed_alone_decides():
    X, y = table()
    objective = linear_objective(lk.huber(), X, y)
    runs = [
        sgd(objective, linear_start(X), (X, y), learning_rate=0.05, epochs=2, seed=seed).parameters["weights"]
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert np.abs(runs[0] - runs[2]).max() > 0


def test_parameters_may_be_one_array_or_a_tuple_and_stay_untouched():
    start = np.array([4.0, -2.0])
    found = gradient_descent(lambda p: ((p**2).sum(), 2 * p), start, learning_rate=0.25)
    np.testing.assert_allclose(found.parameters, 0.0, atol=1e-3)
    np.testing.assert_array_equal(start, [4.0, -2.0])
    found = gradient_descent(
        lambda p: (p[0] ** 2 + (p[1] - 1) ** 2, (2 * p[0], 2 * (p[1] - 1))),
        (np.array(3.0), np.array(3.0)),
        learning_rate=0.25,
    )
    assert found.parameters == pytest.approx((0.0, 1.0), abs=1e-3)


def test_schedules():
    assert [schedules.constant(0.1)(i) for i in (0, 9)] == [0.1, 0.1]
    assert [schedules.step(1.0, every=2, factor=0.5)(i) for i in range(5)] == [1.0, 1.0, 0.5, 0.5, 0.25]
    assert [schedules.exponential(1.0, 0.5)(i) for i in range(3)] == [1.0, 0.5, 0.25]
    cosine = schedules.cosine(1.0, steps=4, final=0.2)
    assert [cosine(i) for i in (0, 2, 4, 9)] == pytest.approx([1.0, 0.6, 0.2, 0.2])
    warm = schedules.warmup(schedules.exponential(0.8, 0.5), steps=4)
    assert [warm(i) for i in range(6)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 0.8, 0.4])


def test_divergence_says_where_and_what_to_do():
    X, y = table()
    objective = linear_objective(lk.squared_error(), X, y)
    with pytest.raises(Diverged, match=r"at iteration \d+, after .*\n.*lower learning_rate \(it was 5\)"):
        gradient_descent(objective, linear_start(X), learning_rate=5.0)
    with pytest.raises(Diverged, match="nan at iteration 0, after nothing"):
        gradient_descent(lambda p: (np.nan, p), np.array([1.0]), learning_rate=0.1)
    with pytest.raises(Diverged, match="diverged"):
        sgd(objective, linear_start(X), (X, y), learning_rate=5.0, epochs=20)


def test_tolerance_and_patience():
    values = iter([5.0, 4.0, 4.0, 3.0, 3.0, 3.0, 3.0, 0.0])
    found = gradient_descent(lambda p: (next(values), p), np.array(1.0), learning_rate=0.1, patience=2)
    assert found.history == (5.0, 4.0, 4.0, 3.0, 3.0, 3.0)
    assert (found.converged, found.iterations) == (True, 5)
    limited = gradient_descent(lambda p: (p**2, 2 * p), np.array(1.0), learning_rate=0.001, iterations=7)
    assert (limited.converged, limited.iterations, len(limited.history)) == (False, 7, 7)
    X, y = table()
    stopped = adam(
        linear_objective(lk.squared_error(), X, y),
        linear_start(X),
        (X, y),
        learning_rate=0.1,
        epochs=500,
        patience=3,
        tolerance=1e-4,
    )
    assert stopped.converged
    assert len(stopped.history) < 500


def test_wrong_settings_are_refused():
    X, y = table()
    objective = linear_objective(lk.squared_error(), X, y)
    with pytest.raises(InvalidInput, match="learning_rate=-1"):
        gradient_descent(objective, linear_start(X), learning_rate=-1)
    with pytest.raises(InvalidInput, match="nesterov"):
        sgd(objective, linear_start(X), (X, y), learning_rate=0.1, nesterov=True)
    with pytest.raises(InvalidInput, match="rows"):
        sgd(objective, linear_start(X), (X, y[:5]), learning_rate=0.1)
    with pytest.raises(InvalidInput, match="l1=-1"):
        linear_objective(lk.squared_error(), X, y, l1=-1)
