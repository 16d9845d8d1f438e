"""Are value and gradient finite, also where they most often are not?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from losskit.testing.anyones import value_and_gradient


def assert_gradients_are_finite(
    loss: Callable[..., Any], pred: Any, *rest: Any, edges: Iterable[float] = (), **named: Any
) -> None:
    """Value and gradient of `loss(pred, *rest, **named)` are finite: here, at a perfect prediction, and at `edges`.

    `loss` is a losskit loss, or a function or module of PyTorch, JAX or TensorFlow that returns one number. A perfect
    prediction is `pred` equal to the next input, where that has its shape. `edges` are numbers that the whole
    prediction is set to: (0, 1) for probabilities, (-100, 100) for logits.

    Raises AssertionError that names each place where something is NaN or infinite.
    """
    __tracebackhide__ = True
    found = [_not_finite("at the given inputs", loss, (pred, *rest), named)]
    if rest and getattr(rest[0], "shape", None) == pred.shape:
        perfect = (pred * 0 + rest[0], *rest)
        found.append(_not_finite("where the prediction equals the target", loss, perfect, named, may_overflow=True))
    found += [_not_finite(f"where each prediction is {at:g}", loss, (pred * 0 + at, *rest), named) for at in edges]
    bad = [line for line in found if line]
    if bad:
        advice = "keep the operation away from its singular point, sqrt(x + 1e-12), or mask its input before it"
        raise AssertionError("\n".join(["the loss is not finite:", *bad, advice]))


def _not_finite(
    where: str, loss: Callable[..., Any], inputs: tuple[Any, ...], named: dict[str, Any], may_overflow: bool = False
) -> str:
    """One line, or an empty one. A loss that is infinite where it should be least takes no such predictions."""
    value, gradient = value_and_gradient(loss, inputs, named)
    bad = int(np.sum(~np.isfinite(gradient)))
    if (np.isfinite(value) and not bad) or (may_overflow and np.isinf(value)):
        return ""
    return f"  {where}: value {value:.6g}, {bad} of {gradient.size} entries of the gradient are NaN or infinite"
