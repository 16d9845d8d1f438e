"""Losses as LightGBM objectives, held against LightGBM's own from the same start."""

from __future__ import annotations

import pickle

import lightgbm
import numpy as np
import pytest
from sklearn.base import clone

import losskit as lk
from losskit.errors import InvalidInput, NotSupported

COMMON = {"verbose": -1, "num_threads": 1, "min_child_samples": 10}


def table(rows=400, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 3))
    return X, X @ [1.0, -2.0, 0.5] + 0.3 * rng.normal(size=rows), rng.uniform(0.5, 2.0, rows)


def regressor(objective, **options):
    return lightgbm.LGBMRegressor(objective=objective, n_estimators=40, **COMMON, **options)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("loss", "own", "options"),
    [
        (lk.squared_error(half=True), "regression", {}),
        (lk.binary_cross_entropy(), "binary", {}),
        (lk.poisson(), "poisson", {"poisson_max_delta_step": 1e-9}),
        (lk.fair(scale=1.5), "fair", {"fair_c": 1.5}),
    ],
    ids=lambda v: getattr(v, "name", None),
)
def test_equals_lightgbm_s_own(loss, own, options, weighted):
    X, y, weight = table()
    y = (y > 0).astype(float) if own == "binary" else np.exp(y / 4) if own == "poisson" else y
    weight = weight if weighted else None
    ours = regressor(lk.to_lightgbm(loss)).fit(X, y, sample_weight=weight)
    theirs = regressor(own, boost_from_average=False, **options).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X, raw_score=True), rtol=1e-4, atol=1e-4)


def test_both_apis_give_the_same_model():
    X, y, weight = table()
    objective = lk.to_lightgbm(lk.huber(delta=0.5))
    estimator = regressor(objective).fit(X, y, sample_weight=weight)
    booster = lightgbm.train({"objective": objective, **COMMON}, lightgbm.Dataset(X, y, weight=weight), 40)
    np.testing.assert_allclose(estimator.predict(X), booster.predict(X), rtol=1e-12)


@pytest.mark.parametrize("loss", [lk.cross_entropy(), lk.softmax_focal(), lk.logit_adjusted(prior=[0.5, 0.3, 0.2])])
def test_many_classes_in_both_apis(loss):
    X, y, weight = table()
    ids = np.digitize(y, [-1.0, 1.5])
    objective = lk.to_lightgbm(loss)
    data = lightgbm.Dataset(X, ids, weight=weight)
    booster = lightgbm.train({"objective": objective, "num_class": 3, **COMMON}, data, 40)
    estimator = lightgbm.LGBMClassifier(objective=objective, n_estimators=40, **COMMON)
    estimator.fit(X, ids, sample_weight=weight)
    raw = booster.predict(X)
    assert raw.shape == (400, 3)
    np.testing.assert_allclose(estimator.predict(X, raw_score=True), raw, rtol=1e-12)
    assert loss(raw, ids) < 0.5 * loss(np.zeros_like(raw), ids)
    assert np.mean(raw.argmax(axis=1) == ids) > 0.9


def test_many_classes_reach_what_lightgbm_reaches():
    X, y, _ = table()
    ids = np.digitize(y, [-1.0, 1.5])
    params = {"num_class": 3, **COMMON}
    ours = lightgbm.train({"objective": lk.to_lightgbm(lk.cross_entropy()), **params}, lightgbm.Dataset(X, ids), 40)
    own = lightgbm.train({"objective": "multiclass", **params}, lightgbm.Dataset(X, ids), 40)
    assert lk.cross_entropy()(ours.predict(X), ids) <= lk.cross_entropy()(own.predict(X, raw_score=True), ids) + 0.01


def test_link_turns_raw_scores_into_predictions():
    X, y, _ = table()
    loss = lk.binary_cross_entropy()
    model = regressor(lk.to_lightgbm(loss)).fit(X, (y > 0).astype(float))
    probability = loss.link(model.predict(X))
    assert probability.min() >= 0
    assert probability.max() <= 1
    assert np.mean((probability > 0.5) == (y > 0)) > 0.95


def test_clone_pickle_and_save(tmp_path):
    X, y, _ = table()
    objective = lk.to_lightgbm(lk.quantile(level=0.9))
    assert repr(objective) == "to_lightgbm(lk.quantile(level=0.9))"
    model = clone(regressor(objective)).fit(X, y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))
    model.booster_.save_model(tmp_path / "model.txt")
    np.testing.assert_allclose(lightgbm.Booster(model_file=tmp_path / "model.txt").predict(X), model.predict(X))
    assert np.mean(y <= model.predict(X)) > 0.8


def test_a_loss_made_inside_a_function_and_a_sum_of_losses():
    @lk.define_loss(pred=lk.Real, target=lk.Real)
    def quartic(ops, pred, target):
        """The fourth power of the residual."""
        r = pred - target
        return r * r * r * r

    X, y, _ = table()
    for loss in (quartic(), lk.squared_error() + 0.5 * lk.huber()):
        params = {"objective": lk.to_lightgbm(loss), **COMMON}
        booster = lightgbm.train(params, lightgbm.Dataset(X, y), 60)
        assert loss(booster.predict(X), y) < 0.05 * loss(np.zeros(len(y)), y)
        clone(regressor(lk.to_lightgbm(loss))).fit(X, y)


def test_refuses_by_name_and_checks_the_target():
    with pytest.raises(NotSupported, match="zero_one is flat"):
        lk.to_lightgbm(lk.zero_one())
    X, y, _ = table()
    with pytest.raises(InvalidInput, match="poisson: target must be numbers >= 0"):
        regressor(lk.to_lightgbm(lk.poisson())).fit(X, y)
