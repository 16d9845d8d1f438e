"""Losses as scikit-learn scorers, on losskit's estimators and on others'."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sklearn
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.metrics import log_loss, mean_absolute_error, mean_poisson_deviance
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import losskit as lk
from losskit.errors import InvalidInput, NotSupported


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    score = X @ [1.0, -1.0, 0.0]
    return {
        "X": X,
        "weight": rng.uniform(0.5, 2.0, 200),
        "real": score + rng.normal(size=200),
        "count": rng.poisson(np.exp(score)).astype(float),
        "binary": np.array(["no", "yes"])[(score + rng.logistic(size=200) > 0).astype(int)],
        "class": np.digitize(score + rng.logistic(size=200), [-1.0, 1.0]) * 10,
    }


@pytest.mark.parametrize("weighted", [False, True])
def test_equals_scikit_learn_s_metrics_on_its_estimators(table, weighted):
    X, weight = table["X"], table["weight"] if weighted else None

    def scored(loss, estimator, target):
        return -lk.scorer(loss)(estimator.fit(X, table[target]), X, table[target], sample_weight=weight)

    linear, counts = LinearRegression(), PoissonRegressor(alpha=0.0)
    absolute = scored("mae", linear, "real")
    assert absolute == pytest.approx(mean_absolute_error(table["real"], linear.predict(X), sample_weight=weight))
    logged = np.log1p(counts.fit(X, table["count"]).predict(X)) - np.log1p(table["count"])
    assert scored("log_squared_error", counts, "count") == pytest.approx(np.average(logged**2, weights=weight))
    excess = scored("poisson", counts, "count") - lk.poisson()(
        np.log(np.maximum(table["count"], 1e-300)), table["count"], weight=weight
    )
    deviance = mean_poisson_deviance(table["count"], counts.predict(X), sample_weight=weight)
    assert 2 * excess == pytest.approx(deviance)
    for loss, target in (("ce", "class"), ("ce", "binary"), ("bce", "binary")):
        logistic = LogisticRegression()
        value = scored(loss, logistic, target)
        assert value == pytest.approx(log_loss(table[target], logistic.predict_proba(X), sample_weight=weight))


def test_margins_are_judged_by_the_decision_function(table):
    machine = LinearSVC().fit(table["X"], table["binary"])
    signed = np.where(table["binary"] == "yes", 1, -1) * machine.decision_function(table["X"])
    expected = -np.mean(np.maximum(0.0, 1.0 - signed))
    assert lk.scorer("hinge")(machine, table["X"], table["binary"]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("estimator", "target", "ids"),
    [
        (lk.LossRegressor("poisson"), "count", None),
        (lk.LossRegressor("huber", model="mlp", epochs=3, random_state=0), "real", None),
        (lk.LossClassifier(), "class", [0, 10, 20]),
        (lk.LossClassifier("exponential"), "binary", None),
        (lk.LossClassifier(), "binary", ["no", "yes"]),
    ],
)
def test_our_estimators_are_judged_by_their_raw_scores_also_inside_others(table, estimator, target, ids):
    X, y = table["X"], table[target]
    model = make_pipeline(StandardScaler(), estimator)
    search = GridSearchCV(model, {f"{type(estimator).__name__.lower()}__fit_intercept": [True]}, cv=2).fit(X, y)
    model.fit(X, y)
    loss = model[-1].loss_
    raw = model[-1].raw_score(model[0].transform(X))
    labels = (y == "yes").astype(float) if target == "binary" else y
    expected = -loss(raw, labels if ids is None else np.searchsorted(ids, y))
    for given in (model, search):
        assert lk.scorer(loss)(given, X, y) == pytest.approx(expected, rel=1e-9)


def test_an_estimator_trained_on_another_scale_is_judged_by_its_predictions(table):
    X = table["X"]
    counts = lk.LossRegressor("poisson").fit(X, table["count"])
    expected = -np.mean((counts.predict(X) - table["count"]) ** 2)
    assert lk.scorer("mse")(counts, X, table["count"]) == pytest.approx(expected)
    two = lk.LossClassifier().fit(X, table["binary"])
    expected = -log_loss(table["binary"], two.predict_proba(X))
    assert lk.scorer("bce")(two, X, table["binary"]) == pytest.approx(expected)


def test_a_probability_of_zero_costs_708(table):
    forest = RandomForestClassifier(5, random_state=0).fit(table["X"], table["class"])
    wrong = np.where(table["class"] == 0, 20, 0)
    score = lk.scorer("ce")(forest, table["X"], wrong)
    assert -709 < score < -300


def test_in_scikit_learn_s_tools(table):
    X, y = table["X"], table["real"]
    scorer = lk.scorer(lk.huber(delta=0.5))
    assert repr(pickle.loads(pickle.dumps(scorer))) == "lk.scorer(lk.huber(delta=0.5))"
    assert (cross_val_score(LinearRegression(), X, y, scoring=scorer) < 0).all()
    both = cross_validate(LinearRegression(), X, y, scoring={"huber": scorer, "mae": "neg_mean_absolute_error"})
    assert (both["test_huber"] > both["test_mae"]).all()
    grid = {"loss": ["squared_error", lk.huber(delta=0.5), lk.quantile(level=0.1)]}
    search = GridSearchCV(lk.LossRegressor(), grid, scoring=lk.scorer(lk.quantile(level=0.1))).fit(X, y)
    assert search.best_params_["loss"] == lk.quantile(level=0.1)
    model = LinearRegression().fit(X, y)
    importance = permutation_importance(model, X, y, scoring=scorer, sample_weight=table["weight"], random_state=0)
    assert importance.importances_mean.argmin() == 2
    assert importance.importances_mean[:2].min() > 0.1


def test_weights_come_through_metadata_routing(table):
    X, y, weight = table["X"], table["real"], table["weight"]
    with sklearn.config_context(enable_metadata_routing=True):
        model = LinearRegression().set_fit_request(sample_weight=True)
        scorer = lk.scorer("mse").set_score_request(sample_weight=True)
        weighted = cross_val_score(model, X, y, cv=2, scoring=scorer, params={"sample_weight": weight})
    first = slice(100, 200)
    fitted = LinearRegression().fit(X[first], y[first], sample_weight=weight[first])
    expected = np.average((fitted.predict(X[:100]) - y[:100]) ** 2, weights=weight[:100])
    assert weighted[0] == pytest.approx(-expected)


def test_what_an_estimator_does_not_give_is_said(table):
    X = table["X"]
    machine = LinearSVC().fit(X, table["binary"])
    with pytest.raises(NotSupported, match="judges predict_proba, which LinearSVC does not give"):
        lk.scorer("bce")(machine, X, table["binary"])
    logistic = LogisticRegression().fit(X, table["binary"])
    with pytest.raises(NotSupported, match="raw scores on a scale of its own, which LogisticRegression"):
        lk.scorer("exponential")(logistic, X, table["binary"])
    with pytest.raises(InvalidInput, match="a class that the estimator has not seen"):
        lk.scorer("bce")(logistic, X, np.full(len(X), "perhaps"))
    with pytest.raises(NotFittedError):
        lk.scorer("mse")(lk.LossRegressor(), X, table["real"])
    three = LogisticRegression().fit(X, table["class"])
    with pytest.raises(InvalidInput, match="judges two classes, LogisticRegression has 3"):
        lk.scorer("bce")(three, X, np.resize([0, 10], len(X)))
    linear = LinearRegression().fit(X, table["count"])
    with pytest.raises(InvalidInput, match="the loss judges predictions above 0"):
        lk.scorer("poisson")(linear, X, table["count"])
    with pytest.raises(NotSupported, match="judges lists"):
        lk.scorer("listnet")
