"""Losses in LightGBM: objective and metric, and estimators, held against LightGBM's own."""

from __future__ import annotations

import pickle

import lightgbm
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import get_scorer, log_loss, ndcg_score
from sklearn.model_selection import GridSearchCV

import losskit as lk
from losskit.adapters.leaves import best_steps
from losskit.errors import InvalidInput, InvalidType, NotSupported

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


# objective and metric


def test_the_metric_is_the_weighted_mean_loss_and_stops_training():
    X, y, weight = table()
    loss = lk.huber(delta=0.5)
    objective = lk.to_lightgbm(loss)
    options = dict(eval_X=X[300:], eval_y=y[300:], eval_sample_weight=[weight[300:]], eval_metric=objective.metric)
    stop = lightgbm.early_stopping(5, verbose=False)
    estimator = lightgbm.LGBMRegressor(objective=objective, n_estimators=500, metric="None", **COMMON)
    estimator.fit(X[:300], y[:300], callbacks=[stop], **options)
    raw = estimator.predict(X[300:])
    reached = estimator.best_score_["valid_0"]
    assert list(reached) == ["huber"]
    assert reached["huber"] == pytest.approx(loss(raw, y[300:], weight=weight[300:]), rel=1e-6)
    assert estimator.best_iteration_ < 500

    data = lightgbm.Dataset(X[:300], y[:300])
    held_out = lightgbm.Dataset(X[300:], y[300:], weight=weight[300:], reference=data)
    params = {"objective": objective, "metric": "None", **COMMON}
    history = {}
    stop = [lightgbm.early_stopping(5, verbose=False), lightgbm.record_evaluation(history)]
    booster = lightgbm.train(params, data, 500, [held_out], feval=objective.metric, callbacks=stop)
    assert booster.best_iteration == estimator.best_iteration_
    assert history["valid_0"]["huber"] == pytest.approx(estimator.evals_result_["valid_0"]["huber"])


@pytest.mark.parametrize("loss", [lk.absolute_error(), lk.quantile(level=0.8), lk.mape()])
def test_steps_have_the_unit_of_the_target(loss):
    X, y, _ = table()
    small, large = (regressor(lk.to_lightgbm(loss)).fit(X, y * unit).predict(X) / unit for unit in (2.0**-10, 2.0**20))
    np.testing.assert_allclose(small, large, rtol=1e-6)
    assert np.abs(large - y).mean() < 0.5 * np.abs(y).mean()


@pytest.mark.parametrize("seed", range(3))
def test_integer_weights_are_repetitions(seed):
    rng = np.random.default_rng(seed)
    y, raw, times = rng.normal(size=50), rng.normal(size=50), rng.integers(1, 9, 50)
    for loss in (lk.quantile(level=0.8), lk.mape(), lk.smape(), lk.huber()):
        weighted = lk.to_lightgbm(loss)(y, raw, times)
        repeated = lk.to_lightgbm(loss)(np.repeat(y, times), np.repeat(raw, times))
        first = np.cumsum(times) - times
        for w, r in zip(weighted, repeated, strict=True):
            np.testing.assert_allclose(w, r[first] * times, rtol=1e-10)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("loss", "target", "best"),
    [
        (lk.squared_error(), "real", lambda y, w: np.average(y, weights=w)),
        (lk.poisson(), "positive", lambda y, w: np.log(np.average(y, weights=w))),
        (lk.gamma(), "positive", lambda y, w: np.log(np.average(y, weights=w))),
        (lk.binary_cross_entropy(), "binary", lambda y, w: -np.log(1 / np.average(y, weights=w) - 1)),
        (lk.exponential(), "binary", lambda y, w: -0.5 * np.log(1 / np.average(y, weights=w) - 1)),
    ],
    ids=lambda v: getattr(v, "name", None),
)
def test_starts_from_the_best_constant(loss, target, best, weighted):
    _, y, weight = table()
    y = {"real": y, "positive": np.exp(y), "binary": (y > 1).astype(float)}[target]
    weight = weight if weighted else None
    assert lk.to_lightgbm(loss).start(y, weight) == pytest.approx(best(y, weight), rel=1e-6)


