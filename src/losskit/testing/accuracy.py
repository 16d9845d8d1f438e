"""The law of accuracy: every number a loss gives is as near the truth as its inputs allow.

Error <= k·eps·max(|f|, Σ_i |x_i ∂f/∂x_i|), with k = 4 for values and 16 for derivatives; the sum is what one
rounding of each input does to f, so a loss is asked for what its inputs determine and for no more. Beyond the
largest number the truth is infinity; below the smallest normal number anything smaller will do. NaN never.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from losskit.core.definition import Definition
from losskit.core.loss import Loss
from losskit.ops.oracle import oracle
from losskit.testing.libraries import Library
from losskit.testing.points import sample_of

DTYPES = ("float32", "float64")
K = {"value": 4.0, "gradient": 16.0, "hessian": 16.0}

# Where a library's own primitive is less exact: its error in eps, (relative, absolute), carried through the loss.
FLOORS: dict[tuple[str, str], dict[str, tuple[float, float]]] = {
    # native log_softmax subtracts log Σe^x: a loss below eps comes out as 0
    ("torch", "float32"): {"log_softmax": (0.0, 2.0)},
    ("torch", "float64"): {"log_softmax": (0.0, 2.0)},
    ("jax", "float32"): {"log_softmax": (0.0, 2.0), "log_factorial": (0.0, 12.0)},
    # XLA's log1p is off by up to 108 ulp on (-0.5, -0.1), its lgamma by 10 eps around its zeros
    ("jax", "float64"): {"log_softmax": (0.0, 2.0), "log_factorial": (0.0, 12.0), "log1p": (108.0, 0.0)},
    # Eigen's float32 sigmoid is off by up to 5.3 ulp
    ("tensorflow", "float32"): {"log_softmax": (0.0, 2.0), "sigmoid": (5.3, 0.0)},
    ("tensorflow", "float64"): {"log_softmax": (0.0, 2.0)},
}


@dataclass(frozen=True)
class Truth:
    """A quantity over a sample, as the sum of two doubles, and the scale its error is measured against."""

    high: np.ndarray
    low: np.ndarray
    scale: np.ndarray


def truth(loss: Loss, quantity: str, soft: bool = False) -> Truth:
    """The oracle's answer on the sample of `loss`; kept, since every library and dtype asks for it."""
    return _truth(loss.definition, loss, quantity, soft)


@functools.cache
def _truth(definition: Definition, loss: Loss, quantity: str, soft: bool) -> Truth:
    judge, (pred, target) = oracle(loss), sample_of(loss, soft)
    exact = getattr(judge, quantity)(pred, target)
    condition = judge.condition(pred, target, of=quantity).astype(float)
    high = exact.astype(float)
    rest = np.where(np.isfinite(high), exact - np.where(np.isfinite(high), high, 0.0), 0.0)
    return Truth(high, rest.astype(float), np.maximum(np.abs(high), condition))


def floor(loss: Loss, quantity: str, word: str, relative: float, absolute: float, soft: bool) -> np.ndarray:
    """What an error of `word` itself does to the quantity on the sample, in the unit of that error."""
    return _floor(loss.definition, loss, quantity, word, relative, absolute, soft)


@functools.cache
def _floor(
    definition: Definition, loss: Loss, quantity: str, word: str, relative: float, absolute: float, soft: bool
) -> np.ndarray:
    return oracle(loss).propagated(*sample_of(loss, soft), quantity, word, relative, absolute).astype(float)


def quantities(loss: Loss) -> tuple[str, ...]:
    """What `loss` can be asked for."""
    if not loss.definition.trainable:
        return ("value",)
    if loss.kind != "pointwise" and loss.definition.hessian is None:
        return ("value", "gradient")
    return ("value", "gradient", "hessian")


_METHODS: dict[str, Callable[..., Any]] = {
    "value": Loss.each,
    "gradient": Loss.gradient,
    "hessian": Loss.hessian,
}


def evaluate(loss: Loss, quantity: str, library: Library, dtype: str, soft: bool = False) -> np.ndarray:
    """The quantity as `library` computes it in `dtype` on the sample."""
    pred, target = sample_of(loss, soft)
    labelled = loss.kind == "rowwise" and not soft
    z, y = library.array(pred, dtype), library.array(target, "int64" if labelled else dtype)
    return library.numbers(_METHODS[quantity](loss, z, y))


def misses(loss: Loss, quantity: str, library: Library, dtype: str, soft: bool = False) -> list[str]:
    """One line for each point of the sample where the quantity breaks the law."""
    got = evaluate(loss, quantity, library, dtype, soft)
    expected, limits = truth(loss, quantity, soft), np.finfo(dtype)
    allowed = K[quantity] * limits.eps * expected.scale + float(limits.tiny)
    for word, (relative, absolute) in FLOORS.get((library.value, dtype), {}).items():
        allowed = allowed + float(limits.eps) * floor(loss, quantity, word, relative, absolute, soft)
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.abs((got - expected.high) - expected.low)
        near = error <= allowed
        overflows = np.abs(expected.high) + allowed >= float(limits.max)
        infinite = np.isinf(got) & (np.sign(got) == np.sign(expected.high)) & overflows
    pred, target = sample_of(loss, soft)
    return [
        f"{quantity} of {loss!r} on {library} {dtype} at pred={pred[at[0]]}, target={target[at[0]]}: "
        f"expected {expected.high[at]!r}, got {got[at]!r}, off by {error[at]:.3g} where {allowed[at]:.3g} is allowed"
        for at in zip(*np.nonzero(~(near | infinite)), strict=True)
    ]


def assert_accurate(loss: Loss, library: Library, dtype: str) -> None:
    """Value, gradient and Hessian of `loss` obey the law of accuracy on `library` in `dtype`."""
    broken = []
    for soft in (False, True) if loss.definition.class_input else (False,):
        for quantity in quantities(loss):
            broken += misses(loss, quantity, library, dtype, soft)
    assert not broken, f"{len(broken)} points miss the norm:\n" + "\n".join(broken[:8])
