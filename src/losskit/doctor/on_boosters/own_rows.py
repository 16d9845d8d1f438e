"""The probe of `check_objective`, on rows of a training instead of made-up ones."""

from __future__ import annotations

import numpy as np

from losskit.adapters.objective import Probe, Rows
from losskit.doctor.on_boosters.call import Answer, Call

_MOST = 40


class OwnRows(Probe):
    """Some rows of a training, whole lists where it has lists, at scores moved a little so that none is at a kink."""

    def __init__(self, call: Call):
        self.of_training = call
        self.group = None if call.group is None else _first_lists(call.group)
        rows = _some(len(call.scores)) if self.group is None else np.arange(self.group.sum())
        self.y = call.label[rows]
        weighs_rows = call.is_weighted and len(call.weight) == len(call.scores)
        self.weight = call.weight[rows] if weighs_rows else call.weight
        if call.is_weighted and not weighs_rows and self.group is not None:
            self.weight = call.weight[: len(self.group)]  # XGBoost has one for each list
        self.raw = call.scores[rows] + np.random.default_rng(0).normal(size=call.scores[rows].shape)

    def answer(self, raw: np.ndarray, y: np.ndarray | None = None, weight: np.ndarray | None = None) -> Answer:
        times = 1 if y is None else len(y) // len(self.y)
        parts = (self.y, self.weight, self.group)
        label, own_weight, group = (None if part is None else np.concatenate([part] * times) for part in parts)
        assert label is not None
        return self.of_training.ask(raw, Rows(label, own_weight, group))


def _some(count: int) -> np.ndarray:
    """Rows evenly spread."""
    return np.unique(np.linspace(0, count - 1, _MOST).astype(int))


def _first_lists(group: np.ndarray) -> np.ndarray:
    """The lengths of the first lists: as many as have no more rows than are wanted, at least one."""
    return group[: max(1, int(np.searchsorted(np.cumsum(group), _MOST, side="right")))]
