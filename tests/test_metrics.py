"""Every metric against scikit-learn, under random, integer and 0/1 weights and with ties; then its edges."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn import metrics as sk

from losskit.chooser.metrics import METRICS, TASKS, get_metric, metric_names
from losskit.errors import InvalidInput, UnknownName

ROWS, CLASSES, DRAWS = 211, 4, 7


def rmse(y, p, sample_weight):
    return sk.mean_squared_error(y, p, sample_weight=sample_weight) ** 0.5


def rmsle(y, p, sample_weight):
    return sk.mean_squared_log_error(y, p, sample_weight=sample_weight) ** 0.5


def smape(y, p, sample_weight):
    return np.average(2 * np.abs(y - p) / (np.abs(y) + np.abs(p)), weights=sample_weight)


VALUES = {
    "rmse": rmse,
    "mae": sk.mean_absolute_error,
    "mape": sk.mean_absolute_percentage_error,
    "smape": smape,
    "rmsle": rmsle,
    "r2": sk.r2_score,
    "median_ae": sk.median_absolute_error,
    "pinball@0.9": lambda y, p, sample_weight: sk.mean_pinball_loss(y, p, sample_weight=sample_weight, alpha=0.9),
    "pinball@0.1": lambda y, p, sample_weight: sk.mean_pinball_loss(y, p, sample_weight=sample_weight, alpha=0.1),
    "poisson_deviance": sk.mean_poisson_deviance,
    "gamma_deviance": sk.mean_gamma_deviance,
}
LABELS = {
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "macro_f1": lambda y, p, sample_weight: sk.f1_score(y, p, sample_weight=sample_weight, average="macro"),
    "mcc": sk.matthews_corrcoef,
    "f1": sk.f1_score,
}
CHANCES = {
    "binary": {
        "roc_auc": sk.roc_auc_score,
        "average_precision": sk.average_precision_score,
        "log_loss": sk.log_loss,
        "brier": sk.brier_score_loss,
    },
    "multiclass": {
        "roc_auc": lambda y, p, sample_weight: sk.roc_auc_score(y, p, multi_class="ovr", sample_weight=sample_weight),
        "log_loss": sk.log_loss,
        "brier": sk.brier_score_loss,
        "top_2": lambda y, p, sample_weight: sk.top_k_accuracy_score(y, p, k=2, sample_weight=sample_weight),
        "top_1": lambda y, p, sample_weight: sk.top_k_accuracy_score(y, p, k=1, sample_weight=sample_weight),
    },
}


def weightings(rng, kind):
    if kind == "ones":
        return np.ones((1, ROWS))
    if kind == "random":
        return rng.exponential(size=(DRAWS, ROWS))
    return rng.integers(0, 3, size=(DRAWS, ROWS)).astype(float)


def agrees(name, reference, y, prediction, weights):
    expected = [reference(y, prediction, sample_weight=w) for w in weights]
    np.testing.assert_allclose(get_metric(name)(y, prediction, weights), expected, rtol=1e-12, atol=1e-14)
    # float32 weights, as the bootstrap draws them: the same figure to the noise of float32.
    light = weights.astype(np.float32)
    np.testing.assert_allclose(get_metric(name)(y, prediction, light), expected, rtol=3e-6, atol=3e-6)


@pytest.mark.parametrize("kind", ["ones", "random", "counts"])
@pytest.mark.parametrize("name", VALUES)
def test_values_agree_with_scikit_learn(name, kind):
    rng = np.random.default_rng(1)
    y = rng.gamma(2.0, size=ROWS)
    agrees(name, VALUES[name], y, y * rng.lognormal(0, 0.5, ROWS), weightings(rng, kind))


@pytest.mark.parametrize("kind", ["ones", "counts"])
@pytest.mark.parametrize("name", sorted(set(VALUES) - {"gamma_deviance", "mape", "smape"}))
def test_values_agree_with_many_ties_and_zeros(name, kind):
    rng = np.random.default_rng(2)
    y = rng.poisson(1.5, size=ROWS)
    agrees(name, VALUES[name], y, rng.integers(1, 4, ROWS).astype(float), weightings(rng, kind))


@pytest.mark.parametrize("kind", ["ones", "random", "counts"])
@pytest.mark.parametrize("task", ["binary", "multiclass"])
@pytest.mark.parametrize("name", LABELS)
def test_labels_agree_with_scikit_learn(name, task, kind):
    if task not in get_metric(name).tasks:
        with pytest.raises(InvalidInput):
            get_metric(name, task)
        return
    rng = np.random.default_rng(3)
    count = 2 if task == "binary" else CLASSES
    y = rng.integers(0, count, ROWS)
    label = np.where(rng.random(ROWS) < 0.6, y, rng.integers(0, count, ROWS))
    agrees(name, LABELS[name], y, label, weightings(rng, kind))


@pytest.mark.parametrize("decimals", [1, 9])
@pytest.mark.parametrize("kind", ["ones", "random", "counts"])
@pytest.mark.parametrize(("task", "name"), [(task, name) for task in CHANCES for name in CHANCES[task]])
def test_probabilities_agree_with_scikit_learn(task, name, kind, decimals):
    rng = np.random.default_rng(4)
    if task == "binary":
        y = rng.integers(0, 2, ROWS)
        p = np.round(np.clip(0.3 * y + rng.random(ROWS) * 0.7, 0, 1), decimals)
    else:
        y = rng.integers(0, CLASSES, ROWS)
        # Tenths that add up to 1 exactly enough for scikit-learn, with many ties.
        p = rng.multinomial(10 ** min(decimals, 6), rng.dirichlet(np.ones(CLASSES), ROWS) * 0.7 + 0.3 / CLASSES)
        p = p / p.sum(axis=1, keepdims=True)
    agrees(name, CHANCES[task][name], y, p, weightings(rng, kind))


def test_every_metric_is_compared_above():
    compared = {*VALUES, *LABELS, *CHANCES["binary"], *CHANCES["multiclass"]}
    assert set(METRICS) <= compared


def test_blocks_give_the_same_as_one_by_one(monkeypatch):
    rng = np.random.default_rng(5)
    y, p, weights = rng.normal(size=50), rng.normal(size=50), rng.exponential(size=(23, 50))
    whole = get_metric("median_ae")(y, p, weights)
    monkeypatch.setattr("losskit.chooser.metrics.BLOCK", 120)
    np.testing.assert_array_equal(get_metric("median_ae")(y, p, weights), whole)


@pytest.mark.parametrize("name", ["rmse", "mae", "r2", "median_ae"])
def test_huge_targets_do_not_overflow_in_float32(name):
    rng = np.random.default_rng(6)
    y, p = rng.normal(size=(2, 40))
    light = rng.exponential(size=(3, 40)).astype(np.float32)
    scale = 1.0 if name == "r2" else 1e30
    got = get_metric(name)(y * 1e30, p * 1e30, light)
    np.testing.assert_allclose(got, get_metric(name)(y, p, light) * scale, rtol=1e-5)


@pytest.mark.parametrize("name", ["rmsle", "poisson_deviance", "gamma_deviance"])
def test_predictions_outside_the_domain_are_floored(name):
    y = np.array([1.0, 2.0, 3.0])
    metric, ones = get_metric(name), np.ones((1, 3))
    negative = metric(y, np.array([1.0, 2.0, -5.0]), ones)
    assert np.isfinite(negative).all()
    assert negative == metric(y, np.array([1.0, 2.0, -1.0]), ones)
    assert negative > metric(y, np.array([1.0, 2.0, 0.5]), ones)


def test_a_poisson_target_of_zeros_only_is_finite():
    assert np.isfinite(get_metric("poisson_deviance")(np.zeros(3), np.array([0.0, 0.1, -1]), np.ones((1, 3)))).all()


def test_smape_of_zero_and_zero_is_zero():
    assert get_metric("smape")(np.zeros(2), np.array([0.0, 1.0]), np.ones((1, 2))) == 1.0


def test_saturated_float32_probabilities_cost_what_scikit_learn_says():
    y, p = np.array([0, 1, 1]), np.array([1.0, 1.0, 0.0], np.float32)
    assert get_metric("log_loss")(y, p, np.ones((1, 3)))[0] == pytest.approx(sk.log_loss(y, p), rel=1e-6)


def test_r2_of_a_constant_target_follows_scikit_learn():
    y, ones = np.full(4, 0.3), np.ones((1, 4))
    assert get_metric("r2")(y, y, ones) == sk.r2_score(y, y) == 1
    assert get_metric("r2")(y, y + 1, ones) == sk.r2_score(y, y + 1) == 0


def test_one_class_left_by_the_weights_is_nan_for_auc_and_defined_for_counts():
    y, p = np.array([0, 0, 1]), np.array([0.1, 0.9, 0.8])
    weights = np.array([[1.0, 1.0, 0.0]])
    assert np.isnan(get_metric("roc_auc")(y, p, weights)).all()
    assert get_metric("balanced_accuracy")(y, np.array([0, 1, 1]), weights) == 0.5
    assert get_metric("mcc")(y, np.zeros(3, int), weights) == 0


@pytest.mark.parametrize(("name", "y"), [("rmsle", [-1, 2]), ("poisson_deviance", [-1, 2]), ("gamma_deviance", [0, 2])])
def test_targets_outside_the_domain_raise_with_a_remedy(name, y):
    with pytest.raises(InvalidInput, match=name) as caught:
        get_metric(name).check_target(np.array(y, float))
    assert caught.value.remedy


def test_targets_inside_the_domain_pass():
    get_metric("rmsle").check_target(np.array([0.0, 2]))
    get_metric("poisson_deviance").check_target(np.array([0, 2]))
    get_metric("gamma_deviance").check_target(np.array([0.1, 2]))
    get_metric("mape").check_target(np.array([0.1, 2]))
    get_metric("roc_auc").check_target(np.array([0, 1]))


def test_mape_warns_of_zeros_and_classes_must_be_two():
    with pytest.warns(UserWarning, match="50"):
        get_metric("mape").check_target(np.array([0.0, 2]))
    with pytest.raises(InvalidInput):
        get_metric("accuracy").check_target(np.zeros(5, int))


def test_unknown_names_offer_the_nearest():
    with pytest.raises(UnknownName, match="rmse"):
        get_metric("rmes")
    with pytest.raises(UnknownName, match="balanced_accuracy"):
        get_metric("balanced_acuracy", "binary")


def test_a_metric_of_another_task_lists_those_that_fit():
    with pytest.raises(InvalidInput, match="roc_auc"):
        get_metric("mae", "binary")
    with pytest.raises(InvalidInput, match="macro_f1"):
        get_metric("f1", "multiclass")
    with pytest.raises(InvalidInput, match="regression, binary, multiclass"):
        get_metric("mae", "ranking")


@pytest.mark.parametrize("name", ["pinball", "pinball@", "pinball@1", "pinball@0", "pinball@nan", "pinball@x"])
def test_pinball_needs_a_level_inside_0_and_1(name):
    with pytest.raises(InvalidInput, match=r"pinball@0\.9"):
        get_metric(name)


@pytest.mark.parametrize("name", ["top_k", "top_0"])
def test_top_k_needs_a_count(name):
    with pytest.raises(InvalidInput, match="top_3"):
        get_metric(name)


def test_top_k_of_all_classes_is_refused():
    with pytest.raises(InvalidInput, match="always 1"):
        get_metric("top_3")(np.array([0, 1, 2]), np.eye(3), np.ones((1, 3)))


def test_shapes_are_checked():
    y = np.zeros(3)
    with pytest.raises(InvalidInput):
        get_metric("mae")(y, np.zeros((3, 1)), np.ones((1, 3)))
    with pytest.raises(InvalidInput):
        get_metric("mae")(y, np.zeros(4), np.ones((1, 3)))
    with pytest.raises(InvalidInput):
        get_metric("mae")(y, y, np.ones(3))
    with pytest.raises(InvalidInput):
        get_metric("mae")(y, y, -np.ones((1, 3)))


def test_names_by_task_are_all_found():
    assert all(get_metric(name, task).name == name for task in TASKS for name in metric_names(task))
    assert "pinball@0.9" in metric_names("regression")
    assert "top_3" in metric_names("multiclass")


def test_a_metric_is_a_value():
    metric = get_metric("pinball@0.25")
    assert metric == get_metric("pinball@0.250")
    assert pickle.loads(pickle.dumps(metric)) == metric


def test_importing_the_metrics_loads_nothing_heavy():
    code = "import sys, losskit.chooser.metrics; print({'scipy', 'sklearn', 'pandas', 'torch'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
