"""One step of Newton's method with kinks: min g·x + x'Hx/2 + Σ jump·max(hinge(x), 0), solved to the last digit.

A primal-dual interior-point method in Mehrotra's form, as Portnoy and Koenker 1997, doi:10.1214/ss/1030037960, use
it for quantile regression. It ends near the solution, where the multipliers tell which hinges lie at their kink; those
then are equations, and solving them gives the solution exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from losskit.training.descent import Diverged

MAX_STEPS = 80
GAP = 1e-13  # of Σ jump·|hinge|, or GAP² of its start where that ends at 0
BACK_OFF = 0.9995  # of the way to the boundary
REFINEMENTS = 2
LIFT = 1e-14  # of the diagonal, so that a flat direction has a factor


@dataclass(frozen=True)
class Hinges:
    """Linear functions of x (p,): `dense` rows (m, p), then x[index] for each of `index`; a `jump` > 0 for each."""

    dense: np.ndarray
    index: np.ndarray
    jump: np.ndarray

    def __len__(self) -> int:
        return len(self.jump)

    def along(self, x: np.ndarray) -> np.ndarray:
        return np.concatenate([self.dense @ x, x[self.index]])

    def gather(self, multiplier: np.ndarray) -> np.ndarray:
        """The transpose of `along`."""
        dense, single = np.split(multiplier, [len(self.dense)])
        gathered = self.dense.T @ dense
        gathered[self.index] += single
        return gathered

    def gram(self, scale: np.ndarray) -> np.ndarray:
        """Σ scale·row row'."""
        dense, single = np.split(scale, [len(self.dense)])
        gram = self.dense.T @ (self.dense * dense[:, None])
        gram[self.index, self.index] += single
        return gram

    def rows(self, chosen: np.ndarray) -> np.ndarray:
        """The chosen ones as dense rows."""
        dense, single = np.split(chosen, [len(self.dense)])
        picked = np.zeros((single.sum(), self.dense.shape[1]))
        picked[np.arange(len(picked)), self.index[single]] = 1.0
        return np.vstack([self.dense[dense], picked])

    def cost(self, reached: np.ndarray) -> float:
        return float(self.jump @ np.maximum(reached, 0.0))


