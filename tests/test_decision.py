"""The verdict of `choose`: its rule, its signs, its edges, and that it raises few false alarms."""

from dataclasses import replace

import numpy as np
import pytest

from losskit.chooser.decision import confirm_on_holdout, decide
from losskit.chooser.metrics import get_metric
from losskit.errors import InvalidInput, UnknownName

REPEATS, FOLDS = 3, 5
MAE = get_metric("mae")


def folds(rng, rows):
    return np.stack([rng.permutation(rows) % FOLDS for _ in range(REPEATS)])


def world(data_seed, rows, errors):
    """Target, folds and predictions whose errors have these sizes; the errors of two candidates are alike."""
    rng = np.random.default_rng(data_seed)
    y, shared = rng.normal(size=rows), rng.normal(size=rows)
    predictions = {
        key: size * (0.9 * shared + 0.44 * rng.normal(size=rows)) + 0.05 * rng.normal(size=(REPEATS, rows))
        for key, size in errors.items()
    }
    return y, folds(rng, rows), predictions


def judge(data_seed, rows, errors, **options):
    y, fold_of, predictions = world(data_seed, rows, errors)
    return decide(MAE, y, fold_of, predictions, baseline="default", **options)


def test_a_clear_gain_is_better():
    decision = judge(0, 600, {"default": 0.8, "good": 0.2, "equal": 0.8})
    assert (decision.verdict, decision.winner, decision.pick, decision.pick_proven) == ("better", "good", "good", True)
    good, default = decision.candidates["good"], decision.candidates["default"]
    assert good.gain == pytest.approx(1 - good.value / default.value)
    assert good.t == pytest.approx((good.gain - 0.01) / good.se)
    assert good.t > decision.q >= 1.645
    assert good.p_better > 0.99
    assert good.holm_p < 0.01
    assert good.bayes[0] > 0.95
    assert good.advantage == pytest.approx(good.gain - good.se**2 / good.gain)
    assert good.advantage_lower == pytest.approx(good.gain - decision.q * good.se)
    assert good.interval[0] < good.value < good.interval[1]
    assert good.fold_gains.shape == (REPEATS, FOLDS)
    assert np.all(good.fold_gains > 0)


def test_a_clear_loss_is_the_same_and_the_baseline_is_kept():
    decision = judge(0, 600, {"default": 0.2, "bad": 0.8})
    bad = decision.candidates["bad"]
    assert (decision.verdict, decision.winner, decision.pick) == ("same", None, "default")
    assert bad.gain < -0.1
    assert bad.p_worse > 0.99
    assert bad.advantage == 0
    assert bad.holm_p > 0.99
    assert bad.bayes[2] > 0.95


def test_shares_of_the_gain_add_up():
    for c in judge(3, 200, {"default": 0.8, "a": 0.7, "b": 0.8}).candidates.values():
        assert c.p_better + c.p_same + c.p_worse == pytest.approx(1)
        assert sum(c.bayes) == pytest.approx(1)


@pytest.mark.parametrize(("name", "absolute"), [("roc_auc", False), ("brier", False), ("mcc", True)])
def test_positive_is_better_whatever_the_direction(name, absolute):
    metric = get_metric(name)
    rng = np.random.default_rng(1)
    logit = rng.normal(size=500) * 2
    y = (rng.random(500) < 1 / (1 + np.exp(-logit))).astype(int)
    raw = {"default": logit + 2 * rng.normal(size=(REPEATS, 500)), "good": np.tile(logit, (REPEATS, 1))}
    made = {k: (r > 0).astype(int) if metric.needs == "label" else 1 / (1 + np.exp(-r)) for k, r in raw.items()}
    good = decide(metric, y, folds(rng, 500), made, baseline="default").candidates["good"]
    base = np.mean([metric(y, p, np.ones((1, 500)))[0] for p in made["default"]])
    difference = abs(good.value - base)
    assert good.gain == pytest.approx(difference if absolute else difference / base)


