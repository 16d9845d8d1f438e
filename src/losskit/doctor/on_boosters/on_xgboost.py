"""Watch XGBoost: custom objectives. Its classifier applies the sigmoid or softmax to their scores itself."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import xgboost

from losskit.doctor.on_boosters.objectives import Objectives
from losskit.doctor.patches import Patches

if TYPE_CHECKING:
    from losskit.doctor.observe import Observation


def watch(observation: Observation) -> Callable[[], None]:
    """Watch until the function that this returns is called."""
    patches = Patches()
    patches.replace(xgboost.Booster, "update", functools.partial(_update, observation))
    return patches.undo


def _update(observation: Observation, original: Callable[..., Any]) -> Callable[..., Any]:
    objectives = Objectives(observation, _groups)

    @functools.wraps(original)
    def update(self: Any, dtrain: Any, iteration: int, fobj: Any = None) -> Any:
        plain = fobj is not None and not _is_of_xgboosts_class(fobj)
        return original(self, dtrain, iteration, objectives.watched(fobj) if plain else fobj)

    return update


def _is_of_xgboosts_class(fobj: Any) -> bool:
    """Objects of its class for objectives are called in another way, and told by their class."""
    return any(base.__module__ == "xgboost.objective" for base in type(fobj).__mro__)


def _groups(data: Any) -> np.ndarray | None:
    ends = data.get_uint_info("group_ptr").astype(np.int64)
    return np.diff(ends) if len(ends) else None
