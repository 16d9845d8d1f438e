"""The short list: what is always in it, what theory adds, what is refused."""

import itertools

import numpy as np
import pandas as pd
import pytest

from losskit.chooser.candidates import MOST, baseline_key, not_tried, short_list
from losskit.chooser.metrics import get_metric, metric_names
from losskit.chooser.task import detect_task
from losskit.chooser.traits import detect_traits
from losskit.core import registry
from losskit.errors import InvalidInput, UnknownName

R = np.random.default_rng(0)
N = 400
FRAME = pd.DataFrame({"a": np.arange(N)})
TARGETS = {
    "normal": R.normal(size=N),
    "heavy": R.standard_t(1.5, size=N),
    "skewed": R.lognormal(3, 1, N),
    "counts": R.negative_binomial(2, 0.05, N),
    "claims": np.where(R.random(N) < 0.7, 0.0, R.gamma(2.0, size=N)),
    "binary": R.random(N) < 0.4,
    "rare": R.random(N) < 0.05,
    "classes": R.choice(list("abcd"), N),
}
PAIRS = [
    (name, metric)
    for name, target in TARGETS.items()
    for metric in metric_names(detect_task(np.asarray(target)).kind)
    if not (metric in {"rmsle", "poisson_deviance"} and np.min(target) < 0)
    and not (metric == "gamma_deviance" and np.min(target) <= 0)
]


def listed(name: str, metric: str, **options):
    task = detect_task(np.asarray(TARGETS[name]))
    return task, short_list(task, detect_traits(task, FRAME), metric, task.y, **options)


def keys(name: str, metric: str, **options) -> list[str]:
    return [candidate.key for candidate in listed(name, metric, **options)[1]]


@pytest.mark.parametrize(("name", "metric"), PAIRS)
def test_every_list_is_short_led_by_the_default_and_can_be_made(name, metric):
    task, candidates = listed(name, metric)
    usual = {"regression": "squared_error", "binary": "binary_cross_entropy", "multiclass": "cross_entropy"}[task.kind]
    assert candidates[0].key == candidates[0].loss == usual
    assert candidates[0].rule == ("argmax" if get_metric(metric).needs == "label" else "none")
    assert 2 <= len(candidates) <= MOST
    assert len({candidate.key for candidate in candidates}) == len(candidates)
    assert baseline_key(candidates, metric) in {candidate.key for candidate in candidates}
    for candidate in candidates:
        registry.get(candidate.loss, **candidate.resolve(task.y))
        assert candidate.tag in {"consistent", "surrogate", "heuristic"}
        assert candidate.why.endswith(".")
        assert candidate.source
        if candidate.rule != "none":
            assert (candidate.rule in {"threshold", "argmax"}) == (get_metric(metric).needs == "label")


@pytest.mark.parametrize(("name", "metric"), PAIRS)
def test_what_is_listed_and_what_is_not_make_up_the_catalogue(name, metric):
    task, candidates = listed(name, metric)
    left = not_tried(task, detect_traits(task, FRAME), metric, task.y, candidates)
    both = {loss for loss, _ in left} | {candidate.loss for candidate in candidates}
    regression = {"squared_error", "huber", "poisson", "tweedie", "tukey", "msle"}
    binary = {"binary_cross_entropy", "focal", "hinge", "brier", "zero_one"}
    several = {"cross_entropy", "softmax_focal", "logit_adjusted"}
    expected, *others = {
        "regression": (regression, binary, several),
        "binary": (binary, regression, several),
        "multiclass": (several, regression, binary),
    }[task.kind]
    assert expected <= both
    assert not both & set.union(*others)
    assert not {loss for loss, _ in left} & {candidate.loss for candidate in candidates}
    assert all(why for _, why in left)