def test_multiclass_probabilities_are_accepted():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 3, 300)
    vague, sharp = np.full((REPEATS, 300, 3), 1 / 3), np.tile(0.1 + 0.7 * np.eye(3)[y], (REPEATS, 1, 1))
    decision = decide(
        get_metric("log_loss"), y, folds(rng, 300), {"default": vague, "sharp": sharp}, baseline="default"
    )
    assert decision.winner == "sharp"


def test_the_same_seed_gives_the_same_decision():
    errors = {"default": 0.8, "a": 0.7, "b": 0.8}
    assert judge(4, 300, errors, seed=5) == judge(4, 300, errors, seed=5)
    assert judge(4, 300, errors, seed=5) != judge(4, 300, errors, seed=6)


def test_the_order_of_candidates_changes_nothing():
    y, fold_of, predictions = world(5, 300, {"default": 0.8, "a": 0.6, "b": 0.75, "c": 0.85})
    forward = decide(MAE, y, fold_of, predictions, baseline="default")
    backward = decide(MAE, y, fold_of, dict(reversed(predictions.items())), baseline="default")
    assert replace(forward, candidates={}) == replace(backward, candidates={})
    assert forward.candidates == backward.candidates


def test_identical_predictions_gain_exactly_nothing():
    y, fold_of, predictions = world(6, 300, {"default": 0.8})
    predictions["copy"] = predictions["default"].copy()
    decision = decide(MAE, y, fold_of, predictions, baseline="default")
    copy = decision.candidates["copy"]
    assert (copy.gain, copy.se, copy.advantage, copy.p_same, copy.bayes) == (0, 0, 0, 1, (0, 1, 0))
    assert copy.t == -np.inf
    assert copy.holm_p == 1
    assert (decision.verdict, decision.pick) == ("same", "default")


def test_copies_do_not_hide_a_winner():
    y, fold_of, predictions = world(0, 600, {"default": 0.8, "good": 0.2})
    predictions["copy"] = predictions["default"].copy()
    assert decide(MAE, y, fold_of, predictions, baseline="default").winner == "good"


def test_fewer_than_100_rows_prove_nothing():
    few = judge(7, 99, {"default": 1.5, "good": 0.05})
    assert few.candidates["good"].t > few.q
    assert (few.verdict, few.winner, few.pick, few.pick_proven, few.too_few_rows) == (
        "unclear",
        None,
        "good",
        False,
        True,
    )
    enough = judge(7, 100, {"default": 1.5, "good": 0.05})
    assert enough.verdict == "better"
    assert not enough.too_few_rows


def test_a_wider_rope_asks_for_more():
    errors = {"default": 0.8, "good": 0.5}
    gain = judge(8, 1500, errors).candidates["good"].gain
    assert judge(8, 1500, errors, rope=0.01).verdict == "better"
    assert judge(8, 1500, errors, rope=gain).verdict == "unclear"
    assert judge(8, 1500, errors, rope=gain + 0.1).verdict == "same"


def test_an_unclear_pick_needs_a_gain_above_its_standard_error():
    seen = set()
    for seed in range(40):
        decision = judge(seed, 120, {"default": 0.8, "a": 0.78, "b": 0.8})
        if decision.verdict != "unclear":
            continue
        top = max(decision.candidates.values(), key=lambda c: c.gain)
        expected = top.key if top.gain > top.se else "default"
        assert decision.pick == expected
        assert not decision.pick_proven
        assert decision.winner is None
        seen.add(expected == "default")
    assert seen == {True, False}


def test_same_needs_every_upper_bound_below_the_rope():
    verdicts = set()
    for seed in range(20):
        decision = judge(seed, 300, {"default": 0.5, "a": 0.5, "b": 0.62})
        rivals = [decision.candidates[key] for key in ("a", "b")]
        bounded = all(c.gain + 1.645 * c.se < 0.01 for c in rivals)
        assert (decision.verdict == "same") == bounded
        verdicts.add((decision.verdict, all(c.gain < 0.01 for c in rivals)))
    assert {("same", True), ("unclear", True)} <= verdicts


