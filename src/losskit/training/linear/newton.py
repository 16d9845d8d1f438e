"""Newton's method for a linear model whose loss may have kinks: each step solves the quadratic model, hinges and all.

Convex losses search along a step by the slope, which loses no digits near the minimum; others by the value.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from losskit.training.descent import Diverged
from losskit.training.linear.interior import solve_model
from losskit.training.linear.problem import Problem

MAX_TRIALS = 60
LEAST_DAMPING = 1e-6  # of the size of the slope over that of gamma
LEVELS_OFF = 5e-3  # steps of this share of gamma while the gradient vanishes: the minimum is at infinity
ROUNDING = 1e-14
GAP = 1e-13  # of the objective
EPSILON = float(np.finfo(float).eps)
AT_KINK = 1e-11  # of a hinge's size

NO_MINIMUM = (
    "there is no finite minimum: the loss keeps falling as the coefficients grow (separable classes do this); "
    "a penalty makes it finite"
)
LIMIT = "stopped at max_iter={} before the minimum: raise it, or scale the columns and the target"
STALLED = "stopped where rounding hides any further fall of the objective, before the gradient met the tolerance"


class Minimum(NamedTuple):
    gamma: np.ndarray
    iterations: int
    converged: bool
    message: str


def minimise(
    problem: Problem, gamma: np.ndarray, *, convex: bool, tolerance: float, max_iter: int, origin: float = 0.0
) -> Minimum:
    """From `gamma` to where some subgradient is at most `tolerance` times the size of the rows' slope.

    The size is the greatest seen, at the constant score `origin` or on the way.
    """
    size = problem.rows.size(problem.rows.slope(np.full_like(problem.scores(gamma), origin)))
    size = size if np.isfinite(size) else 0.0
    multiplier, known = np.zeros(len(problem.hinges)), not len(problem.hinges)
    before = moved = np.inf
    for iteration in range(max_iter + 1):
        slope = problem.rows.slope(problem.scores(gamma))
        gradient = problem.gradient(gamma, slope)
        size = max(size, problem.rows.size(slope))
        if not (np.isfinite(gradient).all() and np.isfinite(size)):
            raise Diverged("the gradient of the objective is not finite", "scale the columns and the target")
        left = float(np.linalg.norm(gradient + problem.hinges.gather(multiplier))) if known else np.inf
        enough = left <= tolerance * size
        if enough and (end := _end(left, before, moved, tolerance * size)):
            return Minimum(gamma, iteration, *end)
        if iteration == max_iter:
            break
        hessian = problem.hessian(gamma)
        if not convex:
            hessian = _made_positive(hessian)
        step, multiplier = _model_minimum(problem, gamma, gradient, hessian, size)
        if np.linalg.norm(step) <= ROUNDING * np.linalg.norm(gamma) or (
            convex
            and len(multiplier)
            and _is_minimum(problem, gamma, gradient, step, multiplier, 1e-3 * tolerance * size)
        ):
            return Minimum(gamma, iteration, True, "")
        search = _by_slope if convex else _by_value
        length = 1.0 if enough else search(problem, gamma, gradient, step)
        if not length:
            here = convex and _is_minimum(problem, gamma, gradient, step, multiplier, tolerance * size)
            return Minimum(gamma, iteration, here, "" if here else STALLED)
        known = length == 1.0 or not len(problem.hinges)  # else the multipliers belong to another point
        before, moved = left, length * float(np.linalg.norm(step)) / (float(np.linalg.norm(gamma)) or 1e-300)
        gamma = problem.moved(gamma, length * step)
    return Minimum(gamma, max_iter, False, LIMIT.format(max_iter))


def _end(left: float, before: float, moved: float, small: float) -> tuple[bool, str] | None:
    """What to say of a gradient that is small, once its cause is known: a minimum, or a loss that levels off."""
    if moved <= 1e-6 or left <= 1e-3 * min(before, small):  # it closes in quadratically
        return True, ""
    if left <= 1e-4 * small:
        return (True, "") if moved <= LEVELS_OFF else (False, NO_MINIMUM)
    return None


def _model_minimum(
    problem: Problem, gamma: np.ndarray, gradient: np.ndarray, hessian: np.ndarray, size: float
) -> tuple[np.ndarray, np.ndarray]:
    """The step to the minimum of the model, damped as far as it takes to have one (Levenberg 1944)."""
    hinge = problem.hinge(gamma)
    damping = LEAST_DAMPING * size / (float(np.linalg.norm(gamma)) or 1.0)
    found = solve_model(gradient, hessian, problem.hinges, hinge)
    while found is None:
        if not damping < np.inf:
            raise Diverged("no step of Newton's method could be found", "scale the columns and the target")
        found = solve_model(gradient, hessian + damping * np.eye(len(gamma)), problem.hinges, hinge)
        damping *= 100.0
    return found


def _is_minimum(
    problem: Problem, gamma: np.ndarray, gradient: np.ndarray, step: np.ndarray, multiplier: np.ndarray, small: float
) -> bool:
    """Is the model's minimum no lower than its start, or do its multipliers prove the start, rounding aside?"""
    hinges, hinge, jump = problem.hinges, problem.hinge(gamma), problem.hinges.jump
    level = float(jump @ np.abs(problem.at))  # of the numbers that the objective is made of
    terms = abs(gradient @ step) + jump @ np.abs(hinges.along(step))
    rounding = 8 * EPSILON * level
    if _linear_fall(problem, gamma, gradient, step) <= max(rounding, ROUNDING * min(terms, level + jump.sum())):
        return True
    gap = (jump - multiplier) @ np.maximum(hinge, 0.0) + multiplier @ np.maximum(-hinge, 0.0)
    left = np.linalg.norm(gradient + hinges.gather(multiplier))
    return bool(left <= small and gap <= max(rounding, GAP * abs(problem.objective(gamma))))