def test_starts_where_nothing_is_better():
    _, y, _ = table()
    for loss in (lk.absolute_error(), lk.quantile(level=0.9), lk.huber(), lk.tukey(scale=1.0), lk.mape()):
        reached = loss(np.full(400, lk.to_lightgbm(loss).start(y)), y)
        assert reached <= min(loss(np.full(400, c), y) for c in np.linspace(y.min(), y.max(), 200)) + 1e-12
    ids = np.digitize(y, [-1.0, 1.5])
    share = np.bincount(ids) / 400
    start = lk.to_lightgbm(lk.cross_entropy()).start(ids)
    np.testing.assert_allclose(np.exp(start) / np.exp(start).sum(), share, atol=1e-5)


def test_labels_over_classes_are_ids():
    with pytest.raises(InvalidInput, match=r"labels must be class ids, got 0\.5"):
        lk.to_lightgbm(lk.cross_entropy())(np.array([0.0, 0.5]), np.zeros((2, 3)))


# the estimators


def noisy_table(kind, seed, rows=3000):
    rng = np.random.default_rng(seed)
    X = rng.uniform(size=(rows, 6))
    signal = np.sin(6 * X[:, 0]) + 2 * X[:, 1] * X[:, 2] + X[:, 3]
    y = {
        "real": lambda: 100 * (signal + (0.2 + X[:, 4]) * rng.standard_t(3, rows) / 3),
        "count": lambda: rng.poisson(np.exp(signal)).astype(float),
        "amount": lambda: np.exp(signal) * rng.gamma(2.0, 0.5, rows) * (rng.random(rows) < 0.7),
        "positive": lambda: np.exp(signal) * rng.gamma(2.0, 0.5, rows),
        "binary": lambda: (signal + 0.4 * rng.logistic(size=rows) > 1).astype(int),
        "classes": lambda: np.digitize(signal + 0.3 * rng.normal(size=rows), [0.5, 1.2]),
    }[kind]()
    return X[:1000], y[:1000], X[1000:], y[1000:]


def held_out_loss(model, loss, X, y):
    if hasattr(model, "predict_proba"):
        return log_loss(y, model.predict_proba(X))
    predicted = model.predict(X)
    return loss(np.log(predicted) if loss.definition.inputs["pred"].link == "exp" else predicted, y)


@pytest.mark.parametrize(
    ("loss", "own", "kind"),
    [
        (lk.squared_error(), {"objective": "l2"}, "real"),
        (lk.absolute_error(), {"objective": "l1"}, "real"),
        (lk.huber(delta=30.0), {"objective": "huber", "alpha": 30.0}, "real"),
        (lk.fair(scale=30.0), {"objective": "fair", "fair_c": 30.0}, "real"),
        (lk.quantile(level=0.9), {"objective": "quantile", "alpha": 0.9}, "real"),
        (lk.quantile(level=0.2), {"objective": "quantile", "alpha": 0.2}, "real"),
        (lk.mape(eps=1.0), {"objective": "mape"}, "positive"),
        (lk.poisson(), {"objective": "poisson"}, "count"),
        (lk.gamma(), {"objective": "gamma"}, "positive"),
        (lk.tweedie(power=1.5), {"objective": "tweedie", "tweedie_variance_power": 1.5}, "amount"),
        (lk.binary_cross_entropy(), {}, "binary"),
        (lk.cross_entropy(), {}, "classes"),
    ],
    ids=lambda v: getattr(v, "name", None),
)
def test_reaches_what_lightgbm_s_own_reaches(loss, own, kind):
    kinds = ("Classifier",) if kind in ("binary", "classes") else ("Regressor",)
    ours, theirs = (getattr(module, f"{name}{kinds[0]}") for module, name in ((lk, "LossLGBM"), (lightgbm, "LGBM")))
    relative = []
    for seed in range(3):
        X, y, X_new, y_new = noisy_table(kind, seed)
        reached = held_out_loss(ours(objective=loss, n_estimators=60, **COMMON).fit(X, y), loss, X_new, y_new)
        wanted = held_out_loss(theirs(**own, n_estimators=60, **COMMON).fit(X, y), loss, X_new, y_new)
        relative.append((reached - wanted) / abs(wanted))
    assert np.median(relative) < 0.01