@pytest.mark.parametrize(
    ("name", "metric", "expected"),
    [
        ("normal", "mae", "absolute_error"),
        ("normal", "mae", "squared_error + learned shift"),
        ("normal", "pinball@0.9", "quantile(level=0.9)"),
        ("normal", "pinball@0.9", "squared_error + learned shift"),
        ("skewed", "mape", "mape"),
        ("skewed", "mape", "squared_error + learned scale"),
        ("skewed", "rmsle", "log_squared_error"),
        ("skewed", "rmse", "tweedie(power=1.5)"),
        ("skewed", "median_ae", "mape"),
        ("skewed", "gamma_deviance", "gamma"),
        ("heavy", "rmse", "huber(delta=1.345 MAD)"),
        ("counts", "rmse", "poisson"),
        ("counts", "poisson_deviance", "tweedie(power=1.5)"),
        ("claims", "rmse", "tweedie(power=1.5)"),
        ("rare", "f1", "binary_cross_entropy + tuned threshold"),
        ("rare", "f1", "binary_cross_entropy(pos_weight=neg/pos)"),
        ("binary", "log_loss", "brier"),
        ("classes", "balanced_accuracy", "logit_adjusted(prior=class shares)"),
        ("classes", "macro_f1", "cross_entropy(class_weight=balanced)"),
    ],
)
def test_theory_proposes(name, metric, expected):
    assert expected in keys(name, metric)


def test_the_rarely_useful_stay_out_unless_called_for():
    for name, metric in PAIRS:
        losses = {candidate.loss for candidate in listed(name, metric)[1]}
        assert not losses & {"hinge", "focal", "softmax_focal", "perceptron", "msle", "log_cosh"}
        if name in {"normal", "counts", "claims"}:
            assert "huber" not in losses
        if metric != "gamma_deviance":
            assert "gamma" not in losses


def test_losses_that_the_target_forbids_stay_out():
    for metric in ("rmse", "mae", "mape", "smape", "median_ae", "pinball@0.5"):
        losses = {candidate.loss for candidate in listed("normal", metric)[1]}
        assert not losses & {"poisson", "tweedie", "gamma", "log_squared_error", "msle"}
    assert "mape" not in {candidate.loss for candidate in listed("claims", "mape")[1]}


def test_the_baseline_of_a_hard_decision_has_its_threshold_tuned():
    for name, metric, baseline in [
        ("rare", "f1", "binary_cross_entropy + tuned threshold"),
        ("binary", "accuracy", "binary_cross_entropy + tuned threshold"),
        ("binary", "roc_auc", "binary_cross_entropy"),
        ("classes", "accuracy", "cross_entropy + tuned threshold"),
        ("classes", "log_loss", "cross_entropy"),
        ("normal", "pinball@0.9", "squared_error"),
    ]:
        assert baseline_key(listed(name, metric)[1], metric) == baseline
    _, candidates = listed("rare", "f1", default="focal(gamma=3)")
    assert candidates[0].key == "focal(gamma=3)"
    assert baseline_key(candidates, "f1") == "focal(gamma=3) + tuned threshold"


def test_the_default_can_be_overruled_and_appears_once():
    found = keys("normal", "mae", default="absolute_error")
    assert found[:2] == ["absolute_error", "absolute_error + learned shift"]
    assert found.count("absolute_error") == 1


def test_what_is_asked_for_comes_last_and_once():
    plain = keys("normal", "mae")
    assert keys("normal", "mae", asked=["l1", "absolute_error"]) == plain
    assert keys("normal", "mae", asked=["huber", "huber(delta=2)"]) == [
        *plain,
        "huber(delta=1.345 MAD)",
        "huber(delta=2)",
    ]
    _, candidates = listed("rare", "f1", asked=["hinge", "brier"])
    assert [candidate.key for candidate in candidates].count("hinge + tuned threshold") == 1
    assert [candidate.loss for candidate in candidates].count("brier") == 1
    assert candidates[-1].why.startswith("Asked for.")
    full = keys("skewed", "median_ae", asked=["fair", "welsch", "quantile", "log_cosh"])
    assert len(full) == len(keys("skewed", "median_ae")) + 4
    assert "quantile(level=0.9)" in keys("normal", "pinball@0.9", asked=["quantile"])
    assert "logit_adjusted(prior=class shares)" in keys("classes", "log_loss", asked=["logit_adjusted"])


