"""The exact minimum of a linear model under any loss: the engine behind the linear estimators. NumPy and SciPy alone.

Convex losses, kinks and penalties included, reach the minimum to rounding. Others reach a stationary point: on the
target's own scale from the better of a constant and the fit of absolute error (the usual start of a redescending
estimator: Yohai 1987, doi:10.1214/aos/1176350366), else from zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from losskit.catalogue.regression import absolute_error
from losskit.core.domains import Domain
from losskit.errors import InvalidInput, require
from losskit.training.linear.newton import NO_MINIMUM, Minimum, minimise
from losskit.training.linear.problem import Coordinates, Problem
from losskit.training.linear.rows import Rows, RowTerm, check_known, parts_of, row_terms

LOCAL = "the loss is not convex: a stationary point, which need not be the least"


@dataclass(frozen=True)
class LinearFit:
    """A linear model: coef (d,) and a float; (K, d) and (K,) for K classes; (m, d) and (m,) for m outputs.

    objective: the weighted mean loss plus the penalty, summed over outputs. iterations: Newton steps, the most of any
    output. converged: the minimum was reached to the tolerance. message: what should be known of it, "" if nothing.
    """

    coef: np.ndarray
    intercept: Any
    objective: float
    iterations: int
    converged: bool
    message: str


def fit_linear(
    loss: Any,
    X: np.ndarray,
    y: np.ndarray,
    *,
    weight: np.ndarray | None = None,
    penalty: str | None = None,
    alpha: float = 0.0,
    l1_ratio: float = 0.5,
    fit_intercept: bool = True,
    classes: int | None = None,
    tolerance: float = 1e-10,
    max_iter: int = 500,
) -> LinearFit:
    """Minimise Σ weight·loss / Σ weight + penalty over the coefficients and the intercept.

    loss: a loss of (pred, target) or a weighted sum of them. X: (n, d) float64. y: (n,) targets; (n,) class ids with
    classes=K for a loss over classes; (n, m) for m outputs of a pointwise loss, each solved for itself.
    penalty, in the units of X and never on the intercept: "l2" alpha/2 Σ c², "l1" alpha Σ|c|, "elasticnet"
    alpha (l1_ratio Σ|c| + (1 - l1_ratio)/2 Σ c²), or None.
    tolerance: of the gradient, as a share of the slopes it is made of.
    Of several minimisers any may be found; unpenalised scores over classes are centred: their coefficients sum to 0.
    Raises InvalidInput for shapes, values or settings outside these, NotSupported for a loss without a gradient or of
    other inputs, Diverged where the gradient is not finite.
    """
    require("scipy", "special")
    sizes = _penalty(penalty, alpha, l1_ratio)
    X, y, weight = _checked(loss, X, y, weight, classes)
    check_known(loss, classes)
    fits = []
    for output in range(y.shape[1]) if y.ndim == 2 else [None]:
        rows = Rows(row_terms(loss, y, weight, output, classes), classes, centred=not sizes.l1)
        share = rows.total / rows.total.sum()
        coordinates = Coordinates.of(X[weight > 0], share, fit_intercept, sizes.l1, sizes.l2)
        problem = Problem(rows, coordinates, sizes.l1, sizes.l2)
        with np.errstate(all="ignore"):  # what is not finite is looked for
            found = _minimum(loss, problem, tolerance=tolerance, max_iter=max_iter)
            if _convex(loss) and found.iterations < max_iter and _falls_on(problem, found.gamma):
                found = found._replace(converged=False, message=NO_MINIMUM)
        fits.append(_in_user_units(problem, found))
    return fits[0] if y.ndim == 1 else _stacked(fits)


def _minimum(loss: Any, problem: Problem, **options: Any) -> Minimum:
    start, convex = _start(loss, problem), _convex(loss)
    if _on_target_scale(loss) and not (convex and _round(problem, start)):
        start = min(start, _robust(problem, start, convex, **options), key=problem.objective)
    found = minimise(problem, start, convex=convex, origin=_origin(loss, problem), **options)
    if convex:
        return found
    return found._replace(message=f"{LOCAL}; {found.message}" if found.message else LOCAL)


def _falls_on(problem: Problem, gamma: np.ndarray) -> bool:
    """Does the objective halve where gamma doubles, and fall again where it doubles once more?

    Where a smooth loss levels off beside a kinked one, Newton's method ends as rounding hides the rest of the fall.
    """
    here, twice, four_times = (problem.objective(factor * gamma) for factor in (1.0, 2.0, 4.0))
    return four_times < twice < here - 0.5 * abs(here)


def _round(problem: Problem, start: np.ndarray) -> bool:
    """Is the loss curved at the scale of the residuals, where Newton's method will look?"""
    scores = problem.scores(start)
    width = problem.rows.spread(scores)
    change = problem.rows.slope(scores + width) - problem.rows.slope(scores - width)
    return bool(change.sum() <= 4 * width * problem.rows.bend(scores).sum())


def _robust(problem: Problem, start: np.ndarray, convex: bool, **options: Any) -> np.ndarray:
    """The fit of absolute error. For a convex loss with that loss's slopes far from the target and its penalty: where
    it is round only near the target its own minimum is close by."""
    rows, l1, l2 = problem.rows, 0.0, 0.0
    target, share = rows.terms[0].target, rows.total
    if convex:
        width = rows.spread(problem.scores(start))
        change = rows.slope((target + width)[:, None]) - rows.slope((target - width)[:, None])
        share, l1, l2 = 0.5 * np.maximum(change[:, 0], 0.0), problem.l1, problem.l2
    middle = Rows([RowTerm(absolute_error(), share, target, {})], None, centred=False)
    return minimise(Problem(middle, problem.coordinates, l1, l2), start, convex=True, **options).gamma


