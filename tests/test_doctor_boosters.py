"""Observation of LightGBM and XGBoost: training stays the same to the last bit, and the evidence is right."""

import contextlib

import lightgbm
import numpy as np
import pytest
import xgboost

import losskit as lk

pytestmark = pytest.mark.sweep
rng = np.random.default_rng(0)
X = rng.normal(size=(200, 4))
Y = 3.0 * X[:, 0] + rng.normal(size=200)
ROUNDS = 5
LOG = []


def train(host, objective, y=Y):
    """Raw predictions after a few rounds, and what the objective was called on at the end."""
    if host == "lightgbm":
        booster = lightgbm.train({"objective": objective, "verbose": -1}, lightgbm.Dataset(X, y), ROUNDS)
        return booster.predict(X)
    return xgboost.train({"max_depth": 3}, xgboost.DMatrix(X, y), ROUNDS, obj=objective).predict(xgboost.DMatrix(X))


def squared(scores, data):
    return scores - data.get_label(), np.ones_like(scores)


def codes(seen):
    return [found.code for found in seen.findings]


HOSTS = pytest.mark.parametrize("host", ["lightgbm", "xgboost"])


class Counts:
    """An objective that remembers: its gradient shrinks from call to call."""

    def __init__(self):
        self.calls = 0

    def __call__(self, scores, data):
        self.calls += 1
        return (scores - data.get_label()) / self.calls, np.ones_like(scores)

    def as_a_method(self, scores, data):
        return self(scores, data)


class OnlyHere:
    """One that cannot be copied, and whose sign is flipped after its first call."""

    calls = 0

    def __deepcopy__(self, memo):
        raise TypeError("there is one of me")

    def __call__(self, scores, data):
        self.calls += 1
        gradient, hessian = squared(scores, data)
        return (gradient if self.calls == 1 else -gradient), hessian


def counted():
    """A count in a closure, a generator of its own, and a global list."""
    calls, own = 0, np.random.default_rng(1)

    def objective(scores, data):
        nonlocal calls
        calls += 1
        LOG.append(calls)
        print(calls)
        return (scores - data.get_label() + own.normal(size=len(scores))) / len(LOG), np.ones_like(scores)

    return objective


def draws(scores, data):
    return scores - data.get_label() + 0.1 * np.random.standard_normal(len(scores)), np.ones_like(scores)


def changes_its_scores(scores, data):
    scores -= data.get_label()
    return scores, np.ones_like(scores)


@HOSTS
@pytest.mark.parametrize(
    "make",
    [
        lambda: squared,
        lambda: draws,
        lambda: changes_its_scores,
        counted,
        Counts,
        lambda: Counts().as_a_method,
        lambda: lambda scores, data: (data.get_label() - scores, np.ones_like(scores)),
    ],
    ids=["squared", "draws", "changes its scores", "counted", "counts", "method", "flipped"],
)
def test_training_is_the_same_to_the_last_bit(host, make, capsys):
    models, printed = [], []
    for observing in (contextlib.nullcontext(), lk.observe(quiet=True)):
        np.random.seed(0)
        LOG.clear()
        with observing as seen:
            models.append(train(host, make()))
        printed.append(capsys.readouterr().out)
    assert np.array_equal(*models)
    assert printed[0] == printed[1]
    assert seen.unexamined == []
    assert seen.calls == ROUNDS


class CountsForEstimators:
    """Called as estimators call, and remembering."""

    def __init__(self):
        self.calls = 0

    def __call__(self, y_true, y_pred):
        self.calls += 1
        return (y_pred - y_true) / self.calls, np.ones_like(y_pred)


ESTIMATORS = {
    "lightgbm": lambda f: lightgbm.LGBMRegressor(objective=f, n_estimators=ROUNDS, n_jobs=1, verbose=-1),
    "xgboost": lambda f: xgboost.XGBRegressor(objective=f, n_estimators=ROUNDS),
    "lightgbm losskit": lambda f: lk.LossLGBMRegressor(
        objective=lk.absolute_error(), n_estimators=5, n_jobs=1, verbose=-1
    ),
    "xgboost losskit": lambda f: lk.LossXGBRegressor(objective=lk.absolute_error(), n_estimators=5),
}


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_estimators_are_the_same_to_the_last_bit(estimator):
    models = []
    for observing in (contextlib.nullcontext(), lk.observe(quiet=True)):
        with observing as seen:
            models.append(ESTIMATORS[estimator](CountsForEstimators()).fit(X, Y).predict(X))
    assert np.array_equal(*models)
    assert (codes(seen), seen.unexamined) == ([], [])


