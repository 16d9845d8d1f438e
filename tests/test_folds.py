"""Laws of the splits: every row once, even sizes, even classes, the same for the same seed."""

import numpy as np
import pytest

from losskit.chooser.folds import make_folds, split_fit_stop, split_holdout
from losskit.errors import InvalidInput

RANDOM = np.random.default_rng(0)
TARGETS = {
    "regression": RANDOM.lognormal(size=203),
    "zeros": np.where(RANDOM.random(203) < 0.7, 0.0, RANDOM.normal(size=203)),
    "binary": (RANDOM.random(203) < 0.1).astype(np.int64),
    "multiclass": RANDOM.choice(7, size=203, p=[0.5, 0.2, 0.1, 0.05, 0.05, 0.05, 0.05]),
}
TASK = {name: "regression" if name == "zeros" else name for name in TARGETS}


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("folds", [2, 3, 5, 10])
def test_folds_are_even_in_rows_and_classes(name, folds):
    y = TARGETS[name]
    ids = make_folds(y, TASK[name], folds, 6, seed=1)
    assert ids.shape == (6, len(y))
    for repeat in ids:
        sizes = np.bincount(repeat, minlength=folds)
        assert sizes.sum() == len(y)
        assert sizes.max() - sizes.min() <= 1
        if TASK[name] != "regression":
            by_class = np.stack([np.bincount(repeat[y == label], minlength=folds) for label in np.unique(y)])
            assert (by_class.max(axis=1) - by_class.min(axis=1)).max() <= 1


def test_regression_folds_see_the_same_range():
    y = TARGETS["regression"]
    (ids,) = make_folds(y, "regression", 5, 1)
    largest = ids[np.argsort(y)[-50:]]
    assert np.bincount(largest, minlength=5).tolist() == pytest.approx([10] * 5, abs=1)


def test_repeats_and_seeds_differ_and_a_seed_repeats():
    y = TARGETS["regression"]
    ids = make_folds(y, "regression", 5, 4, seed=3)
    np.testing.assert_array_equal(ids, make_folds(y, "regression", 5, 4, seed=3))
    assert (ids != make_folds(y, "regression", 5, 4, seed=4)).any()
    # Two random deals into 5 folds agree on a fifth of the rows.
    for other in ids[1:]:
        assert 0.05 < (ids[0] == other).mean() < 0.4


def test_which_rows_meet_is_random():
    """Over many repeats, each pair of rows meets in one fold about as often as chance has it."""
    y = np.zeros(20)
    ids = make_folds(y, "regression", 4, 4000, seed=0)
    together = (ids[:, :1] == ids[:, 1:]).mean(axis=0)
    np.testing.assert_allclose(together, 4 / 19, atol=0.03)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("share", [0.05, 0.2, 0.3, 0.5])
def test_holdout_takes_its_share_of_each_class(name, share):
    y = TARGETS[name]
    kept, held = split_holdout(y, TASK[name], share, seed=2)
    np.testing.assert_array_equal(np.sort(np.concatenate([kept, held])), np.arange(len(y)))
    assert np.all(np.diff(kept) > 0)
    assert np.all(np.diff(held) > 0)
    if TASK[name] == "regression":
        assert abs(len(held) - share * len(y)) <= 1
    else:
        for label, count in zip(*np.unique(y, return_counts=True), strict=True):
            assert abs((y[held] == label).sum() - share * count) <= 0.5 + 1e-9


def test_no_holdout_where_its_share_is_0():
    kept, held = split_holdout(TARGETS["regression"], "regression", 0.0)
    assert len(kept) == 203
    assert held.size == 0


def test_fit_and_stop_split_the_rows_they_are_given():
    y = TARGETS["binary"]
    rows = np.flatnonzero(RANDOM.random(len(y)) < 0.6)
    fit, stop = split_fit_stop(rows, y, "binary", seed=5)
    np.testing.assert_array_equal(np.sort(np.concatenate([fit, stop])), rows)
    assert len(stop) == pytest.approx(0.2 * len(rows), abs=1)
    assert y[stop].mean() == pytest.approx(y[rows].mean(), abs=0.03)
    np.testing.assert_array_equal(fit, split_fit_stop(rows, y, "binary", seed=5)[0])


@pytest.mark.parametrize(
    "call",
    [
        lambda: make_folds(np.zeros(3), "regression", 5, 1),
        lambda: make_folds(np.zeros(30), "regression", 1, 1),
        lambda: make_folds(np.zeros(30), "regression", 5, 0),
        lambda: split_holdout(np.zeros(30), "regression", 1.0),
        lambda: split_fit_stop(np.arange(30), np.zeros(30), "regression", 0.0),
    ],
)
def test_impossible_splits_are_refused(call):
    with pytest.raises(InvalidInput):
        call()
