"""The law of claims for losses of any kind: over vectors, boxes, batches and pictures, or in several inputs.

They are tried on random items, and on straight lines through them: a kink is a jump of the slope along a line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from losskit.core.loss import Loss
from losskit.testing.case import listed
from losskit.testing.points import Items, items, special_items

_ROWS = 40
_SCALES = (0.5, 2.0, 10.0)
_STEP = 1e-6  # between the two gradients that a curvature along a line is the difference of


def _each(loss: Loss, arrays: Items) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(loss.each(*arrays.values()))


def _moved(loss: Loss, start: Items, end: Items, share: Any) -> Items:
    """Items on the way from `start` to `end`, a share of it for each; what is not differentiated stays."""
    share = np.asarray(share)

    def between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a + np.reshape(share, (*share.shape, *(1,) * (a.ndim - share.ndim))) * (b - a)

    return start | {name: between(start[name], end[name]) for name in loss.definition.wrt}


def _is_convex(loss: Loss) -> bool:
    """No chord, in all differentiated inputs together, lies below the values between its ends."""
    return all(_chords_lie_above(loss, scale, seed) for seed, scale in enumerate(_SCALES * 4))


def _chords_lie_above(loss: Loss, scale: float, seed: int) -> bool:
    start, end = items(loss, scale, 2 * seed, rows=_ROWS), items(loss, scale, 2 * seed + 1, rows=_ROWS)
    end |= {name: start[name] for name in start if name not in loss.definition.wrt}
    for share in (0.5, 0.1):
        ends = (1.0 - share) * _each(loss, start) + share * _each(loss, end)
        if np.any(_each(loss, _moved(loss, start, end, share)) > ends + 1e-9 * (1.0 + np.abs(ends))):
            return False
    return True


def is_smooth(loss: Loss) -> bool:
    """Along no line do the slope or its derivative jump."""
    if not loss.definition.trainable:
        return False
    far = items(loss, 100.0, 1, rows=_ROWS), items(loss, 100.0, 2, rows=_ROWS)
    return not any(_jumps(loss, *line) for line in _lines(loss)) and not _jumps(loss, *far, bends=False)


def _lines(loss: Loss) -> list[tuple[Items, Items]]:
    """Lines between random items, and through zeros, equal entries and equal inputs."""
    lines = [(items(loss, scale, 1, rows=_ROWS), items(loss, scale, 2, rows=_ROWS)) for scale in _SCALES]
    towards, centres = items(loss, 1.0, 3, rows=_ROWS), special_items(loss, items(loss, 1.0, 4, rows=_ROWS))
    if loss.claims.get("scale_invariant"):
        del centres["zeros"]  # a vector of zeros has no direction
    for centre in centres.values():
        lines.append((_moved(loss, centre, towards, -1.0), _moved(loss, centre, towards, 1.0)))
    return [(start, end) for start, end in lines if _inside(loss, start) and _inside(loss, end)]


def _inside(loss: Loss, arrays: Items) -> bool:
    return all(np.all(domain.holds(arrays[name])) for name, domain in loss.definition.inputs.items())


def _jumps(loss: Loss, start: Items, end: Items, bends: bool = True) -> bool:
    """Whether the slope from `start` to `end` jumps, or its derivative; far out bends are too sharp to tell."""

    def slope(share: np.ndarray) -> np.ndarray:
        first, last = (_repeated(arrays, share.size // _ROWS) for arrays in (start, end))
        gradients = listed(loss.gradient(*_moved(loss, first, last, share.ravel()).values()))
        along = [g * (last[name] - first[name]) for name, g in zip(loss.definition.wrt, gradients, strict=True)]
        return sum(np.sum(part.reshape(len(part), -1), axis=1) for part in along).reshape(share.shape)

    def bend(share: np.ndarray) -> np.ndarray:
        return (slope(share + _STEP) - slope(share - _STEP)) / (2.0 * _STEP)

    length = np.sqrt(sum(np.sum((end[n] - start[n]).reshape(_ROWS, -1) ** 2, axis=1) for n in loss.definition.wrt))
    jump, size = _largest_jump(slope, 20)
    second_jump, second_size = _largest_jump(bend, 11)
    tame = size <= 1e3 * length  # where an exponential runs away no line is fine enough
    resolved = second_size <= 1e3 * size  # no bend is sharper than the grid
    rounding = 1e-5 * size  # a difference of slopes is good to that
    second_jumps = (second_jump > 0.05 * second_size + rounding + 1e-9) & resolved & bends
    return bool(np.any(((jump > 1e-3 * size + 1e-9) | second_jumps) & tame))


def _repeated(arrays: Items, times: int) -> Items:
    return {name: np.concatenate([a] * times) for name, a in arrays.items()}


def _largest_jump(function: Callable[[np.ndarray], np.ndarray], halvings: int) -> tuple[np.ndarray, np.ndarray]:
    """The jump of each row, found by halving the interval that changes most, and its largest size.

    Of a smooth function the change falls with the interval, and counts as 0; a jump stays.
    """
    grid = np.linspace(0.02, 0.98, 65)
    values = function(np.repeat(grid[:, None], _ROWS, axis=1))
    rows, at = np.arange(_ROWS), np.argmax(np.abs(np.diff(values, axis=0)), axis=0)
    low, high = grid[at], grid[at + 1]
    at_low, at_high, size = values[at, rows], values[at + 1, rows], np.max(np.abs(values), axis=0)
    changes = []
    for _ in range(halvings):
        middle = 0.5 * (low + high)
        at_middle = function(middle)
        size = np.maximum(size, np.abs(at_middle))
        left = np.abs(at_middle - at_low) > np.abs(at_high - at_middle)
        low, at_low = np.where(left, low, middle), np.where(left, at_low, at_middle)
        high, at_high = np.where(left, middle, high), np.where(left, at_middle, at_high)
        changes.append(np.abs(at_high - at_low))
    return np.where(changes[-1] > 0.4 * changes[-5], changes[-1], 0.0), size


def _highest(loss: Loss, evaluate: Callable[..., Any]) -> float:
    """The largest size on random items; infinity where it still grows far out or towards 0."""

    def top(scale: float) -> float:
        found = [evaluate(*items(loss, scale, seed, rows=_ROWS).values()) for seed in range(4)]
        return max(float(np.max(np.abs(part), initial=0.0)) for each in found for part in listed(each))

    with np.errstate(all="ignore"):
        usual, outer = max(map(top, _SCALES)), max(map(top, (1e-6, 1e30)))
    assert not np.isnan(usual + outer), f"{loss!r} is NaN somewhere between sizes of 1e-6 and 1e30"
    return np.inf if outer > 3.0 * usual + 1.0 else max(usual, outer)


def _never_above(loss: Loss, bound: Any, evaluate: Callable[..., Any]) -> bool:
    highest = _highest(loss, evaluate)
    return highest < 1e4 if bound is None else highest <= bound * (1.0 + 1e-9)


def _is_bounded(loss: Loss, bound: Any = None) -> bool:
    return _never_above(loss, bound, loss.each)


def _is_lipschitz(loss: Loss, bound: Any = None) -> bool:
    return _never_above(loss, bound, loss.gradient)


def _is_zero_at_target(loss: Loss) -> bool:
    arrays = items(loss, rows=_ROWS)
    perfect = _each(loss, special_items(loss, arrays)["equal inputs"])
    return bool(np.all(np.abs(perfect) <= 1e-12) and np.all(_each(loss, arrays) >= -1e-12))


def _is_scale_invariant(loss: Loss) -> bool:
    """Each embedding times a positive number of its own."""
    arrays, draw = items(loss, rows=_ROWS), np.random.default_rng(5)
    stretched = {n: a * draw.uniform(0.1, 10.0, (*a.shape[:-1], 1)) for n, a in arrays.items() if n in _vectors(loss)}
    return bool(np.allclose(_each(loss, arrays | stretched), _each(loss, arrays), rtol=1e-9, atol=1e-12))


def _vectors(loss: Loss) -> list[str]:
    return [name for name in loss.definition.wrt if loss.definition.inputs[name].axes[-1:] == ("D",)]


def _has_a_target(loss: Loss) -> bool:
    """Two inputs of one domain, the first of which is a prediction of the second."""
    d = loss.definition
    lead, *rest = d.inputs.values()
    return len(d.wrt) == 1 and [domain.name for domain in rest] == [lead.name]


def _of_one_item(loss: Loss) -> bool:
    """Over batches and pictures a bound depends on how many items there are, and a few random ones deny nothing."""
    return not loss.definition.over_items


def _without_bounds(loss: Loss) -> bool:
    """Within bounds every loss is bounded, by what may depend on the number of classes."""
    inputs = loss.definition.inputs
    return _of_one_item(loss) and all(np.isinf([inputs[k].low, inputs[k].high]).all() for k in loss.definition.wrt)


# claim -> (the property, the losses for which not claiming it is a denial)
ON_ITEMS: dict[str, tuple[Callable[..., bool], Callable[[Loss], bool]]] = {
    "convex": (_is_convex, _of_one_item),
    "smooth": (is_smooth, lambda loss: _of_one_item(loss) and not loss.claims.get("scale_invariant")),
    "bounded": (_is_bounded, _without_bounds),
    "lipschitz": (_is_lipschitz, lambda loss: loss.definition.trainable and _without_bounds(loss)),
    "zero_at_target": (_is_zero_at_target, _has_a_target),
    "scale_invariant": (_is_scale_invariant, lambda loss: bool(_vectors(loss))),
}