@pytest.mark.parametrize("loss", [lk.poisson(), lk.quantile(level=0.9)], ids=lambda loss: loss.name)
def test_the_model_holds_all_and_its_history_is_true(loss, tmp_path):
    X, y, X_new, y_new = noisy_table("count", 0)
    model = lk.LossLGBMRegressor(objective=loss, n_estimators=300, **COMMON)
    sets = dict(eval_X=(X, X_new), eval_y=(y, y_new), eval_names=["train", "new"])
    model.fit(X, y, callbacks=[lightgbm.early_stopping(5, verbose=False)], **sets)
    assert model.best_iteration_ < 300
    for name, table_, target in (("train", X, y), ("new", X_new, y_new)):
        told = model.evals_result_[name][loss.name][model.best_iteration_ - 1]
        assert told == pytest.approx(loss(model.predict(table_, raw_score=True), target), rel=1e-6)
    raw = model.predict(X_new, raw_score=True)
    np.testing.assert_allclose(model.predict(X_new), loss.link(raw))
    model.booster_.save_model(tmp_path / "model.txt")
    np.testing.assert_allclose(lightgbm.Booster(model_file=tmp_path / "model.txt").predict(X_new), raw)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X_new), model.predict(X_new))
    np.testing.assert_allclose(
        clone(model).fit(X, y).predict(X_new, num_iteration=3), model.predict(X_new, num_iteration=3)
    )


def test_a_given_start_or_model_is_continued():
    X, y, _ = table()
    first = lk.LossLGBMRegressor(objective=lk.absolute_error(), n_estimators=10, **COMMON).fit(X, y)
    more = lk.LossLGBMRegressor(objective=lk.absolute_error(), n_estimators=10, **COMMON).fit(X, y, init_model=first)
    whole = lk.LossLGBMRegressor(objective=lk.absolute_error(), n_estimators=20, **COMMON).fit(X, y)
    np.testing.assert_allclose(more.predict(X), whole.predict(X), atol=1e-3)
    own = lk.LossLGBMRegressor(objective=lk.squared_error(), n_estimators=10, **COMMON).fit(
        X, y, init_score=np.full(400, 9.0)
    )
    assert np.mean(own.predict(X)) < -4  # what is missing from 9


def test_each_leaf_gets_the_best_constant():
    rng = np.random.default_rng(0)
    raw, y, leaf, weight = rng.normal(size=300), rng.standard_t(2, 300), 2 * rng.integers(0, 5, 300), rng.random(300)
    for loss in (lk.absolute_error(), lk.quantile(level=0.8), lk.mape()):
        steps = best_steps(loss, raw, y, weight, leaf, 10)
        assert (steps[1::2] == 0).all()
        for i in range(0, 10, 2):
            own = leaf == i
            residual = y[own] - raw[own]
            best = residual[np.argmin([loss(raw[own] + c, y[own], weight=weight[own]) for c in residual])]
            low, high = sorted((steps[i], best))
            assert not ((residual > low) & (residual < high)).any()  # no other residual lies between
    np.testing.assert_allclose(
        best_steps(lk.quantile(level=0.9), raw, y, None, leaf, 10)[4], np.quantile((y - raw)[leaf == 4], 0.9)
    )


def test_learning_rates_that_change_are_followed():
    X, y, _, _ = noisy_table("real", 0)
    rates = [0.5, 0.25, 0.1]
    model = lk.LossLGBMRegressor(objective=lk.absolute_error(), n_estimators=3, **COMMON)
    model.fit(X, y, callbacks=[lightgbm.reset_parameter(learning_rate=rates)])
    raw = np.full(len(y), lk.to_lightgbm(lk.absolute_error()).start(y))
    for rate, leaves in zip(rates, model.predict(X, pred_leaf=True).T, strict=True):
        for leaf in np.unique(leaves):
            raw[leaves == leaf] += rate * np.median((y - raw)[leaves == leaf])
    np.testing.assert_allclose(model.predict(X), raw, rtol=1e-4, atol=1e-3)


def test_monotone_constraints_are_kept():
    X, y, X_new, _ = noisy_table("real", 0)
    model = lk.LossLGBMRegressor(objective=lk.absolute_error(), monotone_constraints=[0, 0, 0, 1, 0, 0], **COMMON)
    model.fit(X, y)
    raised = X_new.copy()
    raised[:, 3] += 0.3
    assert (model.predict(raised) >= model.predict(X_new) - 1e-9).all()


