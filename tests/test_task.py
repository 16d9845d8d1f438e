"""What `detect_task` and `detect_traits` tell from a target."""

import numpy as np
import pandas as pd
import pytest

from losskit.chooser.table import read_table
from losskit.chooser.task import detect_task
from losskit.chooser.traits import detect_traits
from losskit.errors import InvalidInput, UnknownName

RANDOM = np.random.default_rng(0)


def objects(*values: object) -> np.ndarray:
    return np.array(values, dtype=object)


REPEATED = 20
TARGETS = {
    "floats": (RANDOM.normal(size=200), "regression"),
    "many whole numbers": (RANDOM.integers(0, 300, 200), "regression"),
    "number words": (RANDOM.normal(size=200).astype(str).astype(object), "regression"),
    "counts with a rare end": (RANDOM.poisson(2.0, 300), "regression"),
    "stars": (np.tile([1, 2, 3, 4, 5], 40), "multiclass"),
    "zero and one": (np.tile([0, 1, 1], 40), "binary"),
    "float zero and one": (np.tile([0.0, 1.0], 40), "binary"),
    "two odd floats": (np.tile([0.5, 2.5], 40), "binary"),
    "bools": (np.tile([True, False], 40), "binary"),
    "object bools": (np.tile(objects(True, False), 40), "binary"),
    "two words": (np.tile(objects("yes", "no"), 40), "binary"),
    "three words": (np.tile(objects("a", "b", "c"), 40), "multiclass"),
    "words and numbers": (np.tile(objects("a", 1, 2.5), 40), "multiclass"),
    "numpy text": (np.tile(np.array(["a", "b", "c"]), 40), "multiclass"),
}


@pytest.mark.parametrize("name", TARGETS)
def test_the_kind_is_told_with_a_reason_and_encoded(name):
    target, kind = TARGETS[name]
    task = detect_task(target)
    assert task.kind == kind
    assert task.reason
    assert task.y.dtype == (np.float64 if kind == "regression" else np.int64)
    if kind == "regression":
        assert task.classes is None
        np.testing.assert_array_equal(task.y, target.astype(float))
    else:
        assert set(task.y) == set(range(len(task.classes)))
        decoded = [task.classes[i] for i in task.y]
        assert [str(label) for label in decoded] == [
            str(int(value)) if isinstance(value, float | np.floating) and float(value).is_integer() else str(value)
            for value in target
        ]


@pytest.mark.parametrize(
    ("labels", "positive"),
    [
        (("no", "yes"), "yes"),
        (("Yes", "No"), "Yes"),
        (("true", "wrong"), "true"),
        (("fault", "0"), "fault"),
        (("negative", "malignant"), "malignant"),
        (("benign", "malignant"), "malignant"),
        ((0, 1), 1),
        ((-1, 1), 1),
        ((1, 2), 2),
        ((True, False), True),
        (("neg", "pos"), "pos"),
    ],
)
def test_the_positive_class_reads_like_yes_or_is_the_larger(labels, positive):
    target = np.tile(objects(*labels), 20)
    task = detect_task(target)
    assert task.positive == positive
    np.testing.assert_array_equal(task.y == 1, target == positive)
    assert repr(positive) in task.sentence


def test_a_guess_says_how_to_overrule_it_and_is_overruled():
    stars, _ = TARGETS["stars"]
    assert "--task regression" in detect_task(stars).reason
    assert detect_task(stars, "regression").y.dtype == np.float64
    counts, _ = TARGETS["counts with a rare end"]
    assert "--task multiclass" in detect_task(counts).reason
    assert detect_task(np.tile([0, 1], 40), "regression").kind == "regression"
    assert detect_task(np.tile([0, 1], 40), "multiclass").classes == (0, 1)


def test_bundled_sets():
    kinds = {
        name: detect_task(read_table(f"sklearn:{name}").target) for name in ("diabetes", "breast_cancer", "digits")
    }
    assert {name: task.kind for name, task in kinds.items()} == {
        "diabetes": "regression",
        "breast_cancer": "binary",
        "digits": "multiclass",
    }
    assert kinds["breast_cancer"].positive == "malignant"
    assert kinds["digits"].classes == tuple(range(10))


@pytest.mark.parametrize(
    ("target", "task", "message"),
    [
        (np.tile(objects("a", "b"), 20), "regression", "regression needs numbers; 40 of 40 targets are not: 'a', 'b'"),
        (objects("1,234", *map(str, range(50))), "regression", "1 of 51 targets are not: '1,234'"),
        (objects(*[f"street {i}" for i in range(200)]), None, "too many for classes"),
        (RANDOM.normal(size=200), "multiclass", "too many for classes"),
        (np.tile([0, 1, 2], 20), "binary", "the target has 3"),
        (np.zeros(40), "binary", "one class only"),
        (objects("a", "a", "a", *(["b"] * 40)), None, "class 'a' has 3 rows, fewer than the 5 folds"),
        (np.array(["2020-01-01"] * 40, dtype="datetime64[D]"), None, "dates"),
        (np.array([1.0, np.nan] * 20), None, "20 of 40 targets"),
        (np.zeros((40, 1)), None, "1 dimension"),
    ],
)
def test_targets_that_do_not_fit_are_refused_with_a_remedy(target, task, message):
    with pytest.raises(InvalidInput) as caught:
        detect_task(target, task)
    assert message in caught.value.message
    assert caught.value.remedy


