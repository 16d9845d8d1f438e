"""The values of an array of whichever backend, where they can be looked at here and now."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

_MOST = 2**22  # entries that are copied for a look


def values(array: Any) -> np.ndarray | None:
    """A NumPy copy in float64; None while a compiler traces, or of what has a shape alone.

    Of a large array every k-th row, so that arrays of as many rows stay alike.
    """
    while hasattr(array, "primal"):  # under JAX's derivatives
        array = array.primal
    try:
        shape = tuple(array.shape)
        every = -(-int(np.prod(shape)) // _MOST) if shape else 1
        found = keras.ops.convert_to_numpy(array[::every] if every > 1 else array)
    except Exception:  # each library has an error of its own for a value that is not there yet
        return None
    return found.astype("float64") if found.dtype != object and found.dtype.kind not in "SU" else None


def fixed_shape(array: Any) -> tuple[int, ...] | None:
    """Its shape, if all of it is known."""
    shape = tuple(getattr(array, "shape", ()))
    return shape if all(isinstance(size, int) for size in shape) else None


def is_placeholder(array: Any) -> bool:
    """Whether it stands for an array while Keras works out shapes."""
    return isinstance(array, keras.KerasTensor) or getattr(getattr(array, "device", None), "type", "") == "meta"