def test_probabilities_and_labels_of_two_classes():
    X, y, X_new, y_new = noisy_table("binary", 0)
    words = np.array(["no", "yes"])
    own = lightgbm.LGBMClassifier(n_estimators=40, **COMMON).fit(X, y)
    model = lk.LossLGBMClassifier(objective=lk.binary_cross_entropy(), n_estimators=40, **COMMON).fit(X, words[y])
    np.testing.assert_allclose(model.predict_proba(X_new), own.predict_proba(X_new), atol=1e-6)
    assert set(model.predict(X_new)) == {"no", "yes"}
    assert np.mean(model.predict(X_new) == words[y_new]) == own.score(X_new, y_new)
    for loss in (lk.focal(), lk.exponential(), lk.cross_entropy(), lk.modified_huber()):
        model = lk.LossLGBMClassifier(objective=loss, n_estimators=40, **COMMON).fit(X, y)
        shares = model.predict_proba(X_new)
        assert shares.shape == (2000, 2)
        np.testing.assert_allclose(shares.sum(axis=1), 1.0)
        assert log_loss(y_new, np.clip(shares, 0.01, 0.99)) < 1.25 * log_loss(y_new, own.predict_proba(X_new))
    hinge = lk.LossLGBMClassifier(objective=lk.hinge(), n_estimators=40, **COMMON).fit(X, y)
    assert hinge.score(X_new, y_new) > own.score(X_new, y_new) - 0.02
    assert not hasattr(hinge, "predict_proba")


def test_weights_of_classes_are_weights_of_rows():
    X, y, X_new, _ = noisy_table("binary", 0)
    by_class = lk.LossLGBMClassifier(objective=lk.focal(), class_weight={0: 1, 1: 3}, n_estimators=20, **COMMON).fit(
        X, y
    )
    by_row = lk.LossLGBMClassifier(objective=lk.focal(), n_estimators=20, **COMMON).fit(X, y, sample_weight=1.0 + 2 * y)
    np.testing.assert_allclose(by_class.predict_proba(X_new), by_row.predict_proba(X_new))


def test_a_search_over_losses():
    X, y, _, _ = noisy_table("real", 0)
    model = lk.LossLGBMRegressor(objective=lk.squared_error(), n_estimators=20, **COMMON)
    losses = [lk.quantile(level=0.05), lk.absolute_error(), lk.huber(delta=30.0)]
    search = GridSearchCV(model, {"objective": losses}, scoring="neg_mean_absolute_error", cv=2).fit(X, y)
    assert search.best_params_["objective"] in losses[1:]
    assert search.cv_results_["mean_test_score"][0] == min(search.cv_results_["mean_test_score"])


def test_estimators_refuse_by_name():
    X, y, _ = table()
    regressor_, classifier = lk.LossLGBMRegressor, lk.LossLGBMClassifier
    with pytest.raises(InvalidType, match="to_lightgbm needs a losskit loss, got 'l2'"):
        regressor_(objective="l2").fit(X, y)
    with pytest.raises(InvalidInput, match="LossLGBMRegressor is for regression, and focal is for binary"):
        regressor_(objective=lk.focal()).fit(X, y)
    with pytest.raises(InvalidInput, match="focal is for two classes, got 3"):
        classifier(objective=lk.focal(), **COMMON).fit(X, np.digitize(y, [-1, 1]))
    with pytest.raises(NotSupported, match="judges by its loss"):
        regressor_(objective=lk.huber()).fit(X, y, eval_metric="l1")


# lists


