"""The scikit-learn estimators: scikit-learn's own checks, its linear models and networks as peers, its tools around."""

from __future__ import annotations

import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import (
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
)
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

import losskit as lk
from losskit.core.registry import factory
from losskit.errors import InvalidInput, InvalidType, NotSupported, UnknownName
from losskit.training.descent import Diverged

LINEAR = [
    lk.LossRegressor(),
    lk.LossRegressor("mae"),
    lk.LossRegressor(lk.huber(delta=0.5) + 0.1 * lk.quantile(level=0.9), penalty="elasticnet"),
    lk.LossRegressor("poisson"),
    lk.LossClassifier(),
    lk.LossClassifier(lk.binary_cross_entropy()),
    lk.LossClassifier("hinge", penalty="l2"),  # without a penalty separable classes have many minimisers
    lk.LossRanker(),
]
NETWORK = dict(model="mlp", hidden_layer_sizes=(16,), epochs=40, random_state=0)
NETWORKS = [
    lk.LossRegressor("huber", **NETWORK),
    lk.LossClassifier(**NETWORK),
    lk.LossRanker(**NETWORK, early_stopping=False),  # scikit-learn tells no lists: one list cannot be split
]
MINI_BATCHES = {
    "check_sample_weight_equivalence_on_dense_data": "a row drawn twice and a row of weight 2 make different batches",
}


def checks(estimators, **expected):
    """All of them but the one for other array libraries, which scikit-learn runs under a setting of its own only."""
    all_checks = [
        check for estimator in estimators for check in estimator_checks_generator(estimator, mark="xfail", **expected)
    ]
    return [check for check in all_checks if "check_array_api_input" not in str(check)]


def name_of(value):
    return getattr(getattr(value, "func", None), "__name__", None)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # some of their classes are separable
@pytest.mark.parametrize(("estimator", "check"), checks(LINEAR), ids=name_of)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    ("estimator", "check"),
    checks(NETWORKS[:2], expected_failed_checks=MINI_BATCHES, xfail_strict=True) + checks(NETWORKS[2:]),
    ids=name_of,
)
def test_scikit_learn_checks_of_networks(estimator, check):
    check(estimator)


# linear models and their peers


