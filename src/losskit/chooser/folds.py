"""Splits of the rows: repeated folds, the hold-out, and the fit and stop parts of one training set. NumPy only.

Classes are dealt out evenly, class by class. Regression rows are dealt out evenly along the sorted target (in groups
of as many rows as there are folds), so that each fold sees the same range and a few large targets do not meet in one.
On a skewed target that halves the spread between folds and between repeats; on an even one it changes nothing.
"""

from __future__ import annotations

import numpy as np

from losskit.errors import InvalidInput


def make_folds(y: np.ndarray, task: str, folds: int = 5, repeats: int = 4, seed: int = 0) -> np.ndarray:
    """Fold ids of shape (repeats, n), 0 .. folds-1: row r of repeat k is scored in fold `ids[k, r]`.

    y: (n,) values or class ids; task: "regression", "binary" or "multiclass"

    The folds of a repeat differ in size by at most 1, and so does the number of rows of each class in them.
    Raises InvalidInput if there are fewer than 2 folds, fewer rows than folds, or no repeat.
    """
    y = np.asarray(y)
    if not 2 <= folds <= len(y):
        raise InvalidInput(f"folds must lie between 2 and the {len(y)} rows, got {folds}", "Use 5.")
    if repeats < 1:
        raise InvalidInput(f"repeats must be 1 or more, got {repeats}", "Use 4.")
    streams = np.random.default_rng(seed).spawn(repeats)
    return np.stack([_deal(y, task, folds, random) for random in streams])


def split_holdout(y: np.ndarray, task: str, share: float = 0.2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Sorted row numbers (kept, held out); about `share` of the rows are held out, none where it is 0."""
    if not 0 <= share < 1:
        raise InvalidInput(f"the hold-out's share must lie in [0, 1), got {share}", "Use 0.2, or 0 for none.")
    return _split(np.arange(len(y)), np.asarray(y), task, share, seed)


def split_fit_stop(
    rows: np.ndarray, y: np.ndarray, task: str, share: float = 0.2, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Split the row numbers `rows` into (fit, stop), both sorted; about `share` of them are for stopping.

    y: (n,) the whole target, indexed by `rows`
    """
    if not 0 < share < 1:
        raise InvalidInput(f"the share of rows for stopping must lie in (0, 1), got {share}", "Use 0.2.")
    rows = np.asarray(rows)
    return _split(rows, np.asarray(y)[rows], task, share, seed)


def _split(rows: np.ndarray, y: np.ndarray, task: str, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Take `share` of each class; or, for regression, of each ten rows of like target, carrying the remainder on."""
    order, starts = _strata(y, task, 10, np.random.default_rng(seed))
    sizes = np.diff(starts, append=len(y))
    if task == "regression":
        counts = np.floor(share * (starts + sizes) + 0.5) - np.floor(share * starts + 0.5)
    else:
        counts = np.floor(share * sizes + 0.5)
    place = np.arange(len(y)) - np.repeat(starts, sizes)
    taken = np.zeros(len(y), dtype=bool)
    taken[order] = place < np.repeat(counts, sizes)
    return np.sort(rows[~taken]), np.sort(rows[taken])


def _deal(y: np.ndarray, task: str, folds: int, random: np.random.Generator) -> np.ndarray:
    """Deal one row to each fold in turn; each stratum goes on where the last one ended, so that sizes stay even."""
    order, _ = _strata(y, task, folds, random)
    ids = np.empty(len(y), dtype=np.int64)
    ids[order] = np.arange(len(y)) % folds
    return random.permutation(folds)[ids]


def _strata(y: np.ndarray, task: str, size: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Row positions ordered by stratum and shuffled within each, and where each stratum starts.

    A stratum is a class or, for regression, `size` rows next to each other in the sorted target, ties broken at random.
    """
    shuffled = random.permutation(len(y))
    order = shuffled[np.argsort(y[shuffled], kind="stable")]
    if task != "regression":
        return order, np.flatnonzero(np.diff(y[order], prepend=y.min(initial=0) - 1))
    stratum = np.arange(len(y)) // size
    return order[np.lexsort((random.random(len(y)), stratum))], np.arange(0, len(y), size)
