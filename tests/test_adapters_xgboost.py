"""Losses in XGBoost: objective and metric, and estimators, held against XGBoost's own."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import xgboost
from sklearn.base import clone
from sklearn.metrics import get_scorer, log_loss, ndcg_score
from sklearn.model_selection import GridSearchCV

import losskit as lk
from losskit.errors import InvalidInput, InvalidType, NotSupported

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


def test_equals_xgboost_s_softmax():
    X, y, weight = table()
    ids = np.digitize(y, [-1.0, 1.5])
    data = xgboost.DMatrix(X, ids, weight=weight)
    params = {**COMMON, "num_class": 3, "base_score": 0.5}
    ours = xgboost.train(params, data, 3, obj=lk.to_xgboost(lk.cross_entropy()))
    own = xgboost.train({**params, "objective": "multi:softprob"}, data, 3)
    np.testing.assert_allclose(
        ours.predict(data, output_margin=True), own.predict(data, output_margin=True), rtol=1e-4, atol=1e-4
    )


def test_two_targets_at_once():
    X, y, weight = table()
    both = np.stack([y, -y], axis=1)
    data = xgboost.DMatrix(X, both, weight=weight)
    objective = lk.to_xgboost(lk.huber(delta=0.5))
    raw = xgboost.train(COMMON, data, 30, obj=objective).predict(data)
    alone = xgboost.DMatrix(X, y, weight=weight)
    np.testing.assert_allclose(raw[:, 0], xgboost.train(COMMON, alone, 30, obj=objective).predict(alone), rtol=1e-5)
    np.testing.assert_allclose(raw[:, 1], -raw[:, 0], atol=0.05)


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


# objective and metric


@pytest.mark.parametrize("loss", [lk.huber(delta=0.5), lk.squared_error() + 0.5 * lk.log_cosh()], ids=["one", "a sum"])
def test_the_metric_is_the_weighted_mean_loss_and_stops_training(loss):
    X, y, weight = table()
    objective = lk.to_xgboost(loss)
    name = loss.name.replace(" ", "")
    data, held_out = (xgboost.DMatrix(X[part], y[part], weight=weight[part]) for part in (slice(300), slice(300, 400)))
    history = {}
    params = {**COMMON, "disable_default_eval_metric": True}
    options = dict(obj=objective, custom_metric=objective.metric, early_stopping_rounds=5, verbose_eval=False)
    booster = xgboost.train(params, data, 500, evals=[(held_out, "new")], evals_result=history, **options)
    assert booster.best_iteration < 494
    raw = booster.predict(held_out, iteration_range=(0, booster.best_iteration + 1)).astype(float)
    assert history["new"][name][booster.best_iteration] == pytest.approx(
        loss(raw, y[300:], weight=weight[300:]), rel=1e-5
    )

    estimator = xgboost.XGBRegressor(
        objective=objective,
        eval_metric=objective.metric,
        early_stopping_rounds=5,
        n_estimators=500,
        max_depth=4,
        base_score=0.0,
        n_jobs=1,
    )
    sets = dict(eval_set=[(X[300:], y[300:])], sample_weight_eval_set=[weight[300:]])
    estimator = clone(estimator).fit(X[:300], y[:300], sample_weight=weight[:300], verbose=False, **sets)
    assert estimator.evals_result()["validation_0"][name] == pytest.approx(history["new"][name], rel=1e-5)
    assert estimator.best_iteration == booster.best_iteration


@pytest.mark.parametrize("loss", [lk.absolute_error(), lk.quantile(level=0.8), lk.mape()], ids=lambda loss: loss.name)
def test_steps_have_the_unit_of_the_target(loss):
    X, y, _ = table()

    def predictions(unit):
        data = xgboost.DMatrix(X, y * unit)
        return xgboost.train(COMMON, data, 40, obj=lk.to_xgboost(loss)).predict(data) / unit

    # Not in smaller units: XGBoost makes no split that gains less than 1e-6.
    np.testing.assert_allclose(predictions(1.0), predictions(2.0**20), rtol=1e-4, atol=1e-5)
    assert np.abs(predictions(1.0) - y).mean() < 0.5 * np.abs(y).mean()


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
    predicted = model.predict(X).astype(float)
    return loss(np.log(predicted) if loss.definition.inputs["pred"].link == "exp" else predicted, y)


TREES = {"n_estimators": 60, "learning_rate": 0.1, "max_depth": 4, "n_jobs": 1}


@pytest.mark.parametrize(
    ("loss", "own", "kind"),
    [
        (lk.squared_error(half=True), {}, "real"),
        (lk.absolute_error(), {"objective": "reg:absoluteerror"}, "real"),
        (lk.quantile(level=0.9), {"objective": "reg:quantileerror", "quantile_alpha": 0.9}, "real"),
        (lk.quantile(level=0.2), {"objective": "reg:quantileerror", "quantile_alpha": 0.2}, "real"),
        (lk.log_squared_error(), {"objective": "reg:squaredlogerror"}, "positive"),
        (lk.poisson(), {"objective": "count:poisson"}, "count"),
        (lk.gamma(), {"objective": "reg:gamma"}, "positive"),
        (lk.tweedie(power=1.5), {"objective": "reg:tweedie", "tweedie_variance_power": 1.5}, "amount"),
        (lk.binary_cross_entropy(), {}, "binary"),
        (lk.cross_entropy(), {}, "classes"),
    ],
    ids=lambda v: getattr(v, "name", None),
)
def test_reaches_what_xgboost_s_own_reaches(loss, own, kind):
    name = "Classifier" if kind in ("binary", "classes") else "Regressor"
    ours, theirs = getattr(lk, f"LossXGB{name}"), getattr(xgboost, f"XGB{name}")
    judge = lk.msle() if loss.name == "log_squared_error" else loss
    relative = []
    for seed in range(3):
        X, y, X_new, y_new = noisy_table(kind, seed)
        reached = held_out_loss(ours(objective=loss, **TREES).fit(X, y), judge, X_new, y_new)
        wanted = held_out_loss(theirs(**own, **TREES).fit(X, y), judge, X_new, y_new)
        relative.append((reached - wanted) / abs(wanted))
    assert np.median(relative) < 0.01


@pytest.mark.parametrize("loss", [lk.poisson(), lk.quantile(level=0.9)], ids=lambda loss: loss.name)
def test_the_model_holds_all_and_its_history_is_true(loss, tmp_path):
    X, y, X_new, y_new = noisy_table("count", 0)
    model = lk.LossXGBRegressor(objective=loss, early_stopping_rounds=5, **{**TREES, "n_estimators": 300})
    model.fit(X, y, eval_set=[(X, y), (X_new, y_new)])
    assert model.best_iteration < 294
    for i, (table_, target) in enumerate(((X, y), (X_new, y_new))):
        told = model.evals_result()[f"validation_{i}"][loss.name][model.best_iteration]
        assert told == pytest.approx(loss(model.predict(table_, output_margin=True).astype(float), target), rel=1e-5)
    np.testing.assert_allclose(model.predict(X_new), loss.link(model.predict(X_new, output_margin=True)))
    model.save_model(tmp_path / "model.json")
    again = lk.LossXGBRegressor(objective=loss)
    again.load_model(tmp_path / "model.json")
    np.testing.assert_array_equal(again.predict(X_new), model.predict(X_new))
    booster = xgboost.Booster(model_file=tmp_path / "model.json")
    rounds = (0, model.best_iteration + 1)
    raw = booster.predict(xgboost.DMatrix(X_new), output_margin=True, iteration_range=rounds)
    np.testing.assert_array_equal(raw, model.predict(X_new, output_margin=True))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X_new), model.predict(X_new))


def test_learning_rates_that_change_are_followed():
    X, y, _, _ = noisy_table("real", 0)
    rates = [0.5, 0.25, 0.1, 0.05]

    class Schedule(xgboost.callback.TrainingCallback):
        def before_iteration(self, model, epoch, evals_log):
            model.set_param("learning_rate", rates[epoch])
            return False

    model = lk.LossXGBRegressor(objective=lk.absolute_error(), n_estimators=4, callbacks=[Schedule()], n_jobs=1)
    model.fit(X, y)
    raw = np.full(len(y), lk.to_xgboost(lk.absolute_error()).start(y))
    for i, rate in enumerate(rates):
        node = model.get_booster()[i : i + 1].predict(xgboost.DMatrix(X), pred_leaf=True)
        for leaf in np.unique(node):
            raw[node == leaf] += rate * np.median((y - raw)[node == leaf])
    np.testing.assert_allclose(model.predict(X), raw, rtol=1e-4, atol=1e-3)


def test_monotone_constraints_are_kept():
    X, y, X_new, _ = noisy_table("real", 0)
    model = lk.LossXGBRegressor(objective=lk.absolute_error(), monotone_constraints=(0, 0, 0, 1, 0, 0), **TREES).fit(
        X, y
    )
    raised = X_new.copy()
    raised[:, 3] += 0.3
    assert (model.predict(raised) >= model.predict(X_new) - 1e-4).all()


def test_probabilities_and_ids():
    X, y, X_new, y_new = noisy_table("binary", 0)
    few = {**TREES, "n_estimators": 3}  # later a gain that is equal in float32 may be split otherwise
    own = xgboost.XGBClassifier(base_score=y.mean(), **few).fit(X, y)
    model = lk.LossXGBClassifier(objective=lk.binary_cross_entropy(), **few).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X_new), own.predict_proba(X_new), atol=1e-5)
    assert model.score(X_new, y_new) == own.score(X_new, y_new)
    own = xgboost.XGBClassifier(**TREES).fit(X, y)
    for loss in (lk.focal(), lk.exponential(), lk.cross_entropy(), lk.modified_huber()):
        model = lk.LossXGBClassifier(objective=loss, **TREES).fit(X, y)
        shares = model.predict_proba(X_new)
        assert shares.shape == (2000, 2)
        np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-5)
        assert log_loss(y_new, np.clip(shares, 0.01, 0.99)) < 1.25 * log_loss(y_new, own.predict_proba(X_new))
    hinge = lk.LossXGBClassifier(objective=lk.hinge(), **TREES).fit(X, y)
    assert hinge.score(X_new, y_new) > own.score(X_new, y_new) - 0.02
    assert not hasattr(hinge, "predict_proba")


def test_a_saved_classifier_predicts_the_same(tmp_path):
    X, y, X_new, _ = noisy_table("classes", 0)
    model = lk.LossXGBClassifier(objective=lk.cross_entropy(), **TREES).fit(X, y)
    model.save_model(tmp_path / "model.json")
    again = lk.LossXGBClassifier(objective=lk.cross_entropy())
    again.load_model(tmp_path / "model.json")
    np.testing.assert_array_equal(again.predict_proba(X_new), model.predict_proba(X_new))
    np.testing.assert_array_equal(again.predict(X_new), model.predict(X_new))


def test_a_search_over_losses():
    X, y, _, _ = noisy_table("real", 0)
    model = lk.LossXGBRegressor(objective=lk.squared_error(), n_estimators=20, n_jobs=1)
    losses = [lk.quantile(level=0.05), lk.absolute_error(), lk.huber(delta=30.0)]
    search = GridSearchCV(model, {"objective": losses}, scoring="neg_mean_absolute_error", cv=2).fit(X, y)
    assert search.best_params_["objective"] in losses[1:]
    assert search.cv_results_["mean_test_score"][0] == min(search.cv_results_["mean_test_score"])


def test_estimators_refuse_by_name():
    X, y, _ = table()
    with pytest.raises(InvalidType, match="to_xgboost needs a losskit loss, got 'reg"):
        lk.LossXGBRegressor(objective="reg:squarederror").fit(X, y)
    with pytest.raises(InvalidInput, match="LossXGBRegressor is for regression, and focal is for binary"):
        lk.LossXGBRegressor(objective=lk.focal()).fit(X, y)
    with pytest.raises(InvalidInput, match="focal is for two classes, got 3"):
        lk.LossXGBClassifier(objective=lk.focal()).fit(X, np.digitize(y, [-1, 1]))
    with pytest.raises(InvalidInput, match="labels must be ids from 0"):
        lk.LossXGBClassifier(objective=lk.focal()).fit(X, np.sign(y))
    with pytest.raises(NotSupported, match="judges by its loss"):
        lk.LossXGBRegressor(objective=lk.huber(), eval_metric="mae").fit(X, y)


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


def test_ranks_better_than_squared_error_and_near_rank_ndcg():
    ours, plain, own = [], [], []
    for seed in range(3):
        (X, y, sizes), (X_new, y_new, sizes_new) = lists(seed), lists(seed + 50)
        qid = np.repeat(np.arange(len(sizes)), sizes)
        fits = [
            lk.LossXGBRanker(objective=lk.listnet(), **TREES).fit(X, y, qid=qid),
            xgboost.XGBRegressor(**TREES).fit(X, y),
            xgboost.XGBRanker(**TREES).fit(X, y, qid=qid),
        ]
        for reached, model in zip((ours, plain, own), fits, strict=True):
            reached.append(ndcg(model.predict(X_new), y_new, sizes_new))
    assert np.mean(ours) > np.mean(plain)
    assert np.mean(ours) > np.mean(own) - 0.01


def test_lists_in_both_apis_with_weights():
    X, y, sizes = lists(0, 40)
    objective, loss = lk.to_xgboost(lk.listnet()), lk.listnet()
    weight = np.random.default_rng(1).uniform(0.5, 2.0, 40)
    qid = np.repeat(np.arange(40), sizes)
    data = xgboost.DMatrix(X, y, weight=weight, qid=qid)
    booster = xgboost.train({**COMMON, "learning_rate": 0.3}, data, 20, obj=objective)
    ranker = lk.LossXGBRanker(objective=loss, n_estimators=20, max_depth=4, n_jobs=1)
    ranker.fit(X, y, qid=qid, sample_weight=weight, eval_set=[(X, y)], eval_qid=[qid])
    np.testing.assert_allclose(ranker.predict(X), booster.predict(data), rtol=1e-5, atol=1e-6)
    real = np.arange(sizes.max()) < sizes[:, None]
    padded = np.zeros((2, *real.shape))
    padded[:, real] = booster.predict(data), y
    assert objective.metric(booster.predict(data), data) == (
        "listnet",
        pytest.approx(loss(*padded, where=real, weight=weight), rel=1e-5),
    )
    gradient, hessian = objective(booster.predict(data).astype(float), data)
    np.testing.assert_allclose(gradient, loss.gradient(*padded, where=real, weight=weight)[real], atol=1e-6)
    assert (hessian > 0).all()


@pytest.mark.parametrize("loss", [lk.cross_entropy(), lk.binary_cross_entropy(), lk.hinge()])
def test_scorers_of_two_classes_find_one_score(loss):
    X, y, X_new, y_new = noisy_table("binary", 0)
    model = lk.LossXGBClassifier(objective=loss, **TREES).fit(X, y)
    assert model.decision_function(X_new).shape == (2000,)
    np.testing.assert_array_equal(model.decision_function(X_new) > 0, model.predict(X_new) == 1)
    assert get_scorer("roc_auc")(model, X_new, y_new) > 0.8


@pytest.mark.parametrize("setting", [{"quantile_alpha": 0.9}, {"scale_pos_weight": 5.0}], ids=lambda s: next(iter(s)))
def test_settings_that_cannot_reach_the_loss_are_refused(setting):
    X, y, _, _ = noisy_table("binary", 0)
    with pytest.raises(NotSupported, match=next(iter(setting))):
        lk.LossXGBRegressor(objective=lk.quantile(), **TREES, **setting).fit(X, y)


def test_labels_in_words_and_lists_without_their_ids_are_refused():
    X, y, _, _ = noisy_table("binary", 0)
    with pytest.raises(InvalidInput, match="labels must be ids from 0"):
        lk.LossXGBClassifier(objective=lk.focal(), **TREES).fit(X, np.array(["no", "yes"])[y])
    with pytest.raises(InvalidInput, match="1 eval_set and 0 eval_qid"):
        lk.LossXGBRanker(objective=lk.listnet(), **TREES).fit(X, y, qid=np.zeros(len(y)), eval_set=[(X, y)])


def test_scores_for_one_class_are_refused_by_a_loss_over_classes():
    X, y, _, _ = noisy_table("binary", 0)
    with pytest.raises(InvalidInput, match="num_class="):
        xgboost.train({}, xgboost.DMatrix(X, y), 1, obj=lk.to_xgboost(lk.cross_entropy()))
