"""A linear model under any loss, as an objective for the descents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from losskit.errors import InvalidInput
from losskit.ops.dispatch import words_of

Parameters = dict[str, Any]


def linear_start(X: Any, classes: int | None = None) -> Parameters:
    """Zeros of X's library and dtype: weights (d,) and intercept (), or (d, K) and (K,) for K classes."""
    ops = words_of(X, "X")
    columns = ops.shape(X)[1]
    if classes is None:
        return {"weights": ops.cast_like(np.zeros(columns), X), "intercept": ops.constant(0.0, X)}
    shapes = {"weights": (columns, classes), "intercept": (classes,)}
    return {name: ops.cast_like(np.zeros(shape), X) for name, shape in shapes.items()}


def linear_objective(
    loss: Any, X: Any, y: Any, *, l1: float = 0.0, l2: float = 0.0
) -> Callable[..., tuple[Any, Parameters]]:
    """objective(parameters) -> (value, gradient) of the mean loss of `X @ weights + intercept`.

    parameters: {"weights", "intercept"}, for example from `linear_start`. X is (n, d); y is (n,), class ids for a
    loss over classes. l1 and l2 add l1·Σ|w| + l2/2·Σw² over the weights, never over the intercept.
    The objective also takes a batch, objective(parameters, X, y), as `sgd` and `adam` give it: pass them data=(X, y).
    The gradient comes from `loss.value_and_gradient`, on the library of X, without autograd.
    """
    if l1 < 0 or l2 < 0:
        raise InvalidInput(f"l1={l1!r}, l2={l2!r}: expected numbers >= 0", "0 leaves a penalty away")

    def objective(parameters: Parameters, X: Any = X, y: Any = y) -> tuple[Any, Parameters]:
        weights, intercept = parameters["weights"], parameters["intercept"]
        ops = words_of(X, "X")
        vector = len(ops.shape(weights)) == 1
        score = (X @ weights[:, None])[:, 0] if vector else X @ weights
        value, slope = loss.value_and_gradient(score + intercept, y)
        turned = _transposed(X) @ (slope[:, None] if vector else slope)
        gradient = {
            "weights": turned[:, 0] if vector else turned,
            "intercept": ops.total(slope) if vector else ops.sum(_transposed(slope)),
        }
        if l1:
            value = value + l1 * ops.total(ops.abs(weights))
            gradient["weights"] = gradient["weights"] + l1 * ops.sign(weights)
        if l2:
            value = value + 0.5 * l2 * ops.total(weights * weights)
            gradient["weights"] = gradient["weights"] + l2 * weights
        return value, gradient

    return objective


def _transposed(matrix: Any) -> Any:
    if words_of(matrix).name == "tensorflow":
        import tensorflow as tf

        return tf.transpose(matrix)
    return matrix.T
