"""The study: rungs, failures, what is dropped, what a deadline or Ctrl-C leaves behind, no leaks between rows."""

import time

import numpy as np
import pytest

from losskit.chooser import study
from losskit.chooser.candidates import Candidate
from losskit.chooser.folds import make_folds
from losskit.chooser.metrics import get_metric
from losskit.chooser.scaled import ScaledByMAD
from losskit.chooser.study import Plan, run
from losskit.errors import InvalidInput


def candidate(loss, rule="none", key=None, **params):
    return Candidate(key or loss, loss, params, rule, "heuristic", "Why not.", "Nobody 1900")


def regression(n=150, seed=0, noise=1.0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3)).astype(np.float32)
    return X, X @ np.array([2.0, -1.0, 0.0]) + noise * rng.standard_t(3, size=n)


def plan_of(X, y, candidates, *, metric="mae", task="regression", folds=4, repeats=2, model="linear", classes=0):
    return Plan(
        X=X,
        y=y,
        task=task,
        classes=classes,
        metric=get_metric(metric, task),
        candidates=tuple(candidates),
        baseline=candidates[0].key,
        fold_of=make_folds(y, task, folds, repeats, 0),
        model=model,
        rope=0.01,
        seed=0,
    )


USUAL = (candidate("squared_error"), candidate("absolute_error"), candidate("huber", delta=ScaledByMAD(1.345)))


def test_every_row_is_predicted_by_models_that_never_saw_it():
    X, y = regression()
    plan = plan_of(X, y, USUAL, repeats=1)
    found = run(plan)
    changed = np.array(y)
    changed[7] += 1e3  # a row's own target must not move its own prediction
    other = run(Plan(**{**plan.__dict__, "y": changed}))
    for key in ("squared_error", "absolute_error"):
        before, after = found.predictions[key][0], other.predictions[key][0]
        same_fold = plan.fold_of[0] == plan.fold_of[0][7]
        np.testing.assert_allclose(after[same_fold], before[same_fold], rtol=1e-4)
        assert not np.allclose(after[~same_fold], before[~same_fold], rtol=1e-3)


def test_out_of_fold_predictions_are_close_to_plain_least_squares():
    X, y = regression(400, noise=0.1)
    plan = plan_of(X, y, USUAL, repeats=1)
    prediction = run(plan).predictions["squared_error"][0]
    for fold in range(plan.folds):
        train, out = plan.fold_of[0] != fold, plan.fold_of[0] == fold
        design = np.column_stack([X, np.ones(len(X))])
        weights = np.linalg.lstsq(design[train], y[train], rcond=None)[0]
        np.testing.assert_allclose(prediction[out], design[out] @ weights, atol=0.1)


def test_a_rule_shares_the_training_of_its_loss_and_costs_no_lanes(monkeypatch):
    X, y = regression()
    counts = []

    def counting(X, y, lanes, **options):
        counts.append(len(lanes))
        return trainer(X, y, lanes, **options)

    trainer = study.train_lanes
    monkeypatch.setattr(study, "train_lanes", counting)
    shifted = candidate("squared_error", "shift", "squared_error + learned shift")
    found = run(plan_of(X, y, (USUAL[0], shifted), repeats=1))
    assert counts == [4 * len(study.SETTINGS["linear"])]
    np.testing.assert_array_equal(found.predictions["squared_error"], found.predictions[shifted.key])
    assert not np.array_equal(found.answers["squared_error"], found.answers[shifted.key])


def test_a_candidate_with_infinite_predictions_is_marked_failed_and_the_others_go_on():
    X, y = regression()
    y = np.abs(y)
    X[3] = 1e6  # far beyond all others: exp of its score overflows
    found = run(plan_of(X, y, (*USUAL[:2], candidate("poisson")), metric="median_ae"))
    assert set(found.failed) == {"poisson"}
    assert "repeat 1" in found.failed["poisson"]
    assert set(found.decision.candidates) == {"squared_error", "absolute_error"}
    assert found.repeats == 2


def test_a_default_that_fails_is_an_error_with_a_remedy():
    X, y = regression()
    X[3] = 1e6
    with pytest.raises(InvalidInput, match="the default poisson could not be trained"):
        run(plan_of(X, np.abs(y), (candidate("poisson"), *USUAL)))


def test_the_hopeless_are_dropped_after_a_repeat_and_their_figures_stay():
    X, y = regression(300, noise=0.1)
    far = candidate("quantile", level=0.999)
    found = run(plan_of(X, y, (*USUAL, far), repeats=3))
    assert set(found.dropped) == {far.key}
    assert far.key not in found.decision.candidates
    assert found.dropped[far.key].candidates[far.key].gain < -0.1
    assert len(found.predictions[far.key]) == 1
    assert len(found.predictions["squared_error"]) == 3