def _made_positive(hessian: np.ndarray) -> np.ndarray:
    """The Hessian, with eigenvalues by their size where some are negative: a step then leaves saddles."""
    try:
        np.linalg.cholesky(hessian)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(hessian)
        sizes = np.abs(values)
        return (vectors * np.maximum(sizes, 1e-6 * sizes.max() or 1.0)) @ vectors.T
    return hessian


def _by_slope(problem: Problem, gamma: np.ndarray, gradient: np.ndarray, step: np.ndarray) -> float:
    """A length at which the slope along the step has halved at least, or jumps across 0: bracketing and chords."""
    scores, moved = problem.scores(gamma), problem.scores(step)
    hinge, turned = problem.hinge(gamma), problem.hinges.along(step)
    near = AT_KINK * (np.abs(problem.at) + np.abs(turned))
    rise = problem.hinges.jump * turned

    def slopes(length: float) -> tuple[float, float]:
        """The slope just before and just after."""
        slope = problem.rows.slope(scores + length * moved)
        reached = hinge + length * turned
        smooth = float(problem.gradient(gamma + length * step, slope) @ step) + float(rise[reached > near].sum())
        kinks = rise[np.abs(reached) <= near]
        return smooth + float(np.minimum(kinks, 0).sum()), smooth + float(np.maximum(kinks, 0).sum())

    start = slopes(0.0)[1]
    if not start < 0:
        return 0.0
    low, low_slope, high, high_slope, length = 0.0, start, np.inf, np.inf, 1.0
    for _ in range(MAX_TRIALS):
        before, after = slopes(length)
        if after < 0.5 * start:
            low, low_slope = length, after
        elif before <= -0.5 * start:
            return length
        else:  # too steep, or not a number
            high, high_slope = length, before if np.isfinite(before) else np.inf
        if np.isinf(high):
            length = 4 * low
        else:
            share = low_slope / (low_slope - high_slope) if np.isfinite(high_slope) else 0.1
            length = low + (high - low) * min(max(share, 0.1), 0.9)
    return low


def _by_value(problem: Problem, gamma: np.ndarray, gradient: np.ndarray, step: np.ndarray) -> float:
    """A length by halving at which the objective falls enough (Armijo's rule), rounding aside."""
    fall = _linear_fall(problem, gamma, gradient, step)
    start = problem.objective(gamma)
    slack = 4 * EPSILON * abs(start)
    length = 1.0
    for _ in range(MAX_TRIALS):
        if problem.objective(gamma + length * step) <= start - 1e-4 * length * fall + slack:
            return length
        length *= 0.5
    return 0.0


def _linear_fall(problem: Problem, gamma: np.ndarray, gradient: np.ndarray, step: np.ndarray) -> float:
    """What a step would gain if all but the hinges were linear."""
    hinge = problem.hinge(gamma)
    reached = hinge + problem.hinges.along(step)
    return problem.hinges.cost(hinge) - problem.hinges.cost(reached) - float(gradient @ step)
