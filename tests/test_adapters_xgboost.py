"""Losses as XGBoost objectives, held against XGBoost's own from the same start."""

from __future__ import annotations

import numpy as np
import pytest
import xgboost
from sklearn.base import clone

import losskit as lk
from losskit.errors import InvalidInput, NotSupported

COMMON = {"max_depth": 4, "base_score": 0.0, "nthread": 1}


def table(rows=400, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 3))
    return X, X @ [1.0, -2.0, 0.5] + 0.3 * rng.normal(size=rows), rng.uniform(0.5, 2.0, rows)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("loss", "own"),
    [
        (lk.squared_error(half=True), "reg:squarederror"),
        (lk.binary_cross_entropy(), "binary:logistic"),
        (lk.poisson(), "count:poisson"),
        (lk.gamma(), "reg:gamma"),
    ],
    ids=lambda v: getattr(v, "name", None),
)
def test_equals_xgboost_s_own(loss, own, weighted):
    X, y, weight = table()
    start = {"reg:squarederror": 0.0, "binary:logistic": 0.5}.get(own, 1.0)  # on the scale of the prediction
    y = (y > 0).astype(float) if own == "binary:logistic" else y if own == "reg:squarederror" else np.exp(y / 4)
    data = xgboost.DMatrix(X, y, weight=weight if weighted else None)
    ours = xgboost.train(COMMON, data, 30, obj=lk.to_xgboost(loss))
    options = {"max_delta_step": 0.0} if own == "count:poisson" else {}
    theirs = xgboost.train({**COMMON, **options, "objective": own, "base_score": start}, data, 30)
    ours_at, theirs_at = ours.predict(data, output_margin=True), theirs.predict(data, output_margin=True)
    if own == "count:poisson":  # its Hessian carries a factor exp(max_delta_step), 1 at 0
        assert loss(ours_at, y.astype(np.float32)) <= loss(theirs_at, y.astype(np.float32)) + 1e-3
    else:
        np.testing.assert_allclose(ours_at, theirs_at, rtol=1e-3, atol=1e-3)


def test_both_apis_give_the_same_model():
    X, y, weight = table()
    objective = lk.to_xgboost(lk.pseudo_huber(delta=0.5))
    estimator = xgboost.XGBRegressor(objective=objective, n_estimators=30, max_depth=4, base_score=0.0, n_jobs=1)
    estimator = clone(estimator).fit(X, y, sample_weight=weight)
    data = xgboost.DMatrix(X, y, weight=weight)
    booster = xgboost.train(COMMON, data, 30, obj=objective)
    np.testing.assert_allclose(estimator.predict(X), booster.predict(data), rtol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("loss", [lk.cross_entropy(), lk.logit_adjusted(prior=[0.5, 0.3, 0.2])])
def test_many_classes_in_both_apis(loss, weighted):
    X, y, weight = table()
    weight = weight if weighted else None
    ids = np.digitize(y, [-1.0, 1.5])
    objective = lk.to_xgboost(loss)
    data = xgboost.DMatrix(X, ids, weight=weight)
    booster = xgboost.train({**COMMON, "num_class": 3}, data, 30, obj=objective)
    raw = booster.predict(data, output_margin=True)
    assert raw.shape == (400, 3)
    estimator = xgboost.XGBClassifier(objective=objective, n_estimators=30, max_depth=4, base_score=0.0, n_jobs=1)
    estimator.fit(X, ids, sample_weight=weight)
    np.testing.assert_allclose(estimator.predict(X, output_margin=True), raw, rtol=1e-5, atol=1e-5)
    assert np.mean(raw.argmax(axis=1) == ids) > 0.9


def test_many_classes_reach_what_xgboost_reaches():
    X, y, _ = table()
    ids = np.digitize(y, [-1.0, 1.5])
    data = xgboost.DMatrix(X, ids)
    ours = xgboost.train({**COMMON, "num_class": 3}, data, 30, obj=lk.to_xgboost(lk.cross_entropy()))
    own = xgboost.train({**COMMON, "num_class": 3, "objective": "multi:softprob"}, data, 30)
    loss = lk.cross_entropy()
    reached = loss(own.predict(data, output_margin=True), ids)
    assert loss(ours.predict(data, output_margin=True), ids) <= reached + 0.01


def test_saved_models_predict_without_losskit(tmp_path):
    X, y, _ = table()
    data = xgboost.DMatrix(X, y)
    objective = lk.to_xgboost(lk.quantile(level=0.9))
    assert repr(objective) == "to_xgboost(lk.quantile(level=0.9))"
    booster = xgboost.train(COMMON, data, 60, obj=objective)
    booster.save_model(tmp_path / "model.json")
    again = xgboost.Booster(model_file=tmp_path / "model.json")
    np.testing.assert_array_equal(again.predict(data), booster.predict(data))
    assert np.mean(y <= booster.predict(data)) > 0.8


def test_refuses_by_name_and_checks_the_target():
    with pytest.raises(NotSupported, match="zero_one is flat"):
        lk.to_xgboost(lk.zero_one())
    X, y, _ = table()
    with pytest.raises(InvalidInput, match="gamma: target must be numbers > 0"):
        xgboost.train(COMMON, xgboost.DMatrix(X, y), 1, obj=lk.to_xgboost(lk.gamma()))