def lists(seed, number=200):
    """Items whose relevance also has a part that all items of a list share, and that does not rank."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(5, 20, number)
    shared = np.repeat(rng.normal(size=number), sizes)
    X = rng.normal(size=(sizes.sum(), 5))
    X[:, 4] += 3 * shared
    score = X[:, 0] + np.sin(2 * X[:, 1]) + 0.5 * X[:, 2] * X[:, 3] + 0.4 * rng.normal(size=len(X))
    return X, np.digitize(score + 2 * shared, [-1.0, 0.5, 1.5, 2.5]).astype(float), sizes


def ndcg(scores, y, sizes):
    at = np.cumsum(sizes)[:-1]
    pairs = zip(np.split(y, at), np.split(scores, at), strict=True)
    return np.mean([ndcg_score([own], [s], k=10) for own, s in pairs if own.max() > 0])


def test_ranks_better_than_squared_error_and_near_lambdarank():
    ours, plain, own = [], [], []
    for seed in range(3):
        (X, y, sizes), (X_new, y_new, sizes_new) = lists(seed), lists(seed + 50)
        fits = [
            lk.LossLGBMRanker(objective=lk.listnet(), n_estimators=60, **COMMON).fit(X, y, group=sizes),
            lightgbm.LGBMRegressor(n_estimators=60, **COMMON).fit(X, y),
            lightgbm.LGBMRanker(n_estimators=60, **COMMON).fit(X, y, group=sizes),
        ]
        for reached, model in zip((ours, plain, own), fits, strict=True):
            reached.append(ndcg(model.predict(X_new), y_new, sizes_new))
    assert np.mean(ours) > np.mean(plain)
    assert np.mean(ours) > np.mean(own) - 0.01


def test_lists_in_both_apis_with_weights():
    X, y, sizes = lists(0, 40)
    objective, loss = lk.to_lightgbm(lk.listnet()), lk.listnet()
    each = np.random.default_rng(1).uniform(0.5, 2.0, 40)
    weight = np.repeat(each, sizes)
    data = lightgbm.Dataset(X, y, weight=weight, group=sizes)
    booster = lightgbm.train({"objective": objective, **COMMON}, data, 20)
    ranker = lk.LossLGBMRanker(objective=loss, n_estimators=20, **COMMON)
    ranker.fit(X, y, group=sizes, sample_weight=weight, eval_X=X, eval_y=y, eval_group=[sizes])
    np.testing.assert_allclose(ranker.predict(X), booster.predict(X))
    real = np.arange(sizes.max()) < sizes[:, None]
    padded = np.zeros((2, *real.shape))
    padded[:, real] = booster.predict(X), y
    expected = loss(*padded, where=real, weight=each)
    assert objective.metric(y, booster.predict(X), weight, sizes)[1] == pytest.approx(expected)
    gradient, hessian = objective(y, booster.predict(X), weight, sizes)
    np.testing.assert_allclose(gradient, loss.gradient(*padded, where=real, weight=each)[real])
    assert (hessian > 0).all()
    with pytest.raises(InvalidInput, match="rows of a list have unequal weights"):
        objective(y, np.zeros(len(y)), np.arange(len(y)) + 1.0, sizes)
    with pytest.raises(InvalidInput, match="needs groups, got none"):
        objective(y, np.zeros(len(y)))
    with pytest.raises(InvalidInput, match="must sum to the rows"):
        objective(y, np.zeros(len(y)), None, sizes[:-1])


@pytest.mark.parametrize("loss", [lk.cross_entropy(), lk.binary_cross_entropy(), lk.hinge()])
def test_scorers_of_two_classes_find_one_score(loss):
    X, y, X_new, y_new = noisy_table("binary", 0)
    model = lk.LossLGBMClassifier(objective=loss, n_estimators=10, **COMMON).fit(X, y)
    assert model.decision_function(X_new).shape == (2000,)
    np.testing.assert_array_equal(model.decision_function(X_new) > 0, model.predict(X_new) == 1)
    assert get_scorer("roc_auc")(model, X_new, y_new) > 0.8


@pytest.mark.parametrize(
    "setting", [{"alpha": 0.9}, {"scale_pos_weight": 5.0}, {"is_unbalance": True}], ids=lambda s: next(iter(s))
)
def test_settings_that_cannot_reach_the_loss_are_refused(setting):
    X, y, _ = table()
    with pytest.raises(NotSupported, match=next(iter(setting))):
        lk.LossLGBMRegressor(objective=lk.quantile(), **setting, **COMMON).fit(X, y)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_labels_that_are_no_numbers_are_refused(bad):
    X, y, _ = table()
    with pytest.raises(InvalidInput, match="y holds 1 NaN or infinite value"):
        lk.LossLGBMRegressor(objective=lk.huber(), **COMMON).fit(X, np.append(y[:-1], bad))


def test_scores_and_labels_that_do_not_fit():
    X, y, _ = table()
    data = lightgbm.Dataset(X, (y > 0).astype(int))
    with pytest.raises(InvalidInput, match="num_class="):
        lightgbm.train({"objective": lk.to_lightgbm(lk.cross_entropy()), **COMMON}, data, 1)
    with pytest.raises(InvalidInput, match="one score for each label"):
        lightgbm.train({"objective": lk.to_lightgbm(lk.huber()), "num_class": 2, **COMMON}, data, 1)


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        (lk.huber, r"call the factory first: lk.huber\(\)"),
        ("huber", r"lk.get\('huber'\)"),
        ("hubr", "did you mean huber"),
        ({"loss": "huber"}, "lk.get"),
        (lk.to_lightgbm(lk.huber()), "give the loss itself: lk.huber"),
        (dict, "for example lk.huber"),
    ],
    ids=["factory", "name", "typo", "mapping", "adapter", "class"],
)
def test_what_is_no_loss_is_refused_with_its_remedy(given, remedy):
    with pytest.raises(InvalidType, match=remedy):
        lk.to_lightgbm(given)
