"""`choose` from a table to the verdict: every kind of table, metric and model, and the model that is handed back."""

import json
import math
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

import losskit as lk
from losskit.chooser.metrics import METRICS, get_metric, metric_names
from losskit.errors import InvalidInput, InvalidType, NotSupported, UnknownName

RNG = np.random.default_rng(0)
QUICK = {"repeats": 1, "folds": 3}


def numbers(n=240, seed=1):
    """Three features, and a positive target with a linear mean and skewed noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    return X, 10 + X @ np.array([2.0, -1.0, 0.0]) + rng.exponential(1.5, n)


def classes(n=240, k=2, seed=1):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    scores = X @ rng.normal(size=(3, k)) * 2 + np.log(np.arange(k, 0, -1))
    return X, (scores + rng.gumbel(size=(n, k))).argmax(1)


@pytest.fixture(scope="module")
def regression():
    X, y = numbers()
    return X, y, lk.choose(X, y, metric="mae", **QUICK)


@pytest.fixture(scope="module")
def binary():
    X, y = classes()
    labels = np.where(y == 1, "yes", "no")
    return X, labels, lk.choose(X, labels, metric="f1", **QUICK)


def check_json(verdict):
    found = verdict.to_json()
    json.dumps(found, allow_nan=False)
    assert found["verdict"] in ("better", "same", "unclear")
    assert all(len(found[key]["loss"]) for key in ("best", "default", "pick"))
    assert found["leaderboard"]
    return found


# --- What goes in ---------------------------------------------------------------------------------------------------


def test_a_table_of_any_kind_gives_the_same_answer(tmp_path, regression):
    X, y, first = regression
    frame = pd.DataFrame(X, columns=["x0", "x1", "x2"])
    whole = frame.assign(price=y)
    whole.to_csv(tmp_path / "t.csv", index=False)
    whole.to_parquet(tmp_path / "t.parquet")
    sources = [
        (frame, y),
        (whole, "price"),
        (pl.DataFrame(whole), "price"),
        (str(tmp_path / "t.csv"), "price"),
        (tmp_path / "t.parquet", "price"),
    ]
    for source, target in sources:
        other = lk.choose(source, target, metric="mae", **QUICK)
        assert other.sentence == first.sentence
        assert other.leaderboard()[0]["mean"] == pytest.approx(first.leaderboard()[0]["mean"], rel=1e-6)


def test_a_messy_table(tmp_path):
    n = 150
    X, y = numbers(n)
    frame = pd.DataFrame(
        {
            "id": range(n),
            "size": np.where(RNG.random(n) < 0.1, np.nan, X[:, 0]),
            "town": RNG.choice(["Ulm", "Bonn", None], n),
            "sold": pd.date_range("2020-01-01", periods=n).astype(str),
            "note": [f"a house with {i % 7} rooms and a garden" for i in range(n)],
            "empty": np.nan,
            "price": np.where(np.arange(n) < 5, np.nan, y),
        }
    )
    frame.to_csv(tmp_path / "messy.csv", index=False)
    verdict = lk.choose(tmp_path / "messy.csv", "price", metric="mae", drop_missing_target=True, **QUICK)
    found = check_json(verdict)
    assert found["rows"] == n - 5
    assert any("5 of 150 rows" in note for note in verdict.facts["notes"])
    assert len(verdict.predictor.predict(frame.drop(columns="price").head(7))) == 7


def test_a_bundled_table_and_several_classes():
    verdict = lk.choose("sklearn:iris", metric="log_loss", **QUICK)
    assert verdict.facts["task"] == "multiclass"
    assert verdict.predictor.classes == ("setosa", "versicolor", "virginica")


# --- Metrics, models, options ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", metric_names("regression"))
def test_every_metric_of_regression(metric):
    check_json(lk.choose(*numbers(120), metric=metric, repeats=1, folds=2))


@pytest.mark.parametrize("metric", metric_names("binary"))
def test_every_metric_of_two_classes(metric):
    check_json(lk.choose(*classes(150), metric=metric, repeats=1, folds=2))


@pytest.mark.parametrize("metric", metric_names("multiclass"))
def test_every_metric_of_several_classes(metric):
    check_json(lk.choose(*classes(150, 4), metric=metric, repeats=1, folds=2))


@pytest.mark.parametrize(
    ("data", "metric"), [(numbers(150), "mae"), (classes(150), "f1"), (classes(150, 3), "accuracy")]
)
def test_the_mlp(data, metric):
    X, y = data
    verdict = lk.choose(X, y, metric=metric, model="mlp", repeats=1, folds=2)
    assert len(verdict.predictor.layers) == 2
    assert verdict.predictor.predict(X).shape == (150,)


def test_default_and_further_losses():
    X, y = numbers(150)
    verdict = lk.choose(X, y, metric="mae", default="absolute_error", losses=["huber(delta=2)", "tukey"], **QUICK)
    assert verdict.default == lk.absolute_error()
    assert {"huber(delta=2)", "absolute_error"} <= {e.candidate.key for e in verdict.entries}
    assert any(e.candidate.loss == "tukey" for e in verdict.entries)


def test_a_rope_of_zero_and_a_hold_out():
    X, y = numbers(400)
    verdict = lk.choose(X, y, metric="pinball@0.9", rope=0.0, holdout=0.25, **QUICK)
    found = check_json(verdict)
    assert verdict.facts["rows_held_out"] == 100
    assert verdict.verdict == "better"
    assert found["holdout"]["best"] < found["holdout"]["default"]
    assert " 0%" not in verdict.sentence


def test_a_hold_out_is_kept_from_1000_rows_on():
    assert lk.choose(*numbers(1000), metric="rmse", **QUICK).facts["rows_held_out"] == 200
    assert lk.choose(*numbers(999), metric="rmse", **QUICK).facts["rows_held_out"] == 0


def test_few_rows_prove_nothing():
    verdict = lk.choose(*numbers(60), metric="pinball@0.9", **QUICK)
    assert verdict.verdict == "unclear"
    assert "fewer than 100" in verdict.sentence
    assert not verdict.proven


def test_a_budget_marks_the_answer_partial():
    verdict = lk.choose(*numbers(300), metric="mae", repeats=300, budget=5)
    assert verdict.partial
    assert verdict.facts["seconds"] < 6
    assert verdict.facts["repeats"] < 300


def test_zero_targets_under_mape_are_told():
    X, y = numbers(120)
    y[:3] = 0
    verdict = lk.choose(X, y, metric="mape", **QUICK)
    assert any("divides by the target" in note for note in verdict.facts["notes"])


# --- What is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"metric": ""}, InvalidInput, "no metric"),
        ({"metric": "mea"}, UnknownName, "mae"),
        ({"metric": "f1"}, InvalidInput, "regression"),
        ({"losses": ["hubber"]}, UnknownName, "huber"),
        ({"folds": 100}, InvalidInput, "too few for 100 folds"),
        ({"budget": 0.5}, InvalidInput, "smallest useful"),
        ({"y": [1.0] * 120}, InvalidType, "np.asarray"),
        ({"y": np.full(120, np.nan)}, InvalidInput, "drop_missing_target"),
        ({"y": np.array(["12 EUR", "7 EUR"] * 10 + [str(i) for i in range(100)])}, InvalidInput, "12 EUR"),
        ({"X": np.ones(120)}, InvalidInput, "reshape"),
    ],
)
def test_bad_input_is_refused_with_a_remedy(change, kind, words):
    X, y = numbers(120)
    options = {"X": X, "y": y, "metric": "mae"} | change
    with pytest.raises(kind) as error:
        lk.choose(options.pop("X"), options.pop("y"), **options)
    assert words in str(error.value)


# --- What comes out -------------------------------------------------------------------------------------------------


def test_the_leaderboard_is_sorted_and_complete(regression):
    frame = regression[2].frame()
    assert list(frame["gain"]) == sorted(frame["gain"], reverse=True)
    for column in ("loss", "rule", "mean", "interval", "se", "p_better", "p_same", "p_worse", "holm_p", "tag", "why"):
        assert frame[column].notna().all()
    np.testing.assert_allclose(frame[["p_better", "p_same", "p_worse"]].sum(axis=1), 1)


def test_intervals_stay_where_the_metric_can_be():
    for metric in ("accuracy", "log_loss"):
        verdict = lk.choose("sklearn:iris", metric=metric, **QUICK)
        for line in verdict.leaderboard():
            low, high = line["interval"]
            assert low >= 0
            assert high <= 1 or metric == "log_loss"


def test_a_failed_candidate_stays_on_the_board(monkeypatch):
    from losskit.chooser import study

    trainer = study.train_lanes

    def diverging(X, y, lanes, **options):
        results = trainer(X, y, lanes, **options)
        results.predictions[[lane.loss.name == "absolute_error" for lane in lanes]] = np.nan
        return results

    monkeypatch.setattr(study, "train_lanes", diverging)
    verdict = lk.choose(*numbers(120), metric="mae", **QUICK)
    last = verdict.leaderboard()[-1]
    assert (last["loss"], last["mean"]) == ("absolute_error", None)
    assert last["failed"] == "diverged on fold 1 of repeat 1"
    from losskit.reporting import render_markdown

    assert "absolute_error failed: it diverged on fold 1" in render_markdown(verdict.document())


def test_the_report_and_the_notebook(tmp_path, regression):
    verdict = regression[2]
    for name in ("r.html", "r.md"):
        text = verdict.report(tmp_path / name).read_text(encoding="utf-8")
        assert "Leaderboard" in text
        assert "lk.to_torch" in text
        assert "What was not tried" in text
    assert verdict.sentence in verdict._repr_html_()
    assert verdict.sentence in repr(verdict)
    with pytest.raises(InvalidInput, match="cannot write"):
        verdict.report(tmp_path / "none" / "r.html")


def test_the_predictor_of_a_regression(regression):
    X, y, verdict = regression
    predictor = pickle.loads(pickle.dumps(verdict.predictor))
    prediction = predictor.predict(X)
    assert np.abs(prediction - y).mean() == pytest.approx(verdict.entry.seen.value, rel=0.15)
    frame = pd.DataFrame(X, columns=["x0", "x1", "x2"])
    np.testing.assert_array_equal(predictor.predict(frame.head(9)), prediction[:9])
    np.testing.assert_array_equal(predictor.predict(X[:1]), prediction[:1])
    with pytest.raises(NotSupported, match="no class probabilities"):
        predictor.predict_proba(X)


def test_the_predictor_gives_the_users_own_labels(binary):
    X, labels, verdict = binary
    predictor = pickle.loads(pickle.dumps(verdict.predictor))
    predicted, p = predictor.predict(X), predictor.predict_proba(X)
    assert set(predicted) == {"yes", "no"}
    assert p.shape == (len(X), 2)
    np.testing.assert_allclose(p.sum(1), 1)
    f1 = get_metric("f1")((labels == "yes").astype(int), (predicted == "yes").astype(int), np.ones((1, len(X))))[0]
    assert f1 == pytest.approx(verdict.entry.seen.value, abs=0.06)
    if verdict.threshold is not None:
        np.testing.assert_array_equal(predicted == "yes", p[:, 1] > verdict.threshold)


def test_the_predictor_of_several_classes():
    X, y = classes(240, 3)
    verdict = lk.choose(X, 10 * y, metric="macro_f1", task="multiclass", **QUICK)
    np.testing.assert_allclose(verdict.predictor.predict_proba(X).sum(1), 1)
    assert set(verdict.predictor.predict(X)) <= {0, 10, 20}
    assert (verdict.predictor.predict(X) == 10 * y).mean() > 0.6


def test_a_learnt_shift_is_in_the_prediction_and_in_the_code():
    X, y = numbers(300)
    verdict = lk.choose(X, y, metric="pinball@0.9", losses=["squared_error"], **QUICK)
    assert verdict.entry.candidate.rule in ("shift", "none")
    share_below = (y <= verdict.predictor.predict(X)).mean()
    assert share_below == pytest.approx(0.9, abs=0.04)
    if verdict.state is not None:
        assert f"prediction + {verdict.state:.6g}" in verdict.code()["torch"]


def test_the_same_seed_gives_the_same_answer():
    X, y = classes(200)
    first, second = (lk.choose(X, y, metric="balanced_accuracy", seed=3, **QUICK).to_json() for _ in range(2))
    for found in (first, second):
        del found["seconds"]
        for line in found["leaderboard"]:
            del line["seconds"]
    assert first == second


def test_the_printed_torch_code_reproduces_the_winner():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    y = 500 + 100 * (X @ np.array([2.0, -1.0, 0.5])) + 20 * rng.standard_t(2, size=300)
    verdict = lk.choose(X, y, metric="mae", default="absolute_error", **QUICK)
    standard = (X - X.mean(0)) / X.std(0)
    torch.manual_seed(0)
    space = {"X": standard, "y": y}
    exec(verdict.code()["torch"], space)  # a small network under the winner's loss
    expected = verdict.predictor.predict(X)
    assert np.abs(space["prediction"] - expected).mean() < 0.15 * np.std(y)

    layer = torch.nn.Linear(3, 1, dtype=torch.float64)  # the same criterion on the same model: the same coefficients
    inputs, target = torch.tensor(standard), torch.tensor(y)
    optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=2000, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        value = space["criterion"](500 + 100 * layer(inputs)[:, 0], target)
        value.backward()
        return value

    optimizer.step(closure)
    fitted = 500 + 100 * layer(inputs)[:, 0].detach().numpy()
    np.testing.assert_allclose(fitted, expected, atol=0.02 * np.std(y))


def test_every_framework_has_code(binary):
    code = binary[2].code()
    assert list(code) == ["torch", "keras", "lightgbm", "xgboost", "jax"]
    assert all("losskit" in text for text in code.values())


def test_the_metric_that_wins_is_as_it_is_reported(regression):
    _, y, verdict = regression
    assert verdict.facts["metric"] in METRICS
    assert math.isfinite(verdict.entry.seen.value)
    assert 0 < verdict.entry.seen.value < np.std(y)
