"""The objective of a linear model, in coordinates without units: columns centred, scaled and made orthonormal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from losskit.training.linear.interior import Hinges
from losskit.training.linear.rows import Rows

RANK = 1e-15  # times the larger side of the table: singular values below are 0, relative to the largest
ZERO = 1e-13  # of the largest coefficient, standardised


@dataclass(frozen=True)
class Coordinates:
    """Z = A @ turn, where A holds the standardised columns of X and, with an intercept, ones.

    Without an L1 penalty `turn` (p, r) makes the columns of Z orthonormal under the weights, and leaves out directions
    in which nothing moves: of several minimisers the one of least norm is found.
    """

    Z: np.ndarray
    turn: np.ndarray
    back: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    intercept: bool

    @classmethod
    def of(cls, X: np.ndarray, share: np.ndarray, intercept: bool, l1: float, l2: float) -> Coordinates:
        mean = np.zeros(X.shape[1])
        if intercept:
            mean = share @ X
            mean = mean + share @ (X - mean)
        centred = X - mean
        if intercept:
            centred[:, (X[:1] == X).all(axis=0)] = 0.0
        largest = np.abs(centred).max(axis=0)
        largest[largest == 0] = 1.0
        scale = largest * np.sqrt(share @ (centred / largest) ** 2)
        scale[scale == 0] = 1.0
        A = centred / scale
        if intercept:
            A = np.column_stack([A, np.ones(len(A))])
        if l1:
            turn = back = np.eye(A.shape[1])
        else:
            turn, back = _orthonormal(A, share, np.sqrt(l2) / scale)
        return cls(A @ turn, turn, back, mean, scale, intercept)

    def in_user_units(self, gamma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(coef, intercept) of each row of gamma (k, r): (k, d) and (k,)."""
        standardised = gamma @ self.turn.T
        coef = standardised[:, : len(self.scale)] / self.scale
        level = standardised[:, -1] if self.intercept else np.zeros(len(gamma))
        return coef, level - coef @ self.mean

    def constant(self, level: np.ndarray) -> np.ndarray:
        """gamma (k, r) of a score (k,) that is the same for every row; 0 without an intercept."""
        if not self.intercept:
            return np.zeros((len(level), self.Z.shape[1]))
        return level[:, None] * self.back[:, -1]


def _orthonormal(A: np.ndarray, share: np.ndarray, ridge: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(turn, back): A @ turn has orthonormal columns under the shares, and back @ turn is the identity."""
    rows = A * np.sqrt(share)[:, None]
    if ridge.any():
        rows = np.vstack([rows, np.eye(len(ridge), A.shape[1]) * ridge[:, None]])
    _, sizes, right = np.linalg.svd(np.linalg.qr(rows, mode="r"), full_matrices=False)
    kept = sizes > RANK * max(A.shape) * sizes.max(initial=0.0)
    return right[kept].T / sizes[kept], right[kept] * sizes[kept, None]


class Problem:
    """Rows and penalty as a function of gamma, flattened (k·r,): a part with a continuous slope, and hinges."""

    def __init__(self, rows: Rows, coordinates: Coordinates, l1: float, l2: float):
        self.rows, self.coordinates = rows, coordinates
        self.Z = coordinates.Z
        self.k, self.r = rows.free, self.Z.shape[1]
        d = len(coordinates.scale)
        penalised = coordinates.turn[:d] / coordinates.scale[:, None]
        self.ridge = l2 * penalised.T @ penalised
        self.penalised = l1 > 0 or l2 > 0
        self.tilt = np.zeros((self.k, self.r))
        self.l1, self.l2 = l1, l2
        self.bounds = l1 / coordinates.scale if l1 else np.zeros(0)
        self.tilt[:, : len(self.bounds)] = -self.bounds  # |c| = 2 max(c, 0) - c
        self.hinges, self.at = self._hinges()

    def _hinges(self) -> tuple[Hinges, np.ndarray]:
        kinks = [(self.Z[jump > 0], at[jump > 0], jump[jump > 0]) for at, jump in self.rows.kinks()]
        empty = (np.zeros((0, self.k * self.r)), np.zeros(0), np.zeros(0))
        dense, at, jump = (np.concatenate(parts) for parts in zip(empty, *kinks, strict=True))
        index = (np.arange(self.k)[:, None] * self.r + np.arange(len(self.bounds))).ravel()
        jump = np.concatenate([jump, np.tile(2 * self.bounds, self.k)])
        return Hinges(dense, index, jump), np.concatenate([-at, np.zeros(len(index))])

    def scores(self, gamma: np.ndarray) -> np.ndarray:
        """(n, k)."""
        return self.Z @ gamma.reshape(self.k, self.r).T

    def hinge(self, gamma: np.ndarray) -> np.ndarray:
        """What each hinge takes the positive part of."""
        return self.at + self.hinges.along(gamma)

    def moved(self, gamma: np.ndarray, step: np.ndarray) -> np.ndarray:
        """gamma + step, where a coefficient under an L1 penalty that ends at 0 is exactly 0."""
        reached, index = gamma + step, self.hinges.index
        reached[index[np.abs(reached[index]) <= ZERO * np.abs(reached).max()]] = 0.0
        return reached

    def objective(self, gamma: np.ndarray) -> float:
        """The weighted mean loss plus the penalty; infinite where the loss is not finite."""
        parts = gamma.reshape(self.k, self.r)
        l1 = np.sum(self.bounds * np.abs(parts[:, : len(self.bounds)]))
        penalty = 0.5 * np.sum((parts @ self.ridge) * parts) + l1
        return self.rows.value(self.scores(gamma)) + float(penalty)

    def gradient(self, gamma: np.ndarray, slope: np.ndarray) -> np.ndarray:
        """Of the part without hinges, from the slope of its rows."""
        parts = gamma.reshape(self.k, self.r)
        return (slope.T @ self.Z + parts @ self.ridge + self.tilt).ravel()

    def hessian(self, gamma: np.ndarray) -> np.ndarray:
        """Of the part without hinges, (k·r, k·r)."""
        bend = self.rows.bend(self.scores(gamma))
        hessian = np.empty((self.k, self.r, self.k, self.r))
        for a in range(self.k):
            for b in range(a + 1):
                hessian[a, :, b] = self.Z.T @ (self.Z * bend[:, a, b, None])
                hessian[b, :, a] = hessian[a, :, b].T
            hessian[a, :, a] += self.ridge
        if self.rows.shiftable and self.k == self.rows.classes and self.coordinates.intercept:
            # All intercepts together move nothing: let them stay.
            hessian[:, -1, :, -1] += np.einsum("naa->", bend) / self.k**2
        return hessian.reshape(self.k * self.r, self.k * self.r)

    def project(self, score: np.ndarray) -> np.ndarray:
        """The gamma whose scores come closest to `score` (n,), where Z is orthonormal."""
        return np.tile(self.Z.T @ (self.rows.total / self.rows.total.sum() * score), self.k)
