"""One call of a custom objective, which can be called again without the training noticing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from losskit.doctor.on_boosters.twin import NoTwin, twin, unnoticed, users_function

Answer = tuple[np.ndarray, np.ndarray]


class NoAnswer(Exception):
    """The objective cannot be asked about other scores or rows than those it trains on."""


class Call:
    """The scores that a booster gave to an objective, what came back, and the rows they belong to.

    `label`, `weight` (None or empty: none) and `group`, the lengths of the lists, are as the host holds them.
    """

    def __init__(self, f: Callable[..., Any], scores: Any, data: Any, result: Any, group: np.ndarray | None):
        self.scores = _floats(scores)
        self.gradient, self.hessian = (_floats(values) for values in result)
        if not self.scores.shape == self.gradient.shape == self.hessian.shape:
            raise NoAnswer
        self.name = getattr(users_function(f), "__name__", type(f).__name__)
        self.label, self.weight, self.group = data.get_label(), data.get_weight(), group
        self._f, self._data = f, data

    @property
    def is_weighted(self) -> bool:
        return self.weight is not None and len(self.weight) > 0

    def ask(self, scores: np.ndarray, data: Any = None) -> Answer:
        """Gradient and Hessian at other scores, of the same rows unless `data` has others."""
        try:
            f = twin(self._f)
        except NoTwin as error:
            raise NoAnswer from error
        with unnoticed():
            try:
                gradient, hessian = f(scores.copy(), self._data if data is None else data)
                return _floats(gradient), _floats(hessian)
            except Exception as error:
                raise NoAnswer from error


def _floats(values: Any) -> np.ndarray:
    return np.array(values, dtype=float)
