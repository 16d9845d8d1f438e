"""The law of accuracy: every number a loss gives is as near the truth as its inputs allow.

Error <= k·eps·max(|f|, Σ_i |x_i ∂f/∂x_i|), with k = 4 for values and 16 for derivatives; the sum is what one
rounding of each input does to f, so a loss is asked for what its inputs determine and for no more. Beyond the
largest number the truth is infinity; below the smallest normal number anything smaller will do. NaN never.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from losskit.core.define import LossFactory
from losskit.core.definition import Definition
from losskit.core.domains import Domain
from losskit.core.loss import Loss
from losskit.ops.oracle import oracle
from losskit.testing.libraries import Library

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

_SPECIAL = (0.0, 1e-8, -1e-8, 0.5, 1.0, -1.0, 3.0, -3.0, 30.0, -30.0, 1e4, -1e4)
_SPECIAL_TARGETS = (0.0, 1e-8, 0.3, 1.0, -2.5, 30.0, 1e4)
_EDGE = 2.0**-20


def extremes(factory: LossFactory) -> list[Loss]:
    """The loss at its example, and with each parameter in turn at the ends of its range; numbers fit float32."""
    example = {name: _narrow(p.example) for name, p in factory.definition.params.items() if p.required}
    losses = [factory(**example, **_defaults(factory))]
    for name, param in factory.definition.params.items():
        for value in _ends(name, param):
            losses.append(factory(**{**example, **_defaults(factory), name: _narrow(value)}))
    return losses


def _defaults(factory: LossFactory) -> dict[str, Any]:
    own = factory.definition.own(factory.definition.params)
    return {n: _narrow(p.default) for n, p in own.items() if isinstance(p.default, float)}


def _narrow(value: Any) -> Any:
    if isinstance(value, (bool, int)) or value is None:
        return value
    return np.asarray(value, np.float32).astype(float).tolist()


def _ends(name: str, param: Any) -> tuple[Any, ...]:
    if param.per_class:
        return () if param.required else ((0.25, 1.0, 3.0),)
    if param.choices:
        return tuple(c for c in param.choices if c != param.default)
    if name == "ignore_index":
        return ()
    if param.search:
        return param.search
    high = param.high if np.isfinite(param.high) else 100.0
    low = param.low if np.isfinite(param.low) else -100.0
    return (low + 0.1 * (high - low), high - 0.1 * (high - low))


def within(domain: Domain, values: Any) -> np.ndarray:
    """Those of `values` that the domain holds, and its edges."""
    edges = [b + s * _EDGE * o for b, s, o in ((domain.low, 1, domain.open_low), (domain.high, -1, domain.open_high))]
    x = np.unique(np.array([*values, *(e for e in edges if np.isfinite(e))], np.float32).astype(float))
    if domain.only:
        return np.array(domain.only)
    above = x > domain.low if domain.open_low else x >= domain.low
    below = x < domain.high if domain.open_high else x <= domain.high
    return x[above & below]


@functools.cache
def sample(kind: str, pred: Domain, target: Domain, soft: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Inputs that every law meets: 0, a residual of 0, ±1e-8, ±30, ±1e4, the edges of the domains, and random ones.

    All fit float32, so that one truth judges both precisions.
    """
    rng = np.random.default_rng(7)
    return _rows(rng, soft) if kind == "rowwise" else _points(rng, pred, target)


def _points(rng: np.random.Generator, pred: Domain, target: Domain) -> tuple[np.ndarray, np.ndarray]:
    targets = within(target, _SPECIAL_TARGETS)
    pairs = list(itertools.product(within(pred, _SPECIAL), targets))
    pairs += [(t, t) for t in within(pred, targets)]
    pairs += [(np.nextafter(np.float32(t), np.float32(np.inf)), t) for t in within(pred, targets) if t]
    if pred.name == target.name:  # where one vanishes beside the other, a rounded residual may sit on a kink's far side
        pairs = [(z, y) for z, y in pairs if not z or not y or np.float32(z) - np.float32(y) not in (z, -y)]
    z = rng.normal(0.0, 2.0, 40)
    y = target.low + rng.gamma(1.0, 1.0, 40) if np.isfinite(target.low) else rng.normal(0.0, 2.0, 40)
    y = rng.uniform(size=40) if np.isfinite(target.high) else y
    y = np.round(y) if target.only else y
    z = np.abs(z) if np.isfinite(pred.low) else z
    near = y + rng.normal(0.0, 1e-3, 40) if target.name == pred.name else z  # residuals much smaller than the target
    pairs += [*zip(z, y, strict=True), *zip(np.maximum(near, pred.low + _EDGE), y, strict=True)]
    z, y = np.array(pairs, np.float32).astype(float).T
    return z, y


def _rows(rng: np.random.Generator, soft: bool) -> tuple[np.ndarray, np.ndarray]:
    rows = [(0, 0, 0), (1e-8, 0, -1e-8), (30, -30, 0), (80, 0, 0), (1e4, -1e4, 0), (1e4, 1e4, 1e4), (-1e4, 3, 5)]
    rows += [(20, 20, -20), (0.5, 16.5, 0), *rng.normal(0.0, 2.0, (8, 3)), *rng.normal(0.0, 20.0, (4, 3))]
    z = np.array(rows, np.float32).astype(float)
    if not soft:
        return np.repeat(z, 3, axis=0), np.tile(np.arange(3), len(z))
    q = np.array([(1, 0, 0), (0.5, 0.25, 0.25), *rng.dirichlet((1, 1, 1), len(z) - 2)], np.float32).astype(float)
    return np.concatenate([z, z[::-1]]), np.concatenate([q, q])


def sample_of(loss: Loss, soft: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The sample for the domains that `loss` declares."""
    pred, target = loss.definition.inputs.values()
    return sample(loss.kind, pred, target, soft)


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
    if loss.kind == "rowwise" and loss.definition.hessian is None:
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