def test_fewer_folds_are_offered_and_help():
    target = objects("a", "a", "a", *(["b"] * 40))
    with pytest.raises(InvalidInput, match="--folds 3"):
        detect_task(target)
    assert detect_task(target, folds=3).kind == "binary"
    with pytest.raises(UnknownName, match="regression"):
        detect_task(target, "regresion")


FRAME = pd.DataFrame({"a": [1.0, np.nan] * 1000, "b": range(2000)})


def traits_of(y, task=None, **overrides):
    return detect_traits(detect_task(np.asarray(y), task), FRAME, overrides)


@pytest.mark.parametrize(
    ("draw", "heavy", "skewed"),
    [
        (lambda r: r.normal(size=2000), False, False),
        (lambda r: r.uniform(size=2000), False, False),
        (lambda r: r.standard_t(1.5, size=2000), True, False),
        (lambda r: r.standard_t(2, size=2000), True, False),
        (lambda r: np.where(r.random(2000) < 0.03, 30.0, 1.0) * r.normal(size=2000), True, False),
        (lambda r: r.exponential(size=2000), False, True),
        (lambda r: r.lognormal(0, 1, size=2000), True, True),
        (lambda r: r.gamma(10.0, size=2000), False, False),
        (lambda r: np.where(r.random(2000) < 0.8, 0.0, r.exponential(size=2000)), False, True),
    ],
)
def test_tails_and_skew_are_told_apart(draw, heavy, skewed):
    for seed in range(10):
        y = draw(np.random.default_rng(seed))
        traits = traits_of(y)
        assert (traits.heavy_tails, traits.skewed) == (heavy, skewed)
        moved = traits_of(1000 * y + 7)
        assert moved.tail_ratio == pytest.approx(traits.tail_ratio, rel=0.01) or (y == 0).any()


def test_sign_counts_and_zeros():
    counts = traits_of(RANDOM.poisson(5.0, 2000))
    assert counts.counts
    assert counts.non_negative
    assert not counts.positive
    prices = traits_of(RANDOM.integers(80, 900, 2000) * 1000)
    assert prices.positive
    assert not prices.counts
    assert not traits_of(RANDOM.normal(size=2000)).non_negative
    claims = traits_of(np.where(RANDOM.random(2000) < 0.8, 0.0, RANDOM.gamma(2.0, size=2000)))
    assert claims.zeros == pytest.approx(0.8, abs=0.03)
    assert any("zero" in sentence for sentence in claims.sentences())


def test_imbalance_and_missing_cells():
    traits = traits_of(RANDOM.random(2000) < 0.05)
    assert traits.imbalanced
    assert traits.minority == pytest.approx(0.05, abs=0.02)
    assert not traits_of(RANDOM.random(2000) < 0.4).imbalanced
    assert not traits_of(np.tile(np.arange(8), 250)).imbalanced
    assert (traits.missing, traits.columns_with_missing, traits.columns) == (0.25, 1, 2)
    assert any("25.0% of the cells" in sentence for sentence in traits.sentences())


def test_each_trait_can_be_overruled():
    y = RANDOM.normal(size=2000)
    assert traits_of(y, heavy_tails=True).heavy_tails
    assert traits_of(y, zeros=0.5).as_dict()["zeros"] == 0.5
    with pytest.raises(UnknownName, match="heavy_tails"):
        traits_of(y, heavy_tail=True)
    with pytest.raises(InvalidInput, match="true or false"):
        traits_of(y, heavy_tails=2)


def test_spaces_around_labels_do_not_make_classes():
    task = detect_task(np.tile(objects("yes ", " no", "yes", "no"), 20))
    assert task.classes == ("no", "yes")


def test_a_guess_keeps_to_what_the_metric_is_for():
    stars, counts = TARGETS["stars"][0], TARGETS["counts with a rare end"][0]
    by_value = detect_task(stars, judged=("regression",))
    assert by_value.kind == "regression"
    assert "the metric is for regression" in by_value.reason
    assert detect_task(stars, judged=("binary", "multiclass")).kind == "multiclass"
    assert detect_task(counts, judged=("binary", "multiclass"), folds=2).kind == "multiclass"
    assert detect_task(TARGETS["floats"][0], judged=("binary", "multiclass")).kind == "regression"
