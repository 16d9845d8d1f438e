"""Hand a booster's custom objective on with somebody listening."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from losskit.doctor.observe import Observation
from losskit.doctor.on_boosters import checks
from losskit.doctor.on_boosters.call import Call, NoAnswer
from losskit.doctor.on_boosters.twin import users_function
from losskit.doctor.place import Place, users_place

Groups = Callable[[Any], np.ndarray | None]  # the lengths of the lists in the host's container
_Key = tuple[Place, str]  # where a function was trained with, and its name


class Objectives:
    """The objectives that are called at each place in the user's code; one finding for each is enough."""

    def __init__(self, observation: Observation, groups: Groups):
        self._observation = observation
        self._groups = groups
        self._examine = observation.wrap(self._look, see=lambda *_: None)  # losses inside are then nobody's
        self._seen: set[_Key] = set()
        self._found: set[_Key] = set()

    def watched(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """`f` as the host calls it, (scores, data); each of its calls is counted, the first ones are looked at."""
        function = users_function(f)

        @functools.wraps(f, updated=())
        def objective(scores: Any, data: Any) -> Any:
            key = users_place(), getattr(function, "__qualname__", type(function).__qualname__)
            self._observation.calls += 1
            if _is_losskits(function) or key in self._found or not self._observation.looks("objective", key):
                return f(scores, data)
            before = scores.copy()
            result = f(scores, data)
            self._observation.examine(lambda: self._examine(f, before, data, result, key))
            return result

        return objective

    def _look(self, f: Callable[..., Any], scores: Any, data: Any, result: Any, key: _Key) -> None:
        try:
            call = Call(f, scores, data, result, self._groups(data))
        except NoAnswer:
            return
        found = checks.of_later(call) if key in self._seen else checks.of_first(call)
        self._seen.add(key)
        if found is not None:
            self._found.add(key)
            self._observation.add(found, key[0])


def _is_losskits(function: Callable[..., Any]) -> bool:
    """An object, or the method of one, that losskit made: it keeps its own checks, and may remember its calls."""
    return type(getattr(function, "__self__", function)).__module__.partition(".")[0] == "losskit"