def test_more_candidates_raise_the_threshold():
    few = judge(9, 300, {"default": 0.8, "a": 0.8})
    many = judge(9, 300, {"default": 0.8, **{f"c{i}": 0.8 for i in range(20)}})
    assert many.q > few.q + 0.3


def test_the_standard_error_joins_rows_and_folds():
    """By hand: the sd of the bootstrapped gain, and the sd over folds of the gains averaged over repeats."""
    y, fold_of, predictions = world(10, 150, {"default": 0.8, "a": 0.6})
    decision = decide(MAE, y, fold_of, predictions, baseline="default", draws=4000)
    error = {key: np.abs(y - p) for key, p in predictions.items()}
    weights = np.random.default_rng(77).exponential(size=(4000, 150))
    drawn = {key: (weights @ e.mean(axis=0)) / weights.sum(axis=1) for key, e in error.items()}
    boot = np.std(1 - drawn["a"] / drawn["default"])
    fold = {
        key: np.array([[e[r, fold_of[r] == k].mean() for k in range(FOLDS)] for r in range(REPEATS)])
        for key, e in error.items()
    }
    gains = 1 - fold["a"] / fold["default"]
    np.testing.assert_allclose(decision.candidates["a"].fold_gains, gains, rtol=1e-12)
    expected = np.sqrt(boot**2 + np.var(gains.mean(axis=0), ddof=1) / FOLDS)
    assert decision.candidates["a"].se == pytest.approx(expected, rel=0.03)


def test_the_corrected_t_follows_its_formula():
    from scipy import stats

    decision = judge(11, 200, {"default": 0.8, "a": 0.75})
    gains = decision.candidates["a"].fold_gains.ravel()
    scale = np.sqrt(gains.var(ddof=1) * (1 / len(gains) + 1 / (FOLDS - 1)))
    posterior = stats.t(len(gains) - 1, gains.mean(), scale)
    assert decision.candidates["a"].holm_p == pytest.approx(posterior.cdf(0))
    assert decision.candidates["a"].bayes == pytest.approx(
        (posterior.sf(0.01), posterior.cdf(0.01) - posterior.cdf(-0.01), posterior.cdf(-0.01))
    )


def test_holm_multiplies_by_the_hypotheses_left():
    y, fold_of, both = world(12, 200, {"default": 0.8, "a": 0.6, "b": 1.2})
    alone = {key: p for key, p in both.items() if key != "b"}
    one, two = (decide(MAE, y, fold_of, predictions, baseline="default") for predictions in (alone, both))
    assert one.candidates["a"].holm_p < 0.4
    assert two.candidates["a"].holm_p == pytest.approx(2 * one.candidates["a"].holm_p)
    assert two.candidates["b"].holm_p == pytest.approx(1, abs=1e-3)
    assert two.candidates["default"].holm_p == 1


def test_a_baseline_of_zero_gives_finite_gains():
    rng = np.random.default_rng(13)
    y = rng.normal(size=200)
    predictions = {"default": np.tile(y, (REPEATS, 1)), "off": np.tile(y + 0.5, (REPEATS, 1))}
    off = decide(MAE, y, folds(rng, 200), predictions, baseline="default").candidates["off"]
    assert off.gain == pytest.approx(-0.5)
    assert np.isfinite([off.se, off.p_worse]).all()


def test_folds_without_a_positive_are_left_out():
    rng = np.random.default_rng(14)
    y = np.zeros(150, int)
    y[:3] = 1
    p = {"default": rng.random((REPEATS, 150)), "a": rng.random((REPEATS, 150))}
    decision = decide(get_metric("roc_auc"), y, folds(rng, 150), p, baseline="default")
    a = decision.candidates["a"]
    assert np.isnan(a.fold_gains).any()
    assert np.isfinite([a.gain, a.se, a.t, a.holm_p, *a.bayes, *a.interval]).all()