def test_an_objective_that_cannot_be_copied_is_not_asked():
    with lk.observe(quiet=True) as seen:
        train("xgboost", OnlyHere())
    assert (codes(seen), seen.unexamined, seen.calls) == ([], [], ROUNDS)


@HOSTS
def test_the_losses_inside_an_objective_are_seen_in_the_training_alone(host):
    def objective(scores, data):
        loss, inputs = lk.huber(), (scores.astype(float), data.get_label().astype(float))
        return loss.gradient(*inputs), np.ones_like(scores)

    with lk.observe(quiet=True) as seen:
        train(host, objective)
    assert seen.calls == 2 * ROUNDS


@HOSTS
def test_the_evidence_is_what_was_seen(host):
    def flipped(scores, data):
        return data.get_label() - scores, np.ones_like(scores)

    with lk.observe(quiet=True) as seen:
        train(host, flipped)
    (found,) = seen.findings
    assert found.code == "LK801"
    assert found.file == __file__
    assert found.message.startswith("flipped pushes 100% of the scores away")
    assert found.evidence["gradient of scores moved up"] < 0.0 < found.evidence["of those moved down"]
    assert found.evidence["rows"] == len(Y)


@HOSTS
@pytest.mark.parametrize(
    "loss", ["huber", "quantile", "log_cosh", "binary_cross_entropy", "hinge", "poisson", "listnet"]
)
def test_the_sign_is_told_under_every_link(host, loss):
    """Regression, two classes, logarithms of counts, lists."""
    objective = {"lightgbm": lk.to_lightgbm, "xgboost": lk.to_xgboost}[host](lk.get(loss))
    labels = {"huber": Y, "quantile": Y, "log_cosh": Y, "poisson": np.round(np.exp(0.5 * Y)) + 50.0}
    y = labels.get(loss, (Y > 0.0) * 1.0)

    def flipped(scores, data):
        gradient, hessian = objective(scores, data)
        return -gradient, hessian

    with lk.observe(quiet=True) as seen:
        if host == "lightgbm":
            data = lightgbm.Dataset(X, y, group=np.full(20, 10) if loss == "listnet" else None)
            lightgbm.train({"objective": flipped, "verbose": -1}, data, 1)
        else:
            data = xgboost.DMatrix(X, y, qid=np.repeat(np.arange(20), 10) if loss == "listnet" else None)
            xgboost.train({}, data, 1, obj=flipped)
    assert codes(seen) == ["LK801"]


@HOSTS
def test_the_mean_is_told_by_a_third(host):
    def mean(scores, data):
        return (scores - data.get_label()) / len(scores), np.ones_like(scores)

    with lk.observe(quiet=True) as seen:
        train(host, mean)
    (found,) = seen.findings
    assert found.code == "LK804"
    assert found.evidence["their gradient is left"] == pytest.approx(1.0 / 3.0)
    assert found.evidence["their hessian"] == pytest.approx(1.0)


@HOSTS
@pytest.mark.parametrize("size", [1e-3, 1.0, 1e6])
@pytest.mark.parametrize("far", [0.0, 50.0])
@pytest.mark.parametrize("loss", ["squared_error", "cauchy", "welsch", "huber", "quantile"])
def test_size_and_place_of_the_targets_do_not_matter(host, size, far, loss):
    """Also where the loss bends down, and every score is far from its target."""
    loss = lk.get(loss)

    def objective(scores, data):
        scores, label = scores.astype(float), data.get_label().astype(float)
        return loss.gradient(scores, label), loss.curvature(scores, label)

    with lk.observe(quiet=True) as seen:
        train(host, objective, size * (Y + far))
    assert codes(seen) == []


@HOSTS
def test_a_single_class_of_labels_is_no_mistake(host):
    def logistic(scores, data):
        p = 1.0 / (1.0 + np.exp(-scores))
        return p - data.get_label(), p * (1.0 - p)

    for labels in (np.zeros(200), np.ones(200)):
        with lk.observe(quiet=True) as seen:
            train(host, logistic, labels)
        assert codes(seen) == []


@HOSTS
def test_each_objective_at_a_line_is_looked_at(host):
    def zero(scores, data):
        return squared(scores, data)[0], np.zeros_like(scores)

    with lk.observe(quiet=True) as seen:
        for objective in (squared, zero):
            train(host, objective)
    assert codes(seen) == ["LK802"]


def test_everything_is_put_back():
    before = lightgbm.Booster.update, lightgbm.LGBMClassifier.predict_proba, xgboost.Booster.update
    with lk.observe(quiet=True):
        assert lightgbm.Booster.update is not before[0]
    assert before == (lightgbm.Booster.update, lightgbm.LGBMClassifier.predict_proba, xgboost.Booster.update)
