"""One row of the parity table: a loss of losskit and a peer's, run on the same numbers and held against each other.

Both run on the peer's array library, in float64 and in float32, and are differentiated there. Two numbers are compared
relative to the larger one, or to the middle size of the peer's numbers (at most 1) where both are smaller; two values
also relative to the item's prediction, for its last digit decides how near the two can come.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from losskit.core.loss import Loss
from losskit.errors import NotSupported
from losskit.ops import dispatch
from losskit.ops.oracle import oracle
from losskit.testing.libraries import Library
from losskit.testing.points import few_items, sample_of
from losskit.testing.samples import native, sample

TOLERANCE = {"float64": 1e-9, "float32": 1e-4}

AGREES, CONVENTION, DEFECT, UNEXPLAINED = "agrees", "differs by convention", "peer defect", "UNEXPLAINED"


@dataclasses.dataclass(frozen=True)
class Apart:
    """Items where the peer is known to give another number: which, why, and whether the peer is wrong there."""

    where: Callable[..., Any]
    why: str
    defect: bool = False


@dataclasses.dataclass(frozen=True)
class Row:
    """A loss and a peer's function of the same inputs.

    `theirs` gives one number for each item, or one for all, then compared with the mean. `mapping` says in words what
    `theirs` does beside calling the peer. `slope` is the peer's own derivative of the sum; True asks the library's
    automatic differentiation, False compares values alone. `inputs` replaces the edges and draws made from the loss.
    """

    loss: Loss
    peer: str
    theirs: Callable[..., Any]
    mapping: str = ""
    apart: tuple[Apart, ...] = ()
    slope: Callable[..., Any] | bool = True
    inputs: Mapping[str, Any] | None = None
    dtypes: tuple[str, ...] = ("float64", "float32")


@dataclasses.dataclass(frozen=True)
class Result:
    """What a row gave: a verdict, the worst differences by quantity and dtype, and the words that explain them."""

    row: Row
    verdict: str
    worst: Mapping[tuple[str, str], float]
    words: str


def compare(row: Row, library: Library) -> Result:
    inputs = rounded(draw(row.loss) if row.inputs is None else row.inputs)
    masks = [np.asarray(region.where(*inputs.values()), bool) for region in row.apart]
    outside = ~np.logical_or.reduce(masks) if masks else np.True_
    worst, furthest = {}, [(1.0, "")] * (1 + len(masks))
    for dtype in row.dtypes:
        for quantity, (ours, theirs) in measure(row, library, inputs, dtype).items():
            size = spread(item_sizes(inputs, ours), ours) if quantity == "value" else 0.0
            gap = gaps(ours, theirs, size)
            worst[quantity, dtype] = float(np.max(gap, initial=0.0, where=spread(outside, gap)))
            for i, mask in enumerate((outside, *masks)):
                inside = np.where(spread(mask, gap), gap / TOLERANCE[dtype], 0.0)
                if inside.max(initial=0.0) > furthest[i][0]:  # beyond the tolerance
                    at = np.unravel_index(np.argmax(inside), inside.shape)
                    furthest[i] = inside[at], evidence(row, inputs, quantity, dtype, at, ours, theirs)
    return judge(row, worst, furthest)


def draw(loss: Loss, soft: bool = False) -> dict[str, np.ndarray]:
    """The points that the law of accuracy meets; where these are many numbers each, a few of them after random ones."""
    d = loss.definition
    if len(d.inputs) == 2 and (d.kind in ("pointwise", "listwise") or d.class_input) and d.wrt == ("pred",):
        return dict(zip(d.inputs, sample_of(loss, soft), strict=True))
    edges = few_items(loss)
    return {name: np.concatenate([x, edges[name]]) for name, x in sample(loss, rows=48).items()}


def rounded(inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The inputs as single precision holds them, so that both precisions see the same."""
    return {name: x.astype(np.float32).astype(float) if x.dtype.kind == "f" else x for name, x in inputs.items()}


def measure(row: Row, library: Library, inputs: Mapping[str, Any], dtype: str) -> dict[str, tuple[Any, Any]]:
    """By quantity, losskit's numbers and the peer's."""
    arrays = native(dict(inputs), library, dtype)
    value = row.theirs(*arrays)
    single = np.ndim(value) == 0
    with np.errstate(over="ignore"):
        pairs = {"value": (row.loss(*arrays) if single else row.loss.each(*arrays), value)}
    if row.slope:
        mine = row.loss.value_and_gradient(*arrays)[1] if single else row.loss.gradient(*arrays)
        wrt = row.loss.definition.wrt
        mine = [mine] if len(wrt) == 1 else mine
        theirs = slopes_of(row, library, dict(zip(inputs, arrays, strict=True)))
        pairs |= {gradient_in(name, wrt): both for name, *both in zip(wrt, mine, theirs, strict=True)}
    return {quantity: (numbers(a), numbers(b)) for quantity, (a, b) in pairs.items()}


