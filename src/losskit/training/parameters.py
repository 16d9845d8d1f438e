"""Parameters as one array or a dict, tuple or list of them, of any library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from losskit.errors import InvalidInput
from losskit.ops.dispatch import words_of


def for_each(function: Callable[..., Any], first: Any, *others: Any) -> Any:
    """`function` on each array of `first` and its fellows in `others`; the result is built like `first`."""
    if isinstance(first, dict):
        for other in others:
            if set(other) != set(first):
                raise InvalidInput(
                    f"parameters have the keys {sorted(first)}, the gradient {sorted(other)}", "match them"
                )
        return {key: for_each(function, first[key], *(other[key] for other in others)) for key in first}
    if isinstance(first, (tuple, list)):
        return type(first)(for_each(function, *parts) for parts in zip(first, *others, strict=True))
    with words_of(first, "parameters").scope():
        return function(first, *others)


def rows(array: Any, index: Any) -> Any:
    """The rows of one data array that the NumPy integers `index` name."""
    if words_of(array, "data").name == "tensorflow":
        import tensorflow as tf

        return tf.gather(array, index)
    return array[index]
