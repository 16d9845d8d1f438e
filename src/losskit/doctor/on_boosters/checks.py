"""What is wrong with a custom objective: the first finding, for what comes after it follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_boosters.call import Call, NoAnswer
from losskit.doctor.on_boosters.own_rows import OwnRows

Check = Callable[[Call], Finding | None]

_NEARLY_ALL = 0.95
_FEW = 0.05
_MANY = 0.4
_SMALL = 1 / 4  # of the slope: no constant factor of a loss, such as the 2 of a square, makes so much


def of_first(call: Call) -> Finding | None:
    """What asking the objective again shows, on its first call."""
    return _first((flipped, divided, no_sigmoid, zero_hessian, negative_hessian, small_hessian), call)


def of_later(call: Call) -> Finding | None:
    """What its answer itself shows."""
    return _first((zero_hessian, negative_hessian), call)


def _first(checks: tuple[Check, ...], call: Call) -> Finding | None:
    for check in checks:
        try:
            found = check(call)
        except NoAnswer:
            continue
        if found is not None:
            return found
    return None


def flipped(call: Call) -> Finding | None:
    """A score moved up is pushed up further, and one moved down further down.

    No loss that falls and then rises, or does one of both, does that everywhere, whatever its link.
    """
    worst, shown = 0.0, Answers(np.empty(0), np.empty(0))
    for answers in _both_ways(call):
        away, back = answers.shares()
        if back > _FEW:
            return None
        if away > worst:
            worst, shown = away, answers
    if worst < _NEARLY_ALL:
        return None
    evidence = {
        "gradient of scores moved up": float(shown.up.mean()),
        "of those moved down": float(shown.down.mean()),
        "rows": len(call.scores),
    }
    return finding("LK801", f"{call.name} pushes {worst:.0%} of the scores away from their targets", evidence)


@dataclass(frozen=True)
class Answers:
    """The gradients of the same scores moved up and moved down."""

    up: np.ndarray
    down: np.ndarray

    def shares(self) -> tuple[float, float]:
        """How many point away from where the scores came from, and how many back; a tiny one may be of either sign."""
        tiny = 1e-3 * max(np.abs(self.up).max(initial=0.0), np.abs(self.down).max(initial=0.0))
        felt = (np.abs(self.up) > tiny) | (np.abs(self.down) > tiny)
        if not felt.any():
            return 0.0, 0.0
        away = (self.up <= tiny) & (self.down >= -tiny)
        back = (self.up >= -tiny) & (self.down <= tiny)
        return float(away[felt].mean()), float(back[felt].mean())


def _both_ways(call: Call) -> Iterator[Answers]:
    """At several distances from the scores, and around the targets, which are on the scores' scale in regression."""
    if call.scores.shape == np.shape(call.label) and call.group is None:
        size = float(np.std(call.label))
        for far in (0.1 * size, 1.0):
            yield Answers(call.ask(call.label + far)[0], call.ask(call.label - far)[0])
    moved = _moved(call)
    for far in (0.3, 1.0, 3.0, 10.0, 30.0):
        up, down = (call.ask(call.scores + by * moved)[0][moved] for by in (far, -far))
        finite = np.isfinite(up) & np.isfinite(down)
        yield Answers(up[finite], down[finite])


def _moved(call: Call) -> np.ndarray:
    """Which scores are moved: one in each row, or one in each list."""
    moved = np.zeros(call.scores.shape, dtype=bool)
    if call.group is not None:
        ends = np.cumsum(call.group)
        moved[ends - 1 - np.arange(len(ends)) % call.group] = True
    else:
        rows = np.arange(len(moved))
        of_classes = moved.reshape(len(moved), -1)  # a view
        of_classes[rows, rows % of_classes.shape[1]] = True
    return moved


def divided(call: Call) -> Finding | None:
    """The numbers of a row shrink where there are more rows."""
    rows = OwnRows(call)
    if rows.divides() is None:
        return None
    gradient, hessian = rows.shares_of_thrice()
    return finding(
        "LK804",
        f"{call.name} is divided by the number of rows",
        {"rows repeated 3 times": len(rows.y), "their gradient is left": gradient, "their hessian": hessian},
    )


def no_sigmoid(call: Call) -> Finding | None:
    """The derivatives of a logistic loss, with raw scores in place of the probabilities."""
    if call.is_weighted or call.scores.ndim > 1 or not np.isin(call.label, (0.0, 1.0)).all():
        return None
    p = np.linspace(0.1, 0.9, len(call.scores))
    gradient, hessian = call.ask(p)
    by_score, by_probability = p - call.label, (p - call.label) / (p * (1.0 - p))
    through_sigmoid = np.allclose(gradient, by_score, rtol=1e-3) and np.allclose(hessian, p * (1.0 - p), rtol=1e-3)
    if not through_sigmoid and not np.allclose(gradient, by_probability, rtol=1e-3):
        return None
    return finding(
        "LK808",
        f"{call.name} takes raw scores for probabilities: the sigmoid is missing",
        {"score": float(p[-1]), "its gradient": float(gradient[-1]), "its hessian": float(hessian[-1])},
    )


def zero_hessian(call: Call) -> Finding | None:
    """Where a gradient says that there is something to learn, the Hessian gives no length to the step."""
    pulled = call.gradient != 0.0
    zero = float(np.mean(call.hessian[pulled] == 0.0)) if pulled.any() else 0.0
    if zero < _NEARLY_ALL:
        return None
    return finding(
        "LK802",
        f"the Hessian of {call.name} is 0 in {zero:.0%} of the rows that have a gradient",
        {"rows with a gradient": int(pulled.sum()), "mean gradient": float(np.abs(call.gradient).mean())},
    )


def negative_hessian(call: Call) -> Finding | None:
    """Most of it below 0: sums over leaves are negative too."""
    negative = float(np.mean(call.hessian < 0.0))
    if negative <= 0.5 or call.hessian.sum() >= 0.0:
        return None
    return finding(
        "LK803",
        f"the Hessian of {call.name} is negative in {negative:.0%} of the rows",
        {"least": float(call.hessian.min()), "sum": float(call.hessian.sum())},
    )


def small_hessian(call: Call) -> Finding | None:
    """The Hessian is so far below the gradient's slope that a tenth of a step goes far beyond the target."""
    rows = OwnRows(call)
    gradient, hessian = rows.answer(rows.raw)
    ratios = []
    for rows.step in (1e-2, 1e-3):  # a jump, or numbers too coarse, look different at another step
        ratios.append(rows.hessian_over_slope(hessian))
    if not 0.0 < max(ratios) < _SMALL or max(ratios) > 1.1 * min(ratios) or not (hessian > 0.0).all():
        return None
    after = rows.answer(rows.raw - 0.1 * gradient / hessian)[0]
    beyond = float(np.mean((after * gradient < 0.0) & (np.abs(after) > 2.0 * np.abs(gradient))))
    if beyond < _MANY:
        return None
    return finding(
        "LK806",
        f"the Hessian of {call.name} is {ratios[1]:.2g} times the slope of its gradient",
        {"rows tried": len(rows.y), "made worse by a step at learning rate 0.1": beyond},
    )