@pytest.fixture(scope="module")
def table():
    """Columns of very unequal scale, weights, and targets of every kind."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3)) * [1.0, 1e4, 1e-3] + [5.0, 0.0, 1.0]
    score = X @ [0.5, 5e-5, 300.0] - 302.0
    return {
        "X": X,
        "weight": rng.integers(1, 4, 300).astype(float),
        "real": score + rng.standard_t(3, 300),
        "count": rng.poisson(np.exp(0.5 * score)).astype(float),
        "binary": (score + rng.logistic(size=300) > 0).astype(int),
        "class": np.digitize(score + rng.logistic(size=300), [-1.0, 1.0]),
    }


def same_coefficients(ours, theirs, rtol=1e-6):
    assert np.shape(ours.coef_) == np.shape(theirs.coef_)
    assert np.shape(ours.intercept_) == np.shape(theirs.intercept_)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=rtol)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=rtol)


@pytest.mark.parametrize("weighted", [False, True])
def test_squared_error_is_linear_regression(table, weighted):
    X, y = StandardScaler().fit_transform(table["X"]), table["real"]
    weight = table["weight"] if weighted else None
    ours, theirs = (model.fit(X, y, sample_weight=weight) for model in (lk.LossRegressor(), LinearRegression()))
    same_coefficients(ours, theirs)
    assert isinstance(ours.intercept_, float)
    assert ours.score(X, y, sample_weight=weight) == pytest.approx(theirs.score(X, y, sample_weight=weight))
    two = np.column_stack([y, 2 * y + X[:, 0]])
    same_coefficients(lk.LossRegressor().fit(X, two, weight), LinearRegression().fit(X, two, weight))


def test_columns_of_unequal_scale_are_solved_as_well(table):
    """Here LinearRegression drops the column whose unit is smallest, as lstsq takes it for rounding."""
    X, y, scaler = table["X"], table["real"], StandardScaler().fit(table["X"])
    for loss in ("squared_error", "huber", "absolute_error"):
        ours, scaled = lk.LossRegressor(loss).fit(X, y), lk.LossRegressor(loss).fit(scaler.transform(X), y)
        np.testing.assert_allclose(ours.coef_, scaled.coef_ / scaler.scale_, rtol=1e-8)
        np.testing.assert_allclose(ours.predict(X), scaled.predict(scaler.transform(X)), rtol=1e-7)


def test_penalties_are_ridge_and_lasso(table):
    X, y, n = StandardScaler().fit_transform(table["X"]), table["real"], len(table["X"])
    ours = lk.LossRegressor(penalty="l2", alpha=0.1).fit(X, y)
    same_coefficients(ours, Ridge(alpha=0.1 / 2 * n).fit(X, y))
    ours = lk.LossRegressor(lk.squared_error(half=True), penalty="l1", alpha=0.6).fit(X, y)
    same_coefficients(ours, Lasso(alpha=0.6, tol=1e-12).fit(X, y))
    assert 0.0 in ours.coef_


def test_no_intercept(table):
    X = StandardScaler().fit_transform(table["X"]) + 1.0
    ours = lk.LossRegressor(fit_intercept=False).fit(X, table["real"])
    same_coefficients(ours, LinearRegression(fit_intercept=False).fit(X, table["real"]))
    assert ours.intercept_ == 0.0


def test_huber_is_huber_regressor_at_its_scale(table):
    X, y = StandardScaler().fit_transform(table["X"]), table["real"]
    theirs = HuberRegressor(epsilon=1.35, alpha=0.0, tol=1e-9, max_iter=1000).fit(X, y)
    same_coefficients(lk.LossRegressor(lk.huber(delta=1.35 * theirs.scale_)).fit(X, y), theirs, rtol=1e-4)


@pytest.mark.parametrize("level", [0.1, 0.5])
def test_quantile_is_quantile_regressor(table, level):
    X, y = StandardScaler().fit_transform(table["X"]), table["real"]
    ours = lk.LossRegressor(lk.quantile(level=level)).fit(X, y)
    same_coefficients(ours, QuantileRegressor(quantile=level, alpha=0.0).fit(X, y))


def test_poisson_is_poisson_regressor(table):
    X, y, weight = StandardScaler().fit_transform(table["X"]), table["count"], table["weight"]
    ours = lk.LossRegressor("poisson").fit(X, y, weight)
    theirs = PoissonRegressor(alpha=0.0, tol=1e-10, solver="newton-cholesky").fit(X, y, weight)
    same_coefficients(ours, theirs)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-6)
    np.testing.assert_allclose(ours.raw_score(X), np.log(ours.predict(X)))


@pytest.mark.parametrize("loss", [None, "bce"])
def test_two_classes_are_logistic_regression(table, loss):
    X, labels = StandardScaler().fit_transform(table["X"]), np.array(["no", "yes"])[table["binary"]]
    ours = lk.LossClassifier(loss).fit(X, labels, table["weight"])
    theirs = LogisticRegression(C=np.inf, tol=1e-10, solver="newton-cholesky").fit(X, labels, table["weight"])
    same_coefficients(ours, theirs)
    assert ours.classes_.tolist() == ["no", "yes"]
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-7)
    np.testing.assert_allclose(ours.decision_function(X), theirs.decision_function(X), rtol=1e-6)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    weight = table["weight"]
    assert ours.score(X, labels, weight) == pytest.approx(np.average(ours.predict(X) == labels, weights=weight))


def test_three_classes_are_logistic_regression(table):
    X, ids = StandardScaler().fit_transform(table["X"]), table["class"]
    ours = lk.LossClassifier(penalty="l2", alpha=0.01).fit(X, ids)
    theirs = LogisticRegression(C=1 / (0.01 * len(X)), tol=1e-10, solver="newton-cholesky").fit(X, ids)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-5)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-7)
    assert ours.decision_function(X).shape == ours.raw_score(X).shape == (300, 3)


def test_links_bring_predictions_to_the_target_s_scale():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(500, 1))
    amount = np.expm1(4.0 + X[:, 0] + 0.1 * rng.normal(size=500))
    fitted = lk.LossRegressor("log_squared_error").fit(X, amount)
    np.testing.assert_allclose(fitted.predict(X), np.expm1(fitted.raw_score(X)))
    assert fitted.score(X, amount) > 0.95
    share = 1 / (1 + np.exp(-X[:, 0] - rng.normal(size=500)))
    predicted = lk.LossRegressor("bce").fit(X, share).predict(X)
    assert predicted.min() > 0
    assert predicted.max() < 1


def test_probabilities_are_there_only_where_the_loss_gives_them(table):
    hinge = lk.LossClassifier("hinge", penalty="l2").fit(table["X"], table["binary"])
    assert not hasattr(hinge, "predict_proba")
    assert hasattr(lk.LossClassifier("exponential"), "predict_proba")
    decision = hinge.decision_function(table["X"])
    np.testing.assert_array_equal(hinge.predict(table["X"]), (decision > 0).astype(int))


def test_separable_classes_and_losses_that_are_cut_short_warn(table):
    X, y = load_iris(return_X_y=True)
    with pytest.warns(ConvergenceWarning, match="no finite minimum"):
        lk.LossClassifier().fit(X[:100], y[:100])
    with pytest.warns(ConvergenceWarning, match="no finite minimum"):  # the logarithm of the rate is minus infinity
        lk.LossRegressor("poisson").fit(X, np.zeros(len(X)))
    with pytest.warns(ConvergenceWarning, match="stopped before its minimum"):
        lk.LossRegressor("poisson", max_iter=1).fit(StandardScaler().fit_transform(table["X"]), table["count"])


# networks and their peers

PEER = dict(hidden_layer_sizes=(32,), learning_rate_init=3e-3, batch_size=64, early_stopping=True)
OURS = dict(model="mlp", hidden_layer_sizes=(32,), learning_rate=3e-3, batch_size=64)


def test_networks_classify_as_well_as_scikit_learn_s():
    X, y = load_digits(return_X_y=True)
    train_X, test_X, train_y, test_y = train_test_split(X, y, random_state=0)
    theirs = make_pipeline(StandardScaler(), MLPClassifier(**PEER, random_state=0)).fit(train_X, train_y)
    ours = lk.LossClassifier(**OURS, random_state=0).fit(train_X, train_y)
    noise = np.sqrt(0.05 * 0.95 / len(test_y))  # of the share right among so many digits
    assert ours.score(test_X, test_y) >= max(theirs.score(test_X, test_y), 0.95) - noise


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer:sklearn.exceptions.ConvergenceWarning")  # of the peer
def test_networks_regress_as_well_as_scikit_learn_s():
    X, y = load_diabetes(return_X_y=True)
    scaled = make_pipeline(StandardScaler(), MLPRegressor(**PEER, max_iter=100, random_state=0))
    theirs = cross_val_score(scaled, X, y, cv=3)
    ours = cross_val_score(lk.LossRegressor(**OURS, random_state=0), X, y, cv=3)
    assert ours.mean() >= theirs.mean() - theirs.std()
    assert ours.mean() > 0.4


def test_networks_do_not_mind_the_units_of_columns_and_target():
    X, y = load_diabetes(return_X_y=True)
    network = lk.LossRegressor(**NETWORK).fit(X, y)
    units = np.array([1e-3, 1e3] * 5)
    far = clone(network).fit(X * units + 7.0, 1e6 * y - 3e8)
    np.testing.assert_allclose(far.predict(X * units + 7.0), 1e6 * network.predict(X) - 3e8, rtol=1e-4)


def test_networks_learn_several_targets_of_unequal_scale():
    X, y = load_diabetes(return_X_y=True)
    two = lk.LossRegressor(**NETWORK).fit(X, np.column_stack([1e-3 * y, 1e4 * X[:, 2] * y]))
    assert two.predict(X).shape == (442, 2)
    first, second = (np.corrcoef(two.predict(X)[:, k], t)[0, 1] for k, t in enumerate((y, X[:, 2] * y)))
    assert first > 0.5  # the loss hardly counts it, and yet it is learnt
    assert second > 0.9


def test_networks_are_reproducible_and_penalties_shrink_them(table):
    X, y = table["X"], table["class"]
    network = lk.LossClassifier(**NETWORK).fit(X, y)
    np.testing.assert_array_equal(clone(network).fit(X, y).predict_proba(X), network.predict_proba(X))
    other = clone(network).set_params(random_state=1).fit(X, y)
    assert (other.predict_proba(X) != network.predict_proba(X)).any()
    assert len(network.loss_curve_) == network.n_iter_ <= 40
    for penalty in ("l1", "l2", "elasticnet"):
        shrunk = clone(network).set_params(penalty=penalty, alpha=0.1).fit(X, y)
        assert np.ptp(shrunk.decision_function(X)) < 0.7 * np.ptp(network.decision_function(X))


def test_early_stopping_keeps_the_best_epoch():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 20))
    y = X[:, 0] + rng.normal(size=60)
    fresh = rng.normal(size=(1000, 20))
    settings = NETWORK | dict(hidden_layer_sizes=(64, 32), epochs=300, learning_rate=0.01, validation_fraction=0.25)
    stopped, through = (lk.LossRegressor(**settings, early_stopping=early).fit(X, y) for early in (True, False))
    assert stopped.n_iter_ < through.n_iter_ == 300
    best = clone(stopped).set_params(epochs=stopped.n_iter_ - stopped.patience).fit(X, y)
    np.testing.assert_array_equal(best.predict(fresh), stopped.predict(fresh))
    error = [np.mean((model.predict(fresh) - fresh[:, 0]) ** 2) for model in (stopped, through)]
    assert error[0] < error[1]


def test_weights_count_in_networks(table):
    X, ids = table["X"], table["class"]
    weight = np.where(ids == 2, 100.0, 1.0)
    share = [np.mean(lk.LossClassifier(**NETWORK).fit(X, ids, sample_weight=w).predict(X) == 2) for w in (None, weight)]
    assert share[1] > share[0] + 0.2


# rankers


def lists_of(rng, lists=60):
    qid = np.sort(rng.integers(0, lists, 12 * lists))
    X = rng.normal(size=(len(qid), 4)) * [1.0, 100.0, 0.01, 1.0]
    return X, np.clip(np.round(X @ [1.0, 0.01, 100.0, 0.0] + rng.normal(size=len(qid))), 0, 4), qid


@pytest.mark.parametrize("settings", [{}, OURS | dict(batch_size=8, random_state=0)])
def test_rankers_order_new_lists(settings):
    rng = np.random.default_rng(0)
    X, y, qid = lists_of(rng)
    new_X, new_y, new_qid = lists_of(rng)
    ranker = lk.LossRanker(**settings).fit(X, y, qid=qid)
    score = ranker.score(new_X, new_y, qid=new_qid)
    assert score > 0.85
    flipped = np.mean([ranker.score(-new_X, new_y, qid=new_qid), score])
    assert flipped < score - 0.1


def test_lists_come_as_sizes_or_ids_in_any_order():
    rng = np.random.default_rng(0)
    X, y, qid = lists_of(rng)
    by_size = lk.LossRanker().fit(X, y, group=np.unique(qid, return_counts=True)[1])
    order = rng.permutation(len(qid))
    shuffled = lk.LossRanker().fit(X[order], y[order], qid=qid[order])
    np.testing.assert_allclose(by_size.coef_, shuffled.coef_, rtol=1e-4)
    assert by_size.intercept_ == 0.0


@pytest.mark.parametrize(("penalty", "l1_ratio"), [("l1", 0.5), ("l2", 0.5), ("elasticnet", 0.3)])
def test_rankers_reach_the_minimum_of_what_they_promise(penalty, l1_ratio):
    rng = np.random.default_rng(0)
    X, y, qid = lists_of(rng, lists=20)
    X = X / X.std(0)
    ranker = lk.LossRanker(penalty=penalty, alpha=0.1, l1_ratio=l1_ratio).fit(X, y, qid=qid)
    share = {"l1": 1.0, "l2": 0.0, "elasticnet": l1_ratio}[penalty]

    def objective(coef):
        lists = [lk.listnet()(X[qid == q][None] @ coef, y[qid == q][None]) for q in np.unique(qid)]
        return np.mean(lists) + 0.1 * (share * np.abs(coef).sum() + (1 - share) / 2 * coef @ coef)

    least = objective(ranker.coef_)
    for move in np.vstack([np.eye(4), -np.eye(4), rng.normal(size=(20, 4))]):
        assert objective(ranker.coef_ + 1e-3 * move) > least


# scikit-learn's tools around them


def test_a_loss_of_ten_lines_trains_here():
    @lk.define_loss(pred=lk.Real, target=lk.Real, steep=lk.Positive(2.0))
    def lopsided(ops, pred, target, *, steep):
        """Squared error, `steep` times dearer below the target."""
        r = pred - target
        return ops.where(r < 0.0, steep * r * r, r * r)

    X, y = load_diabetes(return_X_y=True)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), lk.LossRegressor()),
        {"lossregressor__loss": [lopsided(), lopsided(steep=9.0), "absolute_error", lk.huber(delta=0.5)]},
        scoring=lk.scorer(lopsided(steep=9.0)),
    ).fit(X, y)
    assert search.best_params_["lossregressor__loss"] == lopsided(steep=9.0)
    assert np.mean(search.predict(X) > y) > 0.65
    network = lk.LossRegressor(lopsided(steep=9.0), **NETWORK).fit(X, y)
    assert np.mean(network.predict(X) > y) > 0.6


def test_a_loss_of_ten_lines_classifies_here(table):
    @lk.define_loss(pred=lk.Logits, target=lk.Classes)
    def softened(ops, pred, target):
        """Cross-entropy of a softmax at temperature 2."""
        return target.expect(-ops.log_softmax(0.5 * pred))

    X = StandardScaler().fit_transform(table["X"])
    ours, plain = (lk.LossClassifier(loss).fit(X, table["class"]) for loss in (softened(), None))
    np.testing.assert_allclose(ours.coef_, 2.0 * plain.coef_, rtol=1e-5)


def test_clone_and_parameters_keep_the_loss():
    for loss in (lk.huber(delta=0.5), "huber", {"loss": "huber", "delta": 2.0}, lk.squared_error() + lk.huber()):
        twin = clone(lk.LossRegressor(loss))
        assert twin.get_params()["loss"] == loss
    assert repr(lk.LossRegressor(lk.huber(delta=0.5))) == "LossRegressor(loss=lk.huber(delta=0.5))"
    assert "LossClassifier" in lk.LossClassifier()._repr_html_()


@pytest.mark.parametrize(
    ("estimator", "target"),
    [
        (lk.LossRegressor("poisson"), "count"),
        (lk.LossClassifier(lk.cross_entropy() + 0.1 * lk.softmax_focal()), "class"),
        (lk.LossClassifier("bce", **NETWORK), "binary"),
        (lk.LossRanker(), "class"),
    ],
)
def test_saved_and_loaded_predicts_the_same(table, estimator, target, tmp_path):
    X = table["X"]
    fitted = clone(estimator).fit(X, table[target])
    joblib.dump(fitted, tmp_path / "model.joblib")
    for again in (joblib.load(tmp_path / "model.joblib"), pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
        assert again.loss_ == fitted.loss_


def test_a_new_loss_acts_at_the_next_fit_only(table):
    model = lk.LossRegressor("poisson").fit(table["X"], table["count"])
    before = model.predict(table["X"])
    np.testing.assert_array_equal(model.set_params(loss="squared_error").predict(table["X"]), before)


def test_a_fit_by_the_other_model_leaves_nothing_of_the_first(table):
    model = lk.LossRegressor(**NETWORK).fit(table["X"], table["real"])
    network = set(vars(model))
    model.set_params(model="linear").fit(table["X"], table["real"])
    assert not hasattr(model, "loss_curve_")
    assert set(vars(model.set_params(model="mlp").fit(table["X"], table["real"]))) == network
    start = clone(model).set_params(fit_intercept=False).fit(table["X"], table["real"])
    np.testing.assert_array_equal(start.predict(table["X"]), model.predict(table["X"]))


def test_names_of_columns_are_kept():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    assert lk.LossRegressor().fit(X, y).feature_names_in_.tolist() == list(X.columns)


# what is refused


def test_what_cannot_be_trained_is_refused_by_name(table):
    X, y = table["X"], table["real"]
    with pytest.raises(NotSupported, match="zero_one is flat"):
        lk.LossClassifier("zero_one").fit(X, table["binary"])
    with pytest.raises(NotSupported, match="msle takes numbers > -1"):
        lk.LossRegressor("msle").fit(X, np.abs(y))
    with pytest.raises(UnknownName, match="did you mean huber"):
        lk.LossRegressor("hubr").fit(X, y)
    with pytest.raises(InvalidType, match="call the factory first"):
        lk.LossRegressor(lk.huber).fit(X, y)
    with pytest.raises(InvalidInput, match="mean different things"):
        lk.LossRegressor(lk.squared_error() + lk.poisson()).fit(X, y)


def test_targets_and_tasks_that_do_not_fit_the_loss(table):
    X, y = table["X"], table["real"]
    for model in ("linear", "mlp"):
        with pytest.raises(InvalidInput, match="poisson: target must be numbers >= 0"):
            lk.LossRegressor("poisson", model=model).fit(X, y)
        with pytest.raises(InvalidInput, match=r"Only binary classification is supported by lk\.hinge"):
            lk.LossClassifier("hinge", model=model).fit(X, table["class"])
    with pytest.raises(InvalidInput, match="relevances >= 0"):
        lk.LossRanker().fit(X, y)
    with pytest.raises(InvalidInput, match=r"no loss for classes\ngive it to lk.LossRegressor"):
        lk.LossClassifier("huber").fit(X, table["binary"])
    with pytest.raises(InvalidInput, match=r"no loss for numbers\ngive it to lk.LossClassifier"):
        lk.LossRegressor("hinge").fit(X, table["binary"])
    with pytest.raises(InvalidInput, match="no loss over lists"):
        lk.LossRanker("huber").fit(X, table["class"])
    with pytest.raises(InvalidInput, match="got 1 class"):
        lk.LossClassifier().fit(X, np.ones(len(X)))
    with pytest.raises(InvalidInput, match="300 rows, and lists for 7 rows"):
        lk.LossRanker().fit(X, table["class"], group=[3, 4])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(model="tree"), "model must be one of 'linear', 'mlp', got 'tree'"),
        (dict(penalty="l3"), "penalty must be one of"),
        (dict(alpha=-1.0), "alpha must be a number from 0"),
        (dict(l1_ratio=2.0), "l1_ratio must be a number from 0 to 1"),
        (dict(model="mlp", epochs=0), "epochs must be a whole number from 1"),
        (dict(model="mlp", batch_size=2.5), "batch_size must be a whole number from 1"),
        (dict(model="mlp", validation_fraction=1.0), "leaves none to fit"),
        (dict(model="mlp", hidden_layer_sizes=(0,)), "hidden_layer_sizes"),
        (dict(model="mlp", hidden_layer_sizes=8), "hidden_layer_sizes"),
    ],
)
def test_settings_out_of_range_are_named(table, settings, message):
    with pytest.raises(InvalidInput, match=message):
        lk.LossRegressor(**settings).fit(table["X"], table["real"])


@pytest.mark.parametrize("weight", [np.ones(7), np.zeros(300), -np.ones(300)])
def test_weights_out_of_range_are_named(table, weight):
    with pytest.raises(InvalidInput, match="sample_weight must hold 300 numbers >= 0"):
        lk.LossRegressor().fit(table["X"], table["real"], sample_weight=weight)


def test_what_has_no_minimum_diverges(table):
    for model in ("linear", "mlp"):
        with pytest.raises(Diverged, match="falls without end"):
            lk.LossRegressor(-1.0 * lk.absolute_error(), model=model).fit(table["X"], table["real"])
    with pytest.raises(Diverged, match="lower learning_rate"):
        lk.LossRegressor("poisson", **(NETWORK | dict(learning_rate=1e3))).fit(table["X"], table["count"])


def trains_on_rows(name):
    definition = factory(name).definition
    plain = len(definition.inputs) == 2 and len(definition.wrt) == 1
    kind = definition.trainable and plain and (definition.kind == "pointwise" or definition.class_input)
    lead = definition.inputs[definition.lead]
    if name in ("multiclass_hinge", "multi_margin"):  # refused: kinks lie between the scores of classes
        return False
    return kind and definition.kind in ("pointwise", "rowwise") and (lead.low, lead.high) == (-np.inf, np.inf)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # separable classes have no minimum
@pytest.mark.parametrize("name", [name for name in lk.names() if trains_on_rows(name)])
@pytest.mark.parametrize("df", [1, 1000])
def test_what_is_fitted_perfectly_does_not_diverge(name, df):
    loss = factory(name).example()
    X = np.random.default_rng(0).standard_t(df, size=(40, 3))
    score = 6.0 + X @ [0.5, -0.3, 0.2] * 5.0 / np.abs(X).max()
    if loss.definition.task == "regression":
        model, y = lk.LossRegressor(loss), loss.link(score)
    else:
        cuts = np.quantile(score, [1 / 3, 2 / 3] if loss.definition.class_input else [1 / 2])
        model, y = lk.LossClassifier(loss), np.digitize(score, cuts)
    model.fit(X, y)
    assert np.isfinite(model.coef_).all()
    if loss.definition.task == "regression":
        assert loss(model.raw_score(X), y) - loss(score, y) <= 1e-9


def test_breast_cancer_with_a_loss_of_margins():
    X, y = load_breast_cancer(return_X_y=True)
    for loss in ("hinge", "modified_huber", "squared_hinge"):
        model = make_pipeline(StandardScaler(), lk.LossClassifier(loss, penalty="l2", alpha=0.01))
        assert cross_val_score(model, X, y).mean() > 0.95
