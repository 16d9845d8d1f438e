"""Splits of the rows: repeated folds, the hold-out, and the fit and stop parts of one training set. NumPy only.

Classes are dealt out evenly, class by class. Regression rows are dealt out evenly along the sorted target (in groups
of as many rows as there are folds), so that each fold sees the same range and a few large targets do not meet in one.
"""

from __future__ import annotations

import numpy as np

from losskit.core.errors import InvalidInput


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
    taken = np.zeros(len(rows), dtype=bool)
    before = 0
    for stratum in _strata(y, task, 10, np.random.default_rng(seed)):
        after = before + len(stratum)
        taken[stratum[: int(share * after + 0.5) - int(share * before + 0.5)]] = True
        before = after if task == "regression" else 0
    return np.sort(rows[~taken]), np.sort(rows[taken])


def _deal(y: np.ndarray, task: str, folds: int, random: np.random.Generator) -> np.ndarray:
    ids = np.empty(len(y), dtype=np.int64)
    dealt = 0
    for stratum in _strata(y, task, folds, random):
        # Go on where the last stratum ended, in an order of its own, so that no fold is always the larger.
        position = np.arange(dealt, dealt + len(stratum))
        ids[stratum] = position % folds
        dealt += len(stratum)
    return random.permutation(folds)[ids]


def _strata(y: np.ndarray, task: str, size: int, random: np.random.Generator) -> list[np.ndarray]:
    """Row positions in groups of like target, shuffled within; ties in the target are broken at random."""
    shuffled = random.permutation(len(y))
    order = shuffled[np.argsort(y[shuffled], kind="stable")]
    if task == "regression":
        cuts = np.arange(size, len(y), size)
    else:
        cuts = np.flatnonzero(np.diff(y[order])) + 1
    return [random.permutation(stratum) for stratum in np.split(order, cuts)]
