"""Decision rules: what is learnt is the best there is, ties stay near to leaving things alone, nothing leaks."""

import numpy as np
import pytest

from losskit.chooser import rules
from losskit.chooser.metrics import get_metric

RNG = np.random.default_rng(0)


def skewed_scores(n=600, rate=0.15):
    y = (RNG.random(n) < rate).astype(np.int64)
    return y, np.clip(RNG.normal(0.15 + 0.2 * y, 0.12), 0.001, 0.999)


@pytest.mark.parametrize("name", ["f1", "balanced_accuracy", "mcc", "accuracy", "macro_f1"])
def test_a_threshold_is_about_the_best_of_all_cuts(name):
    metric, (y, p) = get_metric(name), skewed_scores()
    cut = rules.learn("threshold", metric, y, p)
    learnt = rules.value(metric, y, rules.apply("threshold", cut, metric, p))
    best = max(rules.value(metric, y, (p > c).astype(int)) for c in np.unique(p))
    assert best - 0.01 <= learnt <= best


def test_a_threshold_that_changes_nothing_is_one_half():
    y = np.array([0, 0, 1, 1] * 10)
    p = np.array([0.2, 0.3, 0.7, 0.8] * 10)
    assert rules.learn("threshold", get_metric("f1"), y, p) == 0.5


def test_offsets_help_the_rare_class_of_balanced_accuracy():
    metric = get_metric("balanced_accuracy")
    y = RNG.choice(3, 900, p=[0.8, 0.15, 0.05])
    logits = RNG.normal(size=(900, 3)) + 1.2 * np.eye(3)[y] + np.log([0.8, 0.15, 0.05])
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    offsets = rules.learn("threshold", metric, y, p)
    plain = rules.value(metric, y, p.argmax(1))
    tuned = rules.value(metric, y, rules.apply("threshold", offsets, metric, p))
    assert offsets.shape == (3,)
    assert offsets[2] > offsets[0]
    assert tuned > plain + 0.1


def test_a_shift_takes_the_mean_to_the_quantile():
    y = RNG.normal(size=4000)
    metric = get_metric("pinball@0.9")
    shift = rules.learn("shift", metric, y, np.zeros(4000))
    assert shift == pytest.approx(np.quantile(y, 0.9), abs=0.05)
    np.testing.assert_array_equal(rules.apply("shift", shift, metric, np.ones(3)), np.ones(3) + shift)


def test_a_shift_of_what_is_already_right_is_zero():
    y = np.repeat([1.0, 2.0, 3.0], 20)
    assert rules.learn("shift", get_metric("mae"), y, y.copy()) == 0.0


def test_a_factor_is_found():
    prediction = RNG.uniform(1, 5, 500)
    factor = rules.learn("scale", get_metric("mape"), 1.5 * prediction, prediction)
    assert factor == pytest.approx(1.5, rel=0.02)


def test_without_a_rule_probabilities_become_labels_only_where_labels_are_judged():
    p = np.array([0.2, 0.5, 0.7])
    np.testing.assert_array_equal(rules.apply("argmax", None, get_metric("accuracy"), p), [0, 0, 1])
    np.testing.assert_array_equal(rules.apply("none", None, get_metric("log_loss"), p), p)


def test_a_metric_that_is_undefined_counts_as_worst():
    assert rules.value(get_metric("roc_auc"), np.ones(4, int), np.full(4, 0.5)) == -np.inf