def test_every_fitting_loss_can_be_asked_for():
    for name, metric in [("skewed", "rmse"), ("rare", "f1"), ("classes", "accuracy")]:
        task, candidates = listed(name, metric)
        left = not_tried(task, detect_traits(task, FRAME), metric, task.y, candidates)
        asked = [loss for loss, why in left if loss != "zero_one" and "raw scores" not in why]
        _, longer = listed(name, metric, asked=asked)
        assert {candidate.loss for candidate in longer} >= set(asked)
        for candidate in longer:
            registry.get(candidate.loss, **candidate.resolve(task.y))


@pytest.mark.parametrize(
    ("name", "metric", "loss", "message"),
    [
        ("normal", "mae", "focal", "it is for binary, and the task is regression"),
        ("normal", "mae", "poisson", "at least 0"),
        ("claims", "mae", "gamma", "above 0; the smallest is 0"),
        ("claims", "mae", "mape", "divides by the target"),
        ("counts", "mae", "poisson_rate", "it takes numbers > 0, and a model here gives raw scores"),
        ("rare", "f1", "binary_cross_entropy_probs", "it takes probabilities"),
        ("classes", "accuracy", "nll", "it takes logarithms of class probabilities"),
        ("rare", "f1", "zero_one", "no gradient"),
        ("rare", "log_loss", "hinge", "no probabilities"),
        ("normal", "mae", "huber(delta)", "cannot read"),
        ("normal", "mae", "huber(delta=-1)", "delta"),
    ],
)
def test_losses_that_do_not_fit_are_refused_with_a_remedy(name, metric, loss, message):
    with pytest.raises(InvalidInput, match=r".") as caught:
        listed(name, metric, asked=[loss])
    assert message in caught.value.message
    assert caught.value.remedy
    with pytest.raises(InvalidInput):
        listed(name, metric, default=loss)


def test_names_that_do_not_exist_are_met_with_the_nearest():
    with pytest.raises(UnknownName, match="huber"):
        listed("normal", "mae", asked=["hubert"])
    with pytest.raises(UnknownName, match="delta"):
        listed("normal", "mae", asked=["huber(dleta=1)"])
    with pytest.raises(UnknownName, match="log_loss"):
        listed("rare", "logloss")


def test_scales_follow_the_training_rows():
    huber = listed("heavy", "rmse")[1][1:]
    (huber,) = [candidate for candidate in huber if candidate.loss == "huber"]
    y = R.normal(size=20_000)
    assert huber.resolve(y)["delta"] == pytest.approx(1.345, rel=0.03)
    assert huber.resolve(1000 * y + 5)["delta"] == pytest.approx(1000 * huber.resolve(y)["delta"])
    mostly_zero = np.where(np.arange(100) < 70, 0.0, 1.0)
    assert huber.resolve(mostly_zero)["delta"] > 0
    assert huber.resolve(np.zeros(5))["delta"] > 0


def test_class_rules_follow_the_training_rows():
    ids = np.repeat([0, 1, 2, 3], [50, 30, 20, 0])
    by_loss = {candidate.key: candidate for candidate in listed("classes", "macro_f1")[1]}
    prior = by_loss["logit_adjusted(prior=class shares)"].resolve(ids)["prior"]
    np.testing.assert_allclose(prior, np.array([50, 30, 20, 0.5]) / 100.5)
    weights = by_loss["cross_entropy(class_weight=balanced)"].resolve(ids[:80])["class_weight"]
    assert weights[0] / weights[1] == pytest.approx(30 / 50)
    (weighted,) = [c for c in listed("rare", "f1")[1] if c.key == "binary_cross_entropy(pos_weight=neg/pos)"]
    assert weighted.resolve(np.repeat([0, 1], [90, 10]))["pos_weight"] == pytest.approx(9.0)


def test_lists_do_not_depend_on_chance():
    for name, metric in itertools.islice(PAIRS, 0, None, 7):
        assert listed(name, metric)[1] == listed(name, metric)[1]
