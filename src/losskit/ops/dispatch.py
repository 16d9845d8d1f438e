"""Find the vocabulary for an array from the array itself; no library is imported to look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from losskit.errors import InvalidType
from losskit.ops.vocabulary import Vocabulary


def _numpy() -> Vocabulary:
    from losskit.ops.on_numpy import WORDS

    return WORDS


def _torch() -> Vocabulary:
    from losskit.ops.on_torch import WORDS

    return WORDS


def _jax() -> Vocabulary:
    from losskit.ops.on_jax import WORDS

    return WORDS


def _tensorflow() -> Vocabulary:
    from losskit.ops.on_tensorflow import WORDS

    return WORDS


# Import statements and no cache: the first call may happen while torch.compile or tf.function traces it.
_HOMES: dict[str, Callable[[], Vocabulary]] = {
    "numpy": _numpy,
    "torch": _torch,
    "jax": _jax,
    "jaxlib": _jax,
    "tensorflow": _tensorflow,
}


def words_of(array: Any, name: str = "pred") -> Vocabulary:
    """The vocabulary for `array`'s library; raises InvalidType for lists, numbers and unknown containers."""
    kind = type(array)
    for base in kind.__mro__:
        home = _HOMES.get(base.__module__.partition(".")[0])
        if home is not None:
            return home()
    if kind.__module__.partition(".")[0] in ("lightgbm", "xgboost"):
        remedy = "an objective for a booster is lk.to_lightgbm(loss) or lk.to_xgboost(loss)"
    else:
        remedy = f"convert it first, for example with numpy.asarray({name}, dtype=float)"
    raise InvalidType(f"{name} must be a NumPy, PyTorch, JAX or TensorFlow array, got {kind.__name__}", remedy)
