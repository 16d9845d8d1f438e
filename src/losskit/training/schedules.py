"""Learning rates that change: each is a function of the step, counted from 0."""

from __future__ import annotations

import math
from collections.abc import Callable

from losskit.errors import InvalidInput

Schedule = Callable[[int], float]


def constant(rate: float) -> Schedule:
    """The same rate at every step."""
    return lambda step: rate


def step(rate: float, every: int, factor: float = 0.1) -> Schedule:
    """`rate`, multiplied by `factor` after each `every` steps."""
    return lambda step: rate * factor ** (step // every)


def exponential(rate: float, decay: float) -> Schedule:
    """`rate` · `decay`^step."""
    return lambda step: rate * decay**step


def cosine(rate: float, steps: int, final: float = 0.0) -> Schedule:
    """From `rate` to `final` along half a cosine in `steps` steps, then `final`. Loshchilov 2017, arXiv:1608.03983."""
    return lambda step: final + 0.5 * (rate - final) * (1.0 + math.cos(math.pi * min(step / steps, 1.0)))


def warmup(then: float | Schedule, steps: int) -> Schedule:
    """A straight line from 0 to `then` in `steps` steps, then `then`, whose own steps count from there.

    Goyal et al. 2017, arXiv:1706.02677.
    """
    rest = as_schedule(then)
    return lambda step: rest(0) * (step + 1) / steps if step < steps else rest(step - steps)


def as_schedule(rate: float | Schedule) -> Schedule:
    """A number as the constant schedule; raises InvalidInput unless it is > 0."""
    if callable(rate):
        return rate
    if not (rate > 0 and math.isfinite(rate)):
        raise InvalidInput(f"learning_rate={rate!r}: expected a finite number > 0", "0.1 or 0.01 is a usual start")
    return constant(rate)