def gradient_in(name: str, wrt: tuple[str, ...]) -> str:
    return "gradient" if len(wrt) == 1 else f"gradient in {name}"


def slopes_of(row: Row, library: Library, arrays: Mapping[str, Any]) -> list[Any]:
    """The peer's gradients in the inputs that losskit differentiates in."""
    if callable(row.slope):
        return [row.slope(*arrays.values())]
    wrt = row.loss.definition.wrt

    def total(*leaves: Any) -> Any:
        value = row.theirs(*{**arrays, **dict(zip(wrt, leaves, strict=True))}.values())
        return dispatch.words_of(value).total(value)

    return library.gradients(total, *(arrays[name] for name in wrt))


def numbers(array: Any) -> np.ndarray:
    if hasattr(array, "detach"):
        array = array.detach()
    return np.asarray(array, dtype=np.float64)


def item_sizes(inputs: Mapping[str, Any], items: np.ndarray) -> np.ndarray:
    """The size of each item's prediction, the greatest where an item has many numbers; 0 for one number for all."""
    if items.ndim == 0:
        return np.zeros(())
    lead = np.abs(next(iter(inputs.values())))
    return lead.max(axis=tuple(range(items.ndim, lead.ndim)))


def gaps(ours: np.ndarray, theirs: np.ndarray, size: Any = 0.0) -> np.ndarray:
    """How far each number is from its peer, relatively; infinite where one is not finite and the other differs."""
    if ours.shape != theirs.shape:
        raise ValueError(f"losskit gives shape {ours.shape}, the peer {theirs.shape}")
    sizes = np.abs(theirs[np.isfinite(theirs) & (theirs != 0)])
    middle = min(1.0, float(np.median(sizes))) if sizes.size else 1.0
    with np.errstate(invalid="ignore"):
        gap = np.abs(ours - theirs) / np.maximum.reduce(np.broadcast_arrays(np.abs(ours), np.abs(theirs), middle, size))
    return np.where(ours == theirs, 0.0, np.where(np.isfinite(ours) & np.isfinite(theirs), gap, np.inf))


def spread(mask: Any, like: np.ndarray) -> Any:
    """A mask over items as one over the entries of `like`."""
    return np.broadcast_to(mask.reshape(mask.shape + (1,) * (like.ndim - mask.ndim)), like.shape)


def judge(row: Row, worst: Mapping[tuple[str, str], float], furthest: list[tuple[float, str]]) -> Result:
    """A difference without an explanation and an explanation without a difference are both unexplained.

    `furthest` holds how far apart the two come, in tolerances, and where: first outside the regions, then in each.
    """
    (rest, seen), *inside = furthest
    words = [row.mapping] if row.mapping else []
    words += [f"{a.why} ({there})" for a, (_, there) in zip(row.apart, inside, strict=True)]
    stale = [a.why for a, (gap, _) in zip(row.apart, inside, strict=True) if gap <= 1.0]
    if rest > 1.0 or stale:
        words += [f"not explained: {seen}"] if rest > 1.0 else []
        words += [f"no longer so: {why}" for why in stale]
        return Result(row, UNEXPLAINED, worst, "; ".join(words))
    verdict = DEFECT if any(a.defect for a in row.apart) else CONVENTION if words else AGREES
    return Result(row, verdict, worst, "; ".join(words))


def evidence(
    row: Row,
    inputs: Mapping[str, Any],
    quantity: str,
    dtype: str,
    at: tuple[int, ...],
    ours: np.ndarray,
    theirs: np.ndarray,
) -> str:
    """The item where the two are furthest apart, with both numbers and, where the oracle knows it, the true one."""
    if ours.ndim == 0:
        return f"{dtype} {quantity}: peer {theirs:.8g}, losskit {ours:.8g}"
    item = {name: np.asarray(x)[at[0]] for name, x in inputs.items()}
    if sum(np.size(x) for x in item.values()) > 16:
        return f"{dtype} {quantity} of item {at[0]}: peer {theirs[at]:.8g}, losskit {ours[at]:.8g}"
    where = ", ".join(f"{name} {np.array2string(x, precision=6, separator=', ')}" for name, x in item.items())
    return (
        f"{dtype} {quantity} at {where}: peer {theirs[at]:.8g}, losskit {ours[at]:.8g}{truth(row, item, quantity, at)}"
    )


def truth(row: Row, item: Mapping[str, Any], quantity: str, at: tuple[int, ...]) -> str:
    if len(item) != 2 or row.loss.kind not in ("pointwise", "rowwise"):
        return ""
    try:
        exact = getattr(oracle(row.loss), quantity)(*(x[None] for x in item.values()))
    except (AttributeError, NotSupported):  # a word that the oracle does not speak, a loss that it does not judge
        return ""
    return f", to 50 digits {float(exact[(0, *at[1:])]):.8g}"
