"""Watch LightGBM: custom objectives, its own Huber loss, and what is taken for probabilities."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np

from losskit.doctor.on_boosters.huber import out_of_reach
from losskit.doctor.on_boosters.objectives import Objectives
from losskit.doctor.on_boosters.probabilities import raw_scores
from losskit.doctor.patches import Patches
from losskit.doctor.place import users_place

if TYPE_CHECKING:
    from losskit.doctor.observe import Observation

_NO_PREDICTION = ("raw_score", "pred_leaf", "pred_contrib")


def watch(observation: Observation) -> Callable[[], None]:
    """Watch until the function that this returns is called."""
    patches = Patches()
    patches.replace(lightgbm.Booster, "update", functools.partial(_update, observation))
    if hasattr(lightgbm, "LGBMClassifier"):
        patches.replace(lightgbm.LGBMClassifier, "predict_proba", functools.partial(_predict_proba, observation))
    return patches.undo


def _update(observation: Observation, original: Callable[..., Any]) -> Callable[..., Any]:
    objectives = Objectives(observation, groups=lambda data: data.get_group())

    @functools.wraps(original)
    def update(self: Any, train_set: Any = None, fobj: Any = None) -> Any:
        if fobj is not None:
            return original(self, train_set, objectives.watched(fobj))
        ended = original(self, train_set)
        if self.current_iteration() == 1:
            observation.examine(lambda: _examine_own(observation, self))
        return ended

    return update


def _examine_own(observation: Observation, booster: Any) -> None:
    place = users_place()
    found = out_of_reach(booster) if observation.looks("lightgbm's own", place) else None
    if found is not None:
        observation.add(found, place)


def _predict_proba(observation: Observation, original: Callable[..., Any]) -> Callable[..., Any]:
    def see(args: tuple[Any, ...], named: dict[str, Any], result: Any) -> None:
        place = users_place()
        asked_for_other = any(args[2:3]) or any(named.get(name) for name in _NO_PREDICTION)
        if callable(args[0].objective_) and not asked_for_other and observation.looks("predict_proba", place):
            found = raw_scores(np.asarray(result))
            if found is not None:
                observation.add(found, place)

    return observation.wrap(original, lambda *call: observation.examine(lambda: see(*call)))
