"""Which activation made an array: the results of Keras' activations are remembered while they live."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

from keras.src.backend import nn

from losskit.doctor.on_keras.tracing import is_compiling
from losskit.doctor.patches import Patches

_NAMES = ("softmax", "log_softmax", "sigmoid", "relu")


class Activations:
    """Every layer, activation and operation of Keras calls these functions of its backend."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[weakref.ref[Any], str]] = {}
        self._patches = Patches()
        for name in _NAMES:
            self._patches.replace(nn, name, functools.partial(self._noting, name))

    def _noting(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def activation(*args: Any, **named: Any) -> Any:
            result = original(*args, **named)
            if not is_compiling():
                key = id(result)
                self._made[key] = weakref.ref(result, lambda _: self._made.pop(key, None)), name
            return result

        return activation

    def made(self, array: Any) -> str:
        """ "softmax", say; "" where none of them made it."""
        alive, name = self._made.get(id(array), (lambda: None, ""))
        return name if alive() is array else ""

    def stop(self) -> None:
        self._patches.undo()
        self._made.clear()
