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
from losskit.ops.graph import in_order
from losskit.ops.oracle import oracle, serves
from losskit.testing.accuracy_on_items import misses_on_items
from losskit.testing.libraries import Library
from losskit.testing.points import is_usual, sample_of

DTYPES = ("float32", "float64")
K = {"value": 4.0, "gradient": 16.0, "hessian": 16.0}

# Where a library's own primitive is less exact: its error in eps, (relative, absolute), carried through the loss.
FLOORS: dict[tuple[str, str], dict[str, tuple[float, float]]] = {
    # native log_softmax subtracts log Σe^x: a loss below eps comes out as 0
    ("torch", "float32"): {"log_softmax": (0.0, 2.0)},
    ("torch", "float64"): {"log_softmax": (0.0, 2.0)},
    ("jax", "float32"): {"log_softmax": (0.0, 2.0), "log_factorial": (0.0, 12.0)},
    # XLA's exp, and Eigen's, is off by an ulp near 0, and so are equal shares; XLA's lgamma by 10 eps around its zeros
    ("jax", "float64"): {"log_softmax": (0.0, 2.0), "log_factorial": (0.0, 12.0), "softmax": (1.0, 0.0)},
    ("tensorflow", "float32"): {"log_softmax": (0.0, 2.0)},
    ("tensorflow", "float64"): {"log_softmax": (0.0, 2.0), "softmax": (1.0, 0.0)},
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


@dataclass(frozen=True)
class Judgement:
    """How far each number lies from the truth, how far it may, and the unit: eps·max(|f|, condition)."""

    error: np.ndarray
    allowed: np.ndarray
    unit: np.ndarray

    @property
    def near(self) -> np.ndarray:
        """Whether each number obeys the law."""
        return np.isfinite(self.error) & (self.error <= self.allowed)

    @property
    def units(self) -> np.ndarray:
        """The error in its unit: 0 is exact, infinity is NaN, a wrong infinity, or not 0 where 0 is certain."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(self.error == 0.0, 0.0, self.error / self.unit)
        return np.where(np.isnan(ratio), np.inf, ratio)


def judge(got: np.ndarray, loss: Loss, quantity: str, library: Library, dtype: str, soft: bool = False) -> Judgement:
    """Numbers for the sample of `loss`, whoever computed them, against the truth."""
    expected, limits = truth(loss, quantity, soft), np.finfo(dtype)
    unit = float(limits.eps) * expected.scale
    allowed = K[quantity] * unit
    for word, (relative, absolute) in FLOORS.get((library.value, dtype), {}).items():
        allowed = allowed + float(limits.eps) * floor(loss, quantity, word, relative, absolute, soft)
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.maximum(np.abs((got - expected.high) - expected.low) - float(limits.tiny), 0.0)
        overflows = np.abs(expected.high) + allowed >= float(limits.max)
    right = np.isinf(got) & (np.sign(got) == np.sign(expected.high)) & overflows
    return Judgement(np.where(right, 0.0, error), allowed, unit)


def between_sides(got: np.ndarray, loss: Loss, quantity: str, soft: bool = False) -> np.ndarray:
    """Where the sample lies on a kink of the quantity and the number is one of the derivatives that it may be there."""
    if loss.kind != "pointwise" or quantity == "value":
        return np.zeros(got.shape, bool)
    low, high = _sides(loss.definition, loss, quantity, soft)
    return (low < high) & (low <= got) & (got <= high)


@functools.cache
def _sides(definition: Definition, loss: Loss, quantity: str, soft: bool) -> tuple[np.ndarray, np.ndarray]:
    """The least and greatest of the quantity just before, at and just after each point; equal where it is smooth."""
    pred, target = sample_of(loss, soft)
    at = truth(loss, quantity, soft)
    exact = getattr(oracle(loss), quantity)
    step = np.spacing(np.abs(np.where(pred == 0.0, target, pred)))
    before, after = (exact(pred + way * step, target).astype(float) for way in (-1.0, 1.0))
    with np.errstate(invalid="ignore"):
        jumps = np.abs(after - before) > 8.0 * np.finfo(float).eps * at.scale + np.finfo(float).tiny
    sides = np.stack([before, at.high, after])
    return np.where(jumps, sides.min(axis=0), at.high), np.where(jumps, sides.max(axis=0), at.high)


def misses(loss: Loss, quantity: str, library: Library, dtype: str, soft: bool = False) -> list[str]:
    """One line for each point of the sample where the quantity breaks the law."""
    got = evaluate(loss, quantity, library, dtype, soft)
    expected, judged = truth(loss, quantity, soft), judge(got, loss, quantity, library, dtype, soft)
    pred, target = sample_of(loss, soft)
    return [
        f"{quantity} of {loss!r} on {library} {dtype} at pred={pred[at[0]]}, target={target[at[0]]}: "
        f"expected {expected.high[at]!r}, got {got[at]!r}, "
        f"off by {judged.error[at]:.3g} where {judged.allowed[at]:.3g} is allowed"
        for at in zip(*np.nonzero(~judged.near), strict=True)
    ]


def by_sympy(loss: Loss) -> bool:
    """Whether SymPy differentiates the definition: it knows the inputs and every word."""
    return is_usual(loss) and serves(loss)


def _own_floor(loss: Loss, quantity: str, library: Library, dtype: str) -> float:
    """The absolute errors, in eps, of the words that a value is the mean of."""
    if quantity != "value":
        return 0.0
    words = {x.word for x in in_order([loss.graphs().each])}
    floors = FLOORS.get((library.value, dtype), {})
    return sum(absolute for word, (_, absolute) in floors.items() if word in words)


def assert_accurate(loss: Loss, library: Library, dtype: str) -> None:
    """Value, gradient and Hessian of `loss` obey the law of accuracy on `library` in `dtype`."""
    broken = []
    if not by_sympy(loss):
        for quantity in quantities(loss):
            broken += misses_on_items(loss, quantity, library, dtype, _own_floor(loss, quantity, library, dtype))
    else:
        for soft in (False, True) if loss.definition.class_input else (False,):
            for quantity in quantities(loss):
                broken += misses(loss, quantity, library, dtype, soft)
    assert not broken, f"{len(broken)} points miss the norm:\n" + "\n".join(broken[:8])
