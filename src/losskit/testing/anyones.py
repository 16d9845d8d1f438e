"""Anyone's loss, losskit's or a function or module on tensors: its value and its gradient in what it is called with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from losskit.core.loss import Loss
from losskit.errors import InvalidInput, InvalidType
from losskit.ops import dispatch
from losskit.testing.libraries import Library


def value_and_gradient(
    loss: Callable[..., Any], inputs: Sequence[Any], named: Mapping[str, Any]
) -> tuple[float, np.ndarray]:
    """The value of `loss(*inputs, **named)`, a scalar, and its gradient in the first input, in float64."""
    pred, *rest = inputs
    library = library_of(pred)
    if library is Library.NUMPY:
        if not isinstance(loss, Loss):
            remedy = "pass tensors of PyTorch, JAX or TensorFlow, or a losskit loss"
            raise InvalidType(f"a function of NumPy arrays has no gradient: {loss!r}", remedy)
        value, gradient = loss.value_and_gradient(*inputs, **named)
        return float(value), np.asarray(gradient[0] if isinstance(gradient, tuple) else gradient, dtype=float)

    def twice(pred: Any) -> tuple[Any, Any]:
        value = loss(pred, *rest, **named)
        if tuple(value.shape) not in ((), (1,)):
            raise InvalidInput(f"expected one number, got a loss of shape {tuple(value.shape)}", "take its mean or sum")
        value = value.reshape(()) if library is Library.TORCH else value
        return value, value

    gradients, value = library.gradients(twice, pred, has_aux=True)
    return float(library.numbers(value)), library.numbers(gradients[0])


def library_of(pred: Any) -> Library:
    """Raises InvalidType for what is no array."""
    return Library(dispatch.words_of(pred).name)