def _start(loss: Any, problem: Problem) -> np.ndarray:
    """Scores near the targets, through the inverse link: projected on the model, or their mean under a penalty."""
    domain = _domain(loss)
    y = problem.rows.terms[0].target
    share = problem.rows.total / problem.rows.total.sum()
    mean = _mean_target(problem)
    if domain.link == "exp" and mean > 0:
        scores = np.log(0.5 * (y + mean))  # as generalised linear models start: McCullagh and Nelder 1989, section 2.5
    elif domain.link == "expm1":
        scores = np.log1p(y)
    elif _on_target_scale(loss):
        scores = y
    else:
        return np.zeros(problem.k * problem.r)
    if problem.penalised or not _convex(loss):
        return problem.coordinates.constant(np.array([share @ scores])).ravel()
    return problem.project(scores)


def _origin(loss: Any, problem: Problem) -> float:
    """A constant score, not the best one, at which slopes have their ordinary size in any units of the target."""
    mean = _mean_target(problem)
    return float(np.log(mean)) + 1.0 if _domain(loss).link == "exp" and mean > 0 else 0.0


def _mean_target(problem: Problem) -> float:
    return float(problem.rows.total @ problem.rows.terms[0].target / problem.rows.total.sum())


def _in_user_units(problem: Problem, found: Minimum) -> LinearFit:
    gamma = problem.rows.basis @ found.gamma.reshape(problem.k, problem.r)
    coef, intercept = problem.coordinates.in_user_units(gamma)
    said = (problem.objective(found.gamma), found.iterations, found.converged, found.message)
    if problem.rows.classes is None:
        return LinearFit(coef[0], float(intercept[0]), *said)
    return LinearFit(coef, intercept - intercept.mean() if problem.rows.shiftable else intercept, *said)


def _stacked(fits: list[LinearFit]) -> LinearFit:
    return LinearFit(
        np.stack([fit.coef for fit in fits]),
        np.array([fit.intercept for fit in fits]),
        sum(fit.objective for fit in fits),
        max(fit.iterations for fit in fits),
        all(fit.converged for fit in fits),
        "; ".join(dict.fromkeys(fit.message for fit in fits if fit.message)),
    )


# what is asked, checked


class _Penalty(NamedTuple):
    l1: float
    l2: float


def _penalty(penalty: str | None, alpha: float, l1_ratio: float) -> _Penalty:
    if not (np.isfinite(alpha) and alpha >= 0):
        raise InvalidInput(f"alpha={alpha!r}: expected a finite number >= 0", "0 leaves the penalty away")
    if not 0 <= l1_ratio <= 1:
        raise InvalidInput(f"l1_ratio={l1_ratio!r}: expected a number from 0 to 1", "1 is all l1, 0 all l2")
    share = {None: (0.0, 0.0), "l1": (1.0, 0.0), "l2": (0.0, 1.0), "elasticnet": (l1_ratio, 1.0 - l1_ratio)}
    if penalty not in share:
        raise InvalidInput(f"penalty={penalty!r}", 'choose one of "l1", "l2", "elasticnet", None')
    return _Penalty(*(float(alpha) * part for part in share[penalty]))


def _checked(
    loss: Any, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None, classes: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rowwise = any(part.kind == "rowwise" for _, part in parts_of(loss))
    if rowwise != (classes is not None):
        raise InvalidInput(
            f"{loss!r} with classes={classes!r}", "give classes=K for a loss over classes, and only there"
        )
    X, y = np.asarray(X, float), np.asarray(y, np.int64 if rowwise else float)
    if X.ndim != 2 or y.ndim not in ((1,) if rowwise else (1, 2)) or len(y) != len(X) or not len(X):
        raise InvalidInput(f"X has shape {X.shape}, y {y.shape}", "give X (n, d) and y (n,) with n >= 1 rows")
    weight = np.ones(len(X)) if weight is None else np.asarray(weight, float)
    if weight.shape != (len(X),) or not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise InvalidInput(f"weight of shape {weight.shape}", f"give {len(X)} finite numbers >= 0, not all of them 0")
    if not np.isfinite(X[weight > 0]).all():
        raise InvalidInput("X holds numbers that are not finite", "fill or drop those rows")
    loss.each(np.zeros((len(y), classes) if rowwise else y.shape), y)  # refuses targets outside the loss's domain
    return X, y, weight


def _all_claim(loss: Any, claim: str) -> bool:
    return all(part.claims.get(claim) is True for _, part in parts_of(loss))


def _convex(loss: Any) -> bool:
    return _all_claim(loss, "convex") and all(factor >= 0 for factor, _ in parts_of(loss))


def _domain(loss: Any) -> Domain:
    """Of the scores."""
    definition = parts_of(loss)[0][1].definition
    return definition.inputs[definition.lead]


def _on_target_scale(loss: Any) -> bool:
    """Is the score itself a prediction of a real target?"""
    return _domain(loss).link == "identity" and parts_of(loss)[0][1].definition.task == "regression"
