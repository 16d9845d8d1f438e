"""losskit's own losses, on whatever arrays: each call is counted and handed to the watchers of frameworks."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from losskit.core.loss import Loss
from losskit.doctor.observe import Observation
from losskit.doctor.patches import Patches
from losskit.doctor.place import users_place

_ENTRIES = ("__call__", "each", "sum", "value_and_gradient", "gradient")


def watch(observation: Observation) -> Callable[[], None]:
    """Watch every call of a `Loss`; returns what ends it.

    Watchers are called with the loss, its arguments, those by name, the result and the place. A sum is told from a
    mean by its normalizer of 1.
    """

    def see(entry: str, args: tuple[Any, ...], named: dict[str, Any], result: Any) -> None:
        observation.calls += 1
        place = users_place()
        named = {**named, "normalizer": 1.0} if entry == "sum" else named
        if observation.looks(args[0].name, place):
            for watcher in observation.own_loss_watchers:
                watcher(args[0], args[1:], named, result, place)

    def watched(entry: str, original: Callable[..., Any]) -> Callable[..., Any]:
        return _unless_compiling(original, observation.wrap(original, functools.partial(see, entry)))

    patches = Patches()
    for entry in _ENTRIES:
        patches.replace(Loss, entry, functools.partial(watched, entry))
    return patches.undo


def _unless_compiling(original: Callable[..., Any], watched: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **named: Any) -> Any:
        torch = sys.modules.get("torch")
        if torch is not None and torch.compiler.is_compiling():
            return original(*args, **named)
        return watched(*args, **named)

    return call
