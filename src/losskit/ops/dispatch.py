"""Find the vocabulary for an array from the array itself; no library is imported to look."""

from __future__ import annotations

import importlib
from typing import Any

from losskit.errors import InvalidType
from losskit.ops.vocabulary import Vocabulary

_HOMES = {
    "numpy": "on_numpy",
    "torch": "on_torch",
    "jax": "on_jax",
    "jaxlib": "on_jax",
    "tensorflow": "on_tensorflow",
}
_known: dict[type, Vocabulary] = {}


def words_of(array: Any, name: str = "pred") -> Vocabulary:
    """The vocabulary for `array`'s library; raises InvalidType for lists, numbers and unknown containers."""
    kind = type(array)
    if kind in _known:
        return _known[kind]
    return _look_up(kind, name)


def _look_up(kind: type, name: str) -> Vocabulary:
    for base in kind.__mro__:
        home = _HOMES.get(base.__module__.partition(".")[0])
        if home is not None:
            words = importlib.import_module(f"losskit.ops.{home}").WORDS
            _known[kind] = words
            return words
    raise InvalidType(
        f"{name} must be a NumPy, PyTorch, JAX or TensorFlow array, got {kind.__name__}",
        f"convert it first, for example with numpy.asarray({name}, dtype=float)",
    )