def solve_model(
    gradient: np.ndarray, hessian: np.ndarray, hinges: Hinges, at: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """(x, multipliers): the minimum of g·x + x'Hx/2 + Σ jump·max(at + hinge·x, 0), H positive semi-definite.

    At it g + Hx + Σ multiplier·hinge = 0, with a multiplier between 0 and the jump at a kink, at an end elsewhere.
    None where none is found: with hinges a model need not have a minimum.
    """
    if not len(hinges):
        return factored(hessian).solve(-gradient), np.zeros(0)
    point = _Point(hinges, at)
    start = hinges.jump @ (point.above + point.below)
    scale = np.linalg.norm(gradient) + np.linalg.norm(hinges.gather(hinges.jump))
    for _ in range(MAX_STEPS):
        gap, enough = point.gap(), GAP * max(hinges.jump @ (point.above + point.below), GAP * start)
        left = gradient + hessian @ point.x + hinges.gather(point.low)
        if gap <= enough and (np.linalg.norm(left) <= GAP * scale or gap <= 1e-4 * enough):  # or rounding is reached
            return _at_kinks(point, gradient, hessian, hinges, at)
        if not point.step(left, hessian):
            break
    return None


class _Point:
    """An interior point: above - below = at + hinge·x, and multipliers `low` with `high` = jump - low, all > 0."""

    def __init__(self, hinges: Hinges, at: np.ndarray):
        self.hinges = hinges
        margin = np.abs(at).mean() or 1.0
        self.x = np.zeros(hinges.dense.shape[1])
        self.above, self.below = np.maximum(at, 0) + margin, np.maximum(-at, 0) + margin
        self.low = 0.5 * hinges.jump
        self.high = hinges.jump - self.low

    def gap(self) -> float:
        return float(self.above @ self.high + self.below @ self.low)

    def step(self, left: np.ndarray, hessian: np.ndarray) -> bool:
        """One predictor-corrector step; False when it led nowhere."""
        stiffness = 1.0 / (self.above / self.high + self.below / self.low)
        if not np.isfinite(stiffness).all():
            return False
        factor = factored(hessian + self.hinges.gram(stiffness))
        over, under = self.above * self.high, self.below * self.low
        _, above, below, low = self._direction(factor, stiffness, left, over, under)
        far = self._length(above, below, low)
        mean = self.gap() / (2 * len(self.low))
        ahead = (self.above + far * above) @ (self.high - far * low)
        ahead += (self.below + far * below) @ (self.low + far * low)
        aim = (ahead / self.gap()) ** 3 * mean
        x, above, below, low = self._direction(
            factor, stiffness, left, over - aim - above * low, under - aim + below * low
        )
        far = min(1.0, BACK_OFF * self._length(above, below, low))
        if not far > 1e-10:
            return False
        self.x = self.x + far * x
        self.above, self.below = self.above + far * above, self.below + far * below
        self.low, self.high = self.low + far * low, self.high - far * low
        return True

    def _direction(
        self, factor: Factor, stiffness: np.ndarray, left: np.ndarray, over: np.ndarray, under: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Newton's direction towards left = 0, above·high = over's aim and below·low = under's aim."""
        pull = over / self.high - under / self.low
        x = factor.solve(-left - self.hinges.gather(stiffness * pull))
        low = stiffness * (self.hinges.along(x) + pull)
        return x, (self.above * low - over) / self.high, (-under - self.below * low) / self.low, low

    def _length(self, above: np.ndarray, below: np.ndarray, low: np.ndarray) -> float:
        """How far to the first number that becomes 0, at most 1 / BACK_OFF."""
        falls = [above / self.above, below / self.below, low / self.low, -low / self.high]
        return 1.0 / max(BACK_OFF, *(-fall.min() for fall in falls))


def _at_kinks(
    point: _Point, gradient: np.ndarray, hessian: np.ndarray, hinges: Hinges, at: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The solution near an interior point: hinges whose multipliers lie inside their range are put at their kinks."""
    size = (point.above + point.below).mean() or 1.0
    above = point.high * size < point.above * hinges.jump
    below = (point.low * size < point.below * hinges.jump) & ~above
    inside = ~above & ~below
    low = np.where(above, hinges.jump, np.where(below, 0.0, point.low))
    rows = hinges.rows(inside)
    pulled = gradient + hinges.gather(np.where(inside, 0.0, low))
    move, free = _onto(rows, -(at + hinges.along(point.x))[inside])
    x = point.x + move
    if free.shape[1]:
        bend = free.T @ hessian @ free
        x = x - free @ np.linalg.lstsq(bend, free.T @ (pulled + hessian @ x), rcond=1e-12)[0]

    def cost(x: np.ndarray) -> float:
        return float(gradient @ x + 0.5 * x @ hessian @ x) + hinges.cost(at + hinges.along(x))

    slack = 1e-14 * (abs(cost(point.x)) + hinges.jump @ np.abs(at))
    if not cost(x) <= cost(point.x) + slack:
        return point.x, point.low
    low[inside] += np.linalg.lstsq(rows.T, -(pulled + hessian @ x + rows.T @ low[inside]), rcond=None)[0]
    return x, np.clip(low, 0.0, hinges.jump)


def _onto(rows: np.ndarray, need: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least move with rows·move = need, and an orthonormal basis (p, f) of what the rows leave free."""
    width = rows.shape[1]
    if len(rows) > width:
        turned, rows = np.linalg.qr(rows)
        need = turned.T @ need
    left, sizes, right = np.linalg.svd(rows, full_matrices=True)
    rank = int((sizes > 1e-12 * sizes.max(initial=0.0)).sum())
    move = right[:rank].T @ ((left[:, :rank].T @ need) / sizes[:rank])
    return move, right[rank:].T


class Factor:
    """The Cholesky factor of a matrix scaled to a unit diagonal, and lifted; refinement takes the lift back."""

    def __init__(self, matrix: np.ndarray, scale: np.ndarray, lower: np.ndarray):
        self.matrix, self.scale, self.lower = matrix, scale, lower

    def solve(self, right: np.ndarray) -> np.ndarray:
        from scipy.linalg import cho_solve

        found, left = np.zeros_like(right), self.scale * right
        for _ in range(1 + REFINEMENTS):
            found = found + cho_solve((self.lower, True), left, check_finite=False)
            left = self.scale * right - self.matrix @ found
        return self.scale * found


def factored(matrix: np.ndarray) -> Factor:
    """A factor of a positive semi-definite matrix, its diagonal lifted as far as rounding asks."""
    diagonal = np.diagonal(matrix)
    scale = 1.0 / np.sqrt(np.where(diagonal > 0, diagonal, diagonal.max(initial=0.0) or 1.0))
    scaled = matrix * scale[:, None] * scale
    if not np.isfinite(scaled).all():
        raise Diverged("the curvature of the objective is not finite", "scale the columns and the target")
    lift = LIFT
    while True:
        try:
            return Factor(scaled, scale, np.linalg.cholesky(scaled + lift * np.eye(len(scaled))))
        except np.linalg.LinAlgError:
            lift *= 100.0
