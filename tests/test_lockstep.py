"""The lockstep trainer against reference solvers, and the independence of its lanes."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.optimize import linprog, minimize
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression

from losskit.catalogue.classification import binary_cross_entropy, cross_entropy, hinge
from losskit.catalogue.probabilistic import poisson
from losskit.catalogue.regression import absolute_error, epsilon_insensitive, huber, quantile, squared_error
from losskit.catalogue.robust import tukey, welsch
from losskit.errors import InvalidInput
from losskit.training.layers import predict
from losskit.training.lockstep.kinks import has_kinks
from losskit.training.lockstep.lanes import Lane
from losskit.training.lockstep.trainer import train_lanes

N, D = 400, 5
FOLD = np.arange(N) % 5


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, D))
    score = X @ rng.normal(size=D) + 0.5
    return {
        "X": X,
        "real": score + rng.standard_t(2.5, size=N),
        "binary": (score + rng.logistic(size=N) > 0).astype(float),
        "count": rng.poisson(np.exp(0.3 * X[:, 0])).astype(float),
        "class": np.argmax(X[:, :3] + rng.gumbel(size=(N, 3)), axis=1),
    }


def with_ones(X):
    return np.hstack([X, np.ones((len(X), 1))])


# linear lanes reach their minimum


@pytest.mark.parametrize("penalty", [0.0, 0.1])
def test_squared_error_matches_ridge(table, penalty):
    X, y, fit = table["X"], table["real"], FOLD != 0
    result = train_lanes(X, y, [Lane(squared_error(half=True), fit=fit, penalty=penalty)])
    A = with_ones(X[fit])
    ridge = penalty * np.diag([1.0] * D + [0.0])
    expected = np.linalg.solve(A.T @ A / fit.sum() + ridge, A.T @ y[fit] / fit.sum())
    weight, bias = result.layers[0][0]
    np.testing.assert_allclose(np.append(weight[0], bias), expected, rtol=1e-8)
    np.testing.assert_allclose(result.predictions[0], with_ones(X) @ expected, rtol=1e-8)
    if not penalty:
        np.testing.assert_allclose(np.append(weight[0], bias), np.linalg.lstsq(A, y[fit], rcond=None)[0], rtol=1e-8)


@pytest.mark.parametrize("penalty", [0.0, 0.01])
def test_binary_cross_entropy_matches_scikit_learn(table, penalty):
    X, y, fit = table["X"], table["binary"], FOLD != 1
    result = train_lanes(X, y, [Lane(binary_cross_entropy(), fit=fit, penalty=penalty)])
    C = 1 / (penalty * fit.sum()) if penalty else np.inf
    peer = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-13, max_iter=1000).fit(X[fit], y[fit])
    weight, bias = result.layers[0][0]
    np.testing.assert_allclose(weight, peer.coef_, rtol=1e-7)
    np.testing.assert_allclose(bias, peer.intercept_, rtol=1e-7)


def test_cross_entropy_matches_scipy(table):
    X, y, fit, penalty = table["X"], table["class"], FOLD != 2, 0.01
    result = train_lanes(X, y, [Lane(cross_entropy(), fit=fit, penalty=penalty)], outputs=3)
    A, ids = with_ones(X[fit]), y[fit]

    def objective(flat):
        W = flat.reshape(3, D + 1)
        z = A @ W.T
        return np.mean(logsumexp(z, axis=1) - z[np.arange(len(z)), ids]) + penalty / 2 * (W[:, :-1] ** 2).sum()

    weight, bias = result.layers[0][0]
    ours = np.hstack([weight, bias[:, None]])
    best = minimize(objective, ours.ravel() + 0.1, method="BFGS", options={"gtol": 1e-7})
    assert objective(ours.ravel()) <= best.fun + 1e-12
    assert result.predictions.shape == (1, N, 3)


def piecewise_linear_optimum(A, up, down, shift):
    """min mean(up * max(y - z, 0) + down * max(z - y, 0)) where shift = y, a linear program."""
    n, p = A.shape
    eye = np.eye(n)
    cost = np.concatenate([np.zeros(p), up * np.ones(n) / n, down * np.ones(n) / n])
    bounds = [(None, None)] * p + [(0, None)] * (2 * n)
    return linprog(cost, A_eq=np.hstack([A, eye, -eye]), b_eq=shift, bounds=bounds).fun


@pytest.mark.parametrize(("loss", "up", "down"), [(absolute_error(), 1, 1), (quantile(level=0.9), 0.9, 0.1)])
def test_kinked_regression_reaches_the_linear_program(table, loss, up, down):
    X, y, fit = table["X"], table["real"], FOLD != 3
    result = train_lanes(X, y, [Lane(loss, fit=fit)])
    reached = np.mean(loss.each(result.predictions[0][fit], y[fit]))
    best = piecewise_linear_optimum(with_ones(X[fit]), up, down, y[fit])
    assert best - 1e-12 <= reached <= best * (1 + 1e-4)


def test_epsilon_insensitive_and_hinge_reach_the_linear_program(table):
    X, fit = table["X"], FOLD != 4
    A, count = with_ones(X[fit]), int((FOLD != 4).sum())
    eye, cost = np.eye(count), np.concatenate([np.zeros(D + 1), np.ones(count) / count])
    bounds = [(None, None)] * (D + 1) + [(0, None)] * count

    y = table["real"][fit]
    loss = epsilon_insensitive(epsilon=0.5)
    sides = np.vstack([np.hstack([A, -eye]), np.hstack([-A, -eye])])
    best = linprog(cost, A_ub=sides, b_ub=np.concatenate([y + 0.5, 0.5 - y]), bounds=bounds).fun
    result = train_lanes(X, table["real"], [Lane(loss, fit=fit)])
    assert np.mean(loss.each(result.predictions[0][fit], y)) <= best * (1 + 1e-4)

    sign = 2 * table["binary"][fit] - 1
    best = linprog(cost, A_ub=np.hstack([-sign[:, None] * A, -eye]), b_ub=-np.ones(count), bounds=bounds).fun
    result = train_lanes(X, table["binary"], [Lane(hinge(), fit=fit)])
    assert np.mean(hinge().each(result.predictions[0][fit], table["binary"][fit])) <= best * (1 + 1e-4)


def test_poisson_gradient_vanishes_at_the_fit(table):
    X, y, fit = table["X"], table["count"], FOLD != 0
    result = train_lanes(X, y, [Lane(poisson(), fit=fit)])
    slope = poisson().gradient(result.predictions[0][fit], y[fit])
    assert np.abs(with_ones(X[fit]).T @ slope).max() / fit.sum() < 1e-10


@pytest.mark.parametrize("loss", [welsch(), tukey()])
def test_losses_that_are_not_convex_end_at_a_minimum_below_their_start(table, loss):
    X, y, fit = table["X"], table["real"], FOLD != 0
    result = train_lanes(X, y, [Lane(loss, fit=fit), Lane(absolute_error(), fit=fit)])
    reached, start = (np.mean(loss.each(p[fit], y[fit])) for p in result.predictions)
    assert reached < start
    slope = loss.gradient(result.predictions[0][fit], y[fit])
    assert np.abs(with_ones(X[fit]).T @ slope).max() / fit.sum() < 1e-5


def test_more_columns_than_a_hessian_is_formed_for():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(600, 150))
    y = X[:, 0] + rng.normal(size=600)
    result = train_lanes(X, y, [Lane(huber(delta=1.0), fit=np.arange(500), penalty=0.01)])
    (weight, _) = result.layers[0][0]
    slope = huber(delta=1.0).gradient(result.predictions[0][:500], y[:500]) / 500
    assert np.abs(X[:500].T @ slope + 0.01 * weight[0]).max() < 1e-9
    assert abs(slope.sum()) < 1e-9


def test_collinear_and_constant_columns_still_fit(table):
    X = np.hstack([table["X"], table["X"][:, :1], np.ones((N, 1))])
    fit = FOLD != 0
    result = train_lanes(X, table["real"], [Lane(squared_error(), fit=fit), Lane(absolute_error(), fit=fit)])
    plain = train_lanes(table["X"], table["real"], [Lane(squared_error(), fit=fit)])
    np.testing.assert_allclose(result.predictions[0], plain.predictions[0], rtol=1e-6)
    assert not result.diverged.any()


@pytest.mark.parametrize(
    ("loss", "kinks"),
    [
        (absolute_error(), True),
        (hinge(), True),
        (quantile(level=0.5), True),
        (huber(), False),
        (squared_error(), False),
    ],
)
def test_kinks_are_found(loss, kinks):
    assert has_kinks(loss, torch.linspace(-3, 5, 50)) is kinks


# one lane at a time, in plain torch


def plain_mlp(table, lane, loss, epochs, outputs=1):
    """The same network under autograd and torch.optim.Adam: same first weights, same batches. Scores on all rows."""
    X = torch.tensor(table["X"], dtype=torch.float32)
    y = torch.tensor(table["class"] if outputs > 1 else table["real"].astype("float32"))
    draw = np.random.default_rng(lane.seed)
    first = draw.uniform(-(D**-0.5), D**-0.5, (16, D + 1))
    second, bias = draw.uniform(-0.25, 0.25, (outputs, 16)), draw.uniform(-0.25, 0.25, outputs)
    net = torch.nn.Sequential(torch.nn.Linear(D, 16), torch.nn.ReLU(), torch.nn.Linear(16, outputs))
    for parameter, value in zip(net.parameters(), (first[:, :-1], first[:, -1], second, bias), strict=True):
        parameter.data = torch.tensor(value, dtype=torch.float32)
    optimizer = torch.optim.Adam(net.parameters(), lr=lane.learning_rate)
    fit = torch.tensor(lane.fit)
    for epoch in range(1, epochs + 1):
        order = torch.tensor(np.random.default_rng((lane.seed, epoch)).permutation(N))
        for batch in order.split(64):
            rows = batch[fit[batch]]
            optimizer.zero_grad()
            scores = net(X[rows])
            weights = net[0].weight.square().sum() + net[2].weight.square().sum()
            (loss(scores if outputs > 1 else scores[:, 0], y[rows]) + lane.penalty / 2 * weights).backward()
            optimizer.step()
    return net(X).detach().numpy()


@pytest.mark.parametrize("penalty", [0.0, 0.01])
def test_mlp_lanes_match_plain_torch(table, penalty):
    everywhere = Lane(squared_error(), fit=np.ones(N, bool))  # so that batches are drawn from all rows
    lanes = [
        Lane(huber(delta=1.0), fit=FOLD != 0, learning_rate=1e-2, penalty=penalty, seed=3),
        Lane(huber(delta=2.0), fit=FOLD != 1, learning_rate=3e-3, penalty=penalty, seed=3),
        Lane(squared_error(), fit=FOLD != 2, learning_rate=1e-2, seed=4),
    ]
    settings = {"model": "mlp", "hidden": 16, "batch_size": 64, "max_epochs": 5}
    result = train_lanes(table["X"], table["real"], [*lanes, everywhere], **settings)
    peers = (torch.nn.HuberLoss(delta=1.0), torch.nn.HuberLoss(delta=2.0), torch.nn.MSELoss())
    for ours, lane, peer in zip(result.predictions, lanes, peers, strict=False):
        np.testing.assert_allclose(ours, plain_mlp(table, lane, peer, 5)[:, 0], atol=1e-5)


def test_mlp_over_classes_matches_plain_torch(table):
    lanes = [Lane(cross_entropy(), fit=f != FOLD, learning_rate=1e-2, penalty=0.01) for f in range(5)]
    settings = {"model": "mlp", "hidden": 16, "batch_size": 64, "max_epochs": 5, "outputs": 3}
    result = train_lanes(table["X"], table["class"], lanes, **settings)
    for ours, lane in zip(result.predictions, lanes, strict=True):
        np.testing.assert_allclose(ours, plain_mlp(table, lane, torch.nn.CrossEntropyLoss(), 5, 3), atol=1e-5)


# lanes are independent


MLP = {"model": "mlp", "hidden": 16, "batch_size": 64, "max_epochs": 15, "patience": 3}


def folds(loss, **settings):
    return [Lane(loss, fit=(f != FOLD) & ((f + 1) % 5 != FOLD), stop=(f + 1) % 5 == FOLD, **settings) for f in range(5)]


@pytest.mark.parametrize("settings", [{"model": "linear"}, MLP])
def test_rows_outside_fit_and_stop_have_no_influence(table, settings):
    X, y = table["X"].copy(), table["real"].copy()
    lane = folds(huber())[0]
    before = train_lanes(X, y, [lane], **settings)
    X[FOLD == 0] *= -7
    y[FOLD == 0] += 1e3
    after = train_lanes(X, y, [lane], **settings)
    np.testing.assert_array_equal(before.predictions[0, FOLD != 0], after.predictions[0, FOLD != 0])


@pytest.mark.parametrize(("settings", "rtol"), [({"model": "linear"}, 1e-9), (MLP, 0.0)])
def test_masked_rows_of_a_shared_batch_have_no_influence(table, settings, rtol):
    y = table["real"].copy()
    lanes = folds(huber()) + folds(absolute_error())
    before = train_lanes(table["X"], y, lanes, **settings)
    y[FOLD == 0] += 1e3
    after = train_lanes(table["X"], y, lanes, **settings)
    same = [0, 5]  # the lanes that leave fold 0 out
    # Linear lanes to rounding: the others, which do see the change, leave the shared products at other times.
    np.testing.assert_allclose(before.predictions[same], after.predictions[same], rtol=rtol)
    assert (before.predictions[1] != after.predictions[1]).any()


def test_a_diverging_lane_leaves_the_others_alone(table):
    lanes = folds(poisson(), learning_rate=1e-2)
    wild = replace(lanes[2], learning_rate=1e30)
    alone = train_lanes(table["X"], table["count"], lanes, **MLP)
    mixed = train_lanes(table["X"], table["count"], [*lanes, wild], **MLP)
    assert mixed.diverged.tolist() == [False] * 5 + [True]
    assert np.isnan(mixed.predictions[5]).all()
    np.testing.assert_allclose(mixed.predictions[:5], alone.predictions, atol=1e-5)


def test_same_lanes_give_the_same_bits(table):
    lanes = folds(huber(), seed=1) + folds(quantile(level=0.9), seed=2)
    for settings in ({"model": "linear"}, MLP):
        first, second = (train_lanes(table["X"], table["real"], lanes, **settings) for _ in range(2))
        np.testing.assert_array_equal(first.predictions, second.predictions)


def test_scaled_targets_come_back_in_their_own_units(table):
    scaled = (100.0, 1000.0)
    y = table["real"] * 1000 + 100
    for settings in ({"model": "linear"}, MLP):
        plain = train_lanes(table["X"], table["real"], folds(huber()), **settings)
        lanes = [replace(lane, target_scale=scaled) for lane in folds(huber())]
        result = train_lanes(table["X"], y, lanes, **settings)
        np.testing.assert_allclose(result.predictions, plain.predictions * 1000 + 100, rtol=2e-3, atol=0.5)


@pytest.mark.parametrize("settings", [{"model": "linear"}, MLP])
def test_layers_give_the_predictions_again(table, settings):
    lanes = [replace(lane, target_scale=(3.0, 2.0)) for lane in folds(huber())]
    result = train_lanes(table["X"], table["real"], lanes, **settings)
    for layers, predictions in zip(result.layers, result.predictions, strict=True):
        np.testing.assert_allclose(predict(layers, table["X"])[:, 0], predictions, atol=1e-4)


# stopping


def test_early_stopping_keeps_the_best_parameters(table):
    lanes = folds(squared_error(), learning_rate=0.05)
    history = []
    settings = MLP | {"max_epochs": 60}
    result = train_lanes(table["X"], table["real"], lanes, **settings, drop=lambda rung: history.append(rung) or [])
    assert (result.epochs < 60).all()
    for lane, predictions, stop_loss in zip(lanes, result.predictions, result.stop_loss, strict=True):
        again = np.mean((predictions[lane.stop] - table["real"][lane.stop]) ** 2)
        np.testing.assert_allclose(again, stop_loss, rtol=1e-5)
    short = train_lanes(table["X"], table["real"], lanes, **(settings | {"max_epochs": int(result.epochs.min()) - 3}))
    best = result.epochs.argmin()
    np.testing.assert_allclose(short.stop_loss[best], result.stop_loss[best], rtol=1e-5)
    assert [rung.epoch for rung in history] == list(range(1, result.epochs.max() + 1))


def test_dropped_lanes_end_where_they_are_dropped(table):
    lanes = folds(squared_error()) + folds(absolute_error())
    seen = []

    def drop(rung):
        seen.append(rung.predictions().shape)
        return [0, 7] if rung.epoch == 2 else []

    result = train_lanes(table["X"], table["real"], lanes, **(MLP | {"patience": 99}), drop=drop)
    assert np.flatnonzero(result.dropped).tolist() == [0, 7]
    assert result.epochs[[0, 7]].tolist() == [2, 2]
    assert (np.delete(result.epochs, [0, 7]) == 15).all()
    assert seen[1] == (10, N)
    assert seen[2] == (8, N)


@pytest.mark.parametrize("settings", [{"model": "linear"}, MLP | {"max_epochs": 10**6, "patience": 10**6}])
def test_the_deadline_is_kept(table, settings):
    lanes = folds(absolute_error()) * 4
    begin = time.monotonic()
    result = train_lanes(table["X"], table["real"], lanes, **settings, deadline=begin + 0.02)
    assert time.monotonic() - begin < 1
    assert result.cut.any()
    assert np.isfinite(result.predictions).all()


@pytest.mark.parametrize("settings", [{"model": "linear"}, MLP])
def test_progress_counts_up_to_all_the_work(table, settings):
    calls = []
    train_lanes(table["X"], table["real"], folds(huber()), **settings, on_progress=lambda *call: calls.append(call))
    done, total = zip(*calls, strict=True)
    assert list(done) == sorted(done)
    assert done[-1] == total[-1]


def test_wrong_input_is_named(table):
    lane = folds(huber())[0]
    with pytest.raises(InvalidInput, match="model must be one of linear, mlp"):
        train_lanes(table["X"], table["real"], [lane], model="tree")
    with pytest.raises(InvalidInput, match="at least one lane"):
        train_lanes(table["X"], table["real"], [])
    with pytest.raises(InvalidInput, match="all be rowwise"):
        train_lanes(table["X"], table["class"], [lane, Lane(cross_entropy(), fit=lane.fit)])
    with pytest.raises(InvalidInput, match="no row to fit"):
        train_lanes(table["X"], table["real"], [Lane(huber(), fit=np.zeros(N, bool))])
    with pytest.raises(InvalidInput, match="finite"):
        train_lanes(table["X"] * np.nan, table["real"], [lane])