def test_a_default_whose_rivals_are_all_hopeless_is_kept_for_sure():
    X, y = regression(300, noise=0.1)
    decision = run(plan_of(X, y, (USUAL[0], candidate("quantile", level=0.999)))).decision
    assert (decision.verdict, decision.pick, decision.pick_proven) == ("same", "squared_error", True)


def test_the_same_seed_gives_the_same_study():
    X, y = regression()
    first, second = (run(plan_of(X, y, USUAL)).decision for _ in range(2))
    assert first == second


def test_ties_of_the_metric_are_settled_by_the_loss():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3)).astype(np.float32)
    y = (X[:, 0] > 0).astype(np.int64)  # separable: every setting has a roc_auc of 1
    X[:, 0] += np.sign(X[:, 0])
    found = run(plan_of(X, y, (candidate("binary_cross_entropy"),), metric="roc_auc", task="binary", repeats=1))
    assert set(found.chosen["binary_cross_entropy"]) == {(0.0, 1e-5)}


def test_ctrl_c_after_a_repeat_gives_what_there_is_and_before_it_nothing():
    X, y = regression()

    def stop_at(stage):
        def show(progress):
            if progress.stage.startswith(stage):
                raise KeyboardInterrupt

        return show

    found = run(plan_of(X, y, USUAL, repeats=3), show=stop_at("repeat 2"))
    assert (found.repeats, found.partial, found.stopped) == (1, True, True)
    assert set(found.decision.candidates) == {c.key for c in USUAL}
    with pytest.raises(KeyboardInterrupt):
        run(plan_of(X, y, USUAL), show=stop_at("repeat 1"))


def test_a_deadline_ends_the_study_between_repeats():
    X, y = regression()
    times = []
    found = run(plan_of(X, y, USUAL, repeats=200), time.monotonic() + 2.0, lambda p: times.append(p.seconds_left))
    assert found.partial
    assert not found.cut
    assert 1 <= found.repeats < 200
    assert len(found.predictions["squared_error"]) == found.repeats
    assert times[0] == pytest.approx(2.0, abs=0.5)
    assert times[-1] < times[0]


def test_a_deadline_within_the_first_repeat_still_gives_an_answer():
    X, y = regression(3000)
    plan = plan_of(X, y, USUAL, model="mlp")
    began = time.monotonic()
    found = run(plan, began + 0.2)
    assert time.monotonic() - began < 3
    assert (found.repeats, found.partial, found.cut) == (1, True, True)
    assert set(found.decision.candidates) == {c.key for c in USUAL}


def test_an_unfinished_later_repeat_does_not_count(monkeypatch):
    X, y = regression()
    trainer, calls = study.train_lanes, []

    def cut_second(*args, **options):
        results = trainer(*args, **options)
        calls.append(1)
        results.cut[:1] = len(calls) == 2
        return results

    monkeypatch.setattr(study, "train_lanes", cut_second)
    found = run(plan_of(X, y, USUAL, repeats=3))
    assert (found.repeats, found.partial, found.cut) == (1, True, False)
    assert len(calls) == 2


def test_the_last_models_are_in_the_users_units():
    X, y = regression(300, noise=0.01)
    y = 1000 + 50 * y
    found = run(plan_of(X, y, USUAL, repeats=1))
    layers = study.train_final(found, ["squared_error", "huber"], X, y)
    for weight, bias in (layers["squared_error"][-1], layers["huber"][-1]):
        np.testing.assert_allclose(weight[0], [100, -50, 0], atol=1.0)
        assert bias[0] == pytest.approx(1000, abs=1)


def test_a_margin_becomes_a_probability_and_a_log_rate_a_rate():
    import losskit as lk

    np.testing.assert_allclose(study.prediction_of(lk.hinge(), "binary", np.array([0.0, 800.0])), [0.5, 1.0])
    np.testing.assert_allclose(study.prediction_of(lk.poisson(), "regression", np.array([0.0, 1.0])), [1.0, np.e])
    np.testing.assert_allclose(study.prediction_of(lk.huber(), "regression", np.array([-3.0])), [-3.0])
    rows = study.prediction_of(lk.cross_entropy(), "multiclass", np.array([[0.0, 0.0], [0.0, np.log(3)]]))
    np.testing.assert_allclose(rows, [[0.5, 0.5], [0.25, 0.75]])
