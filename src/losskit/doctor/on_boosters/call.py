"""One call of a custom objective, which can be called again without the training noticing."""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import random
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

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
        f = _without_memory(self._f)
        with _unnoticed():
            try:
                gradient, hessian = f(scores.copy(), self._data if data is None else data)
                return _floats(gradient), _floats(hessian)
            except Exception as error:
                raise NoAnswer from error


def users_function(f: Callable[..., Any]) -> Callable[..., Any]:
    """What a host's estimator, or a partial application, has wrapped."""
    inner = getattr(f, "func", None)  # of LightGBM's wrapper and functools.partial
    if inner is None and getattr(f, "__module__", "").startswith("xgboost"):
        inner = inspect.getclosurevars(f).nonlocals.get("func")
    return f if inner is None else users_function(inner)


def _floats(values: Any) -> np.ndarray:
    return np.array(values, dtype=float)


def _without_memory(f: Callable[..., Any]) -> Callable[..., Any]:
    """A copy of an object that is called, for it may count its calls."""
    if isinstance(f, (types.FunctionType, functools.partial)):
        return f
    try:
        if isinstance(f, types.MethodType):
            return types.MethodType(f.__func__, copy.deepcopy(f.__self__))
        return copy.deepcopy(f)
    except Exception as error:
        raise NoAnswer from error


@contextlib.contextmanager
def _unnoticed() -> Iterator[None]:
    """Neither random draws nor warnings, nor what numbers far out do, reach the program."""
    drawn, also_drawn = np.random.get_state(), random.getstate()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(drawn)
        random.setstate(also_drawn)
