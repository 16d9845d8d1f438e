"""Minimising many linear models together: a batched Newton method in float64 that needs a loss's gradient and value.

- Convex and smooth: Newton steps with a line search on the slope.
- Convex with kinks (absolute error, quantile, hinge): the same on the loss averaged over a width h around the score,
  which is smooth; h shrinks until the averaging adds less than `SMOOTHING_TOLERANCE` to the objective. Smoothing by
  convolution: Chen and Mangasarian 1996, doi:10.1007/BF00249052; He et al. 2023, doi:10.1016/j.jeconom.2021.07.010.
- Not convex: descent by the loss's positive curvature, never upwards, from the better of zero and the fit of absolute
  error (the usual start of a redescending estimator: Yohai 1987, doi:10.1214/aos/1176350366).
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from losskit.training.lockstep.linear import LinearGroup
from losskit.training.lockstep.normal import dot

MAX_STEPS, MAX_TRIALS = 200, 20
ENERGY_TOLERANCE = 1e-22  # squared Newton decrement over its scale at the start: weights then agree to about 1e-11
ROWWISE_TOLERANCE = 1e-14  # about 1e-7 of the weights: truncated steps close in more slowly
DESCENT_TOLERANCE = 1e-10  # of the objective: a smaller fall ends a lane whose loss is not convex
SMOOTHING_TOLERANCE = 1e-5  # of the objective
SHRINK = 0.15
NARROWEST = 1e-9  # of the first width

Finish = Callable[[LinearGroup, torch.Tensor, int, bool], None]  # (group, places of the lanes, steps, cut)


def minimise(group: LinearGroup, finish: Finish, deadline: float | None) -> None:
    """Bring every lane to its minimum; `finish` receives lanes as they arrive, and what is left at the deadline.

    A lane whose gradient is no longer finite leaves with NaN weights.
    """
    slope = group.slope(group.scores)
    energy = dot(slope, slope) / group.share[:, 0]
    narrowest = NARROWEST * group.width
    for steps in range(MAX_STEPS):
        late = deadline is not None and time.monotonic() >= deadline
        gradient = group.gradient(slope)
        broken = ~gradient.isfinite().all(2).all(1)
        group.weights[broken] = torch.nan
        gradient[broken] = 0
        direction = group.direction(gradient)
        decrement = -dot(gradient, direction)
        energy = torch.maximum(energy, decrement)
        if group.kinked:
            done = _narrow(group, decrement, direction, narrowest)
        elif group.convex:
            done = decrement <= (ROWWISE_TOLERANCE if group.rowwise else ENERGY_TOLERANCE) * energy
        else:
            done = group.fall <= DESCENT_TOLERANCE
        leaving = torch.full_like(done, True) if late else done | broken
        if leaving.any():
            finish(group, leaving.nonzero()[:, 0], steps, late)
            stay = (~leaving).nonzero()[:, 0]
            if not len(stay):
                return
            group.keep(stay)
            slope, direction, energy, narrowest = slope[stay], direction[stay], energy[stay], narrowest[stay]
        slope = (_step_by_slope if group.convex else _step_by_value)(group, slope, direction)
    finish(group, torch.arange(len(group.lanes)), MAX_STEPS, False)


def _narrow(
    group: LinearGroup, decrement: torch.Tensor, direction: torch.Tensor, narrowest: torch.Tensor
) -> torch.Tensor:
    """Which lanes are done. Those that have solved their width, yet not the loss, narrow it and stand still once."""
    gap = group.smoothing_gap()
    objective = group.objective(group.scores, group.weights)
    solved = decrement <= torch.maximum(0.1 * gap, 0.1 * SMOOTHING_TOLERANCE * objective)
    enough = (gap <= SMOOTHING_TOLERANCE * objective) | (group.width <= narrowest)[:, 0]
    narrower = solved & ~enough
    group.width[narrower] *= SHRINK
    direction[narrower] = 0
    return solved & enough


def _step_by_slope(group: LinearGroup, slope: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
    """Move along `direction` to where the slope along it has halved at least; for convex objectives this descends.

    Regula falsi on the slope, each lane within its own bracket. Returns the slopes at the new scores.
    """
    moved = group.normal.scores(direction)
    straight = dot(group.penalty * group.weights, direction)
    bend = dot(group.penalty * direction, direction)
    start = dot(slope, moved) + straight
    low, low_rise = torch.zeros_like(start), start
    high, high_rise = torch.full_like(start, torch.inf), torch.full_like(start, torch.inf)
    length = torch.ones_like(start)
    for _ in range(MAX_TRIALS):
        slope = group.slope(group.scores + length[:, None, None] * moved)
        rise = dot(slope, moved) + straight + length * bend
        good = rise.abs() <= 0.5 * start.abs()
        if good.all():
            break
        falls = rise < 0
        low, low_rise = torch.where(falls, length, low), torch.where(falls, rise, low_rise)
        high, high_rise = torch.where(falls, high, length), torch.where(falls, high_rise, rise.nan_to_num(torch.inf))
        length = torch.where(good, length, _within(low, low_rise, high, high_rise))
    else:
        length = torch.where(good, length, low)
        slope = group.slope(group.scores + length[:, None, None] * moved)
    group.scores = group.scores + length[:, None, None] * moved
    group.weights = group.weights + length[:, None, None] * direction
    return slope


def _within(low: torch.Tensor, low_rise: torch.Tensor, high: torch.Tensor, high_rise: torch.Tensor) -> torch.Tensor:
    """The next length to try: on the chord between the ends of a bracket; four times as far while there is no end."""
    share = (low_rise / (low_rise - high_rise)).nan_to_num(0.5).clamp(0.1, 0.9)
    return torch.where(high.isinf(), 4 * low, low + (high - low).nan_to_num(0.0, 0.0) * share)


def _step_by_value(group: LinearGroup, slope: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
    """Move along `direction`, halving the length until the objective falls enough (Armijo's rule)."""
    moved = group.normal.scores(direction)
    start = group.objective(group.scores, group.weights)
    fall = dot(slope, moved) + dot(group.penalty * group.weights, direction)
    length = torch.ones_like(start)
    for _ in range(MAX_TRIALS):
        far = length[:, None, None]
        reached = group.objective(group.scores + far * moved, group.weights + far * direction)
        good = reached <= start + 1e-4 * length * fall
        if good.all():
            break
        length = torch.where(good, length, 0.5 * length)
    group.fall = torch.where(good, start - reached, 0.0) / start.abs().clamp_min(1e-300)
    length = torch.where(good, length, 0.0)[:, None, None]
    group.scores = group.scores + length * moved
    group.weights = group.weights + length * direction
    return group.slope(group.scores)
