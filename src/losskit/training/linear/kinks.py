"""The kinks of a pointwise loss: the scores at which its slope jumps, row by row, and by how much.

A slope can only jump where a switch of the definition turns: where the argument of an `abs`, `relu` or `sign`, or the
two sides of a comparison, meet zero. The graph names the switches; Newton's method finds where each one turns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from losskit.ops.graph import Node, in_order
from losskit.ops.program import Program
from losskit.ops.reverse import differentiate

NEAR = 2.0**-40  # of a score's size: this close to a kink is at the kink
WIDE, NARROW = 2.0**-20, 2.0**-30  # a jump stays when the interval shrinks a thousandfold, a steep slope does not
_LINES = 64
NEWTON_STEPS = 12  # a switch is mostly linear between those inside it: two steps then

Run = Callable[[Program, np.ndarray], list[np.ndarray]]  # (program, scores) -> its outputs


class Kink(NamedTuple):
    """One kink a row: where, by how much the slope rises there (0 for a row without it), and what counts as at it."""

    at: np.ndarray
    jump: np.ndarray
    near: np.ndarray


def find_kinks(each: Node, lead: Node, run: Run, target: np.ndarray) -> list[Kink]:
    """The kinks of the graph `each` as a function of `lead`, for each target. A kink that bends down has a jump < 0."""
    candidates = np.empty((len(target), 0))
    for switch in _switches(each, lead):
        for node in (differentiate(switch, lead), switch):  # turning points first: between them it has one root
            if node.word != "constant":
                candidates = _distinct(np.hstack([candidates, _roots(node, lead, run, candidates, target)]))
    slope = Program([differentiate(each, lead)])
    kinks = []
    for at in candidates.T:
        size = _size(np.abs(at) + np.abs(target))
        wide, narrow, jump = (
            run(slope, at + width * size)[0] - run(slope, at - width * size)[0] for width in (WIDE, NARROW, NEAR)
        )
        stays = (np.abs(narrow) > 0.1 * np.abs(wide)) & (np.abs(jump) > 0.1 * np.abs(narrow))
        real = stays & np.isfinite(at) & np.isfinite(jump)
        if real.any():
            kinks.append(Kink(np.where(real, at, 0.0), np.where(real, jump, 0.0), np.where(real, NEAR * size, 0.0)))
    return kinks


def jumps_between_classes(loss: Any, classes: int) -> bool:
    """Does the slope of a loss over classes jump? Along random lines: halving an interval, a jump stays."""
    draw = np.random.default_rng(0)
    start, way = draw.normal(0.0, 3.0, (2, _LINES, classes))
    target = np.arange(_LINES) % classes

    def slope(share: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.sum(way * loss.unchecked_gradient(start + share[:, None] * way, target), axis=1)

    grid = np.linspace(-1.0, 1.0, 65)
    values = np.stack([slope(np.full(_LINES, share)) for share in grid])
    lines, at = np.arange(_LINES), np.argmax(np.abs(np.diff(values, axis=0)), axis=0)
    low, high, at_low, at_high = grid[at], grid[at + 1], values[at, lines], values[at + 1, lines]
    for _ in range(30):
        middle = 0.5 * (low + high)
        at_middle = slope(middle)
        left = np.abs(at_middle - at_low) > np.abs(at_high - at_middle)
        low, at_low = np.where(left, low, middle), np.where(left, at_low, at_middle)
        high, at_high = np.where(left, middle, high), np.where(left, at_middle, at_high)
    return bool(np.any(np.abs(at_high - at_low) > 1e-3 * np.max(np.abs(values))))


def _switches(each: Node, lead: Node) -> list[Node]:
    """What decides between branches, the inner ones first."""
    order = in_order([each])
    depends = {lead}
    found: dict[Node, None] = {}
    for x in order:
        if any(a in depends for a in x.args):
            depends.add(x)
        if x.word in ("abs", "relu", "sign"):
            found.setdefault(x.args[0])
        elif x.word in ("less", "less_equal"):
            found.setdefault(x.args[0] - x.args[1])
    return [x for x in found if x in depends or any(a in depends for a in x.args)]


def _roots(node: Node, lead: Node, run: Run, known: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Roots of `node` (n, starts) by Newton's method from each stretch between the scores already known; NaN: none."""
    program = Program([node, differentiate(node, lead)])
    size = _size(np.abs(target))[:, None]
    if known.shape[1]:
        last = np.nanmax(np.where(np.isfinite(known), known, -np.inf), axis=1, keepdims=True)
        starts = np.hstack([known[:, :1] - size, 0.5 * (known[:, 1:] + known[:, :-1]), last + size])
    else:
        starts = 1.25 * target[:, None] + 0.1 * size  # at the target itself a switch often turns
    roots = []
    for start in starts.T:
        score = start
        for _ in range(NEWTON_STEPS):
            value, slope = run(program, score)
            with np.errstate(all="ignore"):
                moved = score - value / slope
            if np.array_equal(moved, score, equal_nan=True):
                break
            score = moved
        roots.append(np.where(np.isfinite(score), score, np.nan))
    return np.column_stack(roots)


def _distinct(scores: np.ndarray) -> np.ndarray:
    """Each row's scores in order and once; NaN, last, where there are fewer."""
    scores = np.sort(scores, axis=1)
    again = np.abs(np.diff(scores, axis=1)) <= 4 * NEAR * _size(np.abs(scores[:, 1:]))
    scores[:, 1:][again] = np.nan
    scores = np.sort(scores, axis=1)
    return scores[:, : np.isfinite(scores).sum(axis=1).max(initial=0)]


def _size(numbers: np.ndarray) -> np.ndarray:
    """Numbers >= 0 with 0 replaced by the least that counts beside the greatest."""
    positive = numbers[np.isfinite(numbers) & (numbers > 0)]
    least = max(positive.min(), 2.0**-20 * positive.max()) if positive.size else 1.0
    return np.maximum(numbers, least)