def test_nothing_to_compare_is_unclear():
    decision = judge(15, 200, {"default": 0.8})
    assert (decision.verdict, decision.pick, decision.pick_proven) == ("unclear", "default", False)


# --- The hold-out ---------------------------------------------------------------------------------------------------


def held_out(better, rows=200):
    rng = np.random.default_rng(16)
    y = rng.normal(size=rows)
    return y, {"default": 0.8 * rng.normal(size=rows), "good": better * rng.normal(size=rows)}


def test_a_holdout_that_agrees_leaves_the_verdict():
    decision = judge(0, 600, {"default": 0.8, "good": 0.2})
    confirmed = confirm_on_holdout(decision, MAE, *held_out(0.2))
    assert confirmed.verdict == "better"
    assert confirmed.winner == "good"
    assert not confirmed.holdout.took_back
    assert confirmed.holdout.gains["good"] > 0 == confirmed.holdout.gains["default"]
    assert replace(confirmed, holdout=None) == decision


def test_a_winner_that_loses_on_the_holdout_becomes_unclear():
    decision = judge(0, 600, {"default": 0.8, "good": 0.2})
    taken = confirm_on_holdout(decision, MAE, *held_out(2.0))
    assert (taken.verdict, taken.winner, taken.pick_proven) == ("unclear", None, False)
    assert taken.holdout.took_back
    assert taken.holdout.gains["good"] < 0
    assert taken.pick == "good"  # by the rule for unclear comparisons: its gain exceeds its standard error


def test_a_holdout_never_makes_a_claim():
    decision = judge(0, 600, {"default": 0.2, "good": 0.8})
    assert decision.verdict == "same"
    confirmed = confirm_on_holdout(decision, MAE, *held_out(0.1))
    assert (confirmed.verdict, confirmed.pick) == ("same", "default")


def test_a_holdout_without_the_winner_is_refused():
    decision = judge(0, 600, {"default": 0.8, "good": 0.2})
    y, predictions = held_out(0.2)
    with pytest.raises(UnknownName, match="good"):
        confirm_on_holdout(decision, MAE, y, {"default": predictions["default"]})


# --- Inputs ---------------------------------------------------------------------------------------------------------


def test_inputs_are_checked():
    y, fold_of, predictions = world(0, 120, {"default": 0.8, "a": 0.5})
    with pytest.raises(UnknownName):
        decide(MAE, y, fold_of, predictions, baseline="defualt")
    with pytest.raises(InvalidInput, match="fold_of"):
        decide(MAE, y, fold_of[0], predictions, baseline="default")
    with pytest.raises(InvalidInput, match="rows per fold"):
        decide(MAE, y, np.where(fold_of == 1, 0, fold_of), predictions, baseline="default")
    with pytest.raises(InvalidInput, match="'a'"):
        decide(MAE, y, fold_of, {**predictions, "a": predictions["a"][:2]}, baseline="default")
    with pytest.raises(InvalidInput, match="finite"):
        decide(MAE, y, fold_of, {**predictions, "a": predictions["a"] * np.nan}, baseline="default")
    with pytest.raises(InvalidInput, match="ROPE"):
        decide(MAE, y, fold_of, predictions, baseline="default", rope=-0.1)


# --- Promises, at a small scale -------------------------------------------------------------------------------------


def rate(verdict, errors, rows, count=60):
    return np.mean([judge(seed, rows, errors, draws=400).verdict == verdict for seed in range(count)])


def test_false_alarms_are_few():
    assert rate("better", {"default": 0.6, **{f"c{i}": 0.6 for i in range(8)}}, 300) <= 0.04


def test_a_gain_of_ten_per_cent_is_found():
    errors = {"default": 0.6, "good": 0.32, **{f"c{i}": 0.6 for i in range(7)}}
    assert rate("better", errors, 1000) >= 0.85
    assert rate("same", errors, 300) <= 0.03
