"""The data term of a linear model: the weighted mean loss as a function of the scores, split at its kinks.

A convex function of one score is a function with a continuous slope, the *remainder*, plus a hinge
jump·max(score - kink, 0) for each kink. Newton's method sees the remainder; the hinges are kept as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from losskit.errors import NotSupported
from losskit.ops.on_numpy import WORDS
from losskit.ops.program import Program
from losskit.training.linear.kinks import Kink, find_kinks, jumps_between_classes

DIFFERENCE = 2.0**-9  # of a score over classes; second derivatives are then good to about 1e-12


class RowTerm:
    """One loss on fixed rows: `share` (n,) holds each row's factor in the mean, `target` (n,)."""

    def __init__(self, loss: Any, share: np.ndarray, target: np.ndarray, params: dict[str, Any]):
        self.share, self.target, self.params = share, target, params
        graphs, d = loss.graphs(), loss.definition
        self.names = tuple(d.inputs)
        self.lead = graphs.inputs[d.lead]
        self.rowwise = loss.kind == "rowwise"
        self._each, self._slope = Program([graphs.each]), Program([graphs.gradient])
        self._bend = Program([] if self.rowwise else [graphs.hessian])
        found = [] if self.rowwise else find_kinks(graphs.each, self.lead, self._run, target)
        self.kinks = [Kink(k.at, jump, k.near) for k in found if (jump := np.maximum(k.jump, 0.0)).any()]

    def _run(self, program: Program, score: np.ndarray) -> list[np.ndarray]:
        inputs = {**dict(zip(self.names, (score, self.target), strict=True)), **self.params}
        with np.errstate(all="ignore"):
            return [np.asarray(a) for a in program.run(WORDS, inputs, score)]

    def value(self, score: np.ndarray) -> float:
        """The weighted sum of the loss."""
        return float(self.share @ np.broadcast_to(self._run(self._each, score)[0], self.share.shape))

    def slope(self, score: np.ndarray) -> np.ndarray:
        """Slope of the remainder by each score."""
        # At a kink rounding decides between its two slopes: just below, the lower one is certain.
        for at, _, near in self.kinks:
            score = np.where(np.abs(score - at) <= near, at - near, score)
        slope = self._run(self._slope, score)[0]
        for at, jump, _ in self.kinks:
            slope = slope - jump * (score > at)
        return self._weighted(slope, score)

    def bend(self, score: np.ndarray) -> np.ndarray:
        """Second derivative of the remainder by each score (n,); of a pointwise loss."""
        return self._weighted(self._run(self._bend, score)[0], score)

    def bend_along(self, score: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """Each row's Hessian times one direction over classes (K,), by differences of fourth order: (n, K)."""
        step = DIFFERENCE * direction
        near = self.slope(score + step) - self.slope(score - step)
        far = self.slope(score + 2 * step) - self.slope(score - 2 * step)
        return (8 * near - far) / (12 * DIFFERENCE)

    def _weighted(self, values: np.ndarray, score: np.ndarray) -> np.ndarray:
        return (self.share[:, None] if self.rowwise else self.share) * np.broadcast_to(values, score.shape)


def check_known(loss: Any, classes: int | None) -> None:
    """Raise NotSupported for a loss of other inputs, or whose slope jumps between the scores of classes."""
    for _, part in parts_of(loss):
        d = part.definition
        rows = d.kind == "rowwise" and d.class_input and not (classes and jumps_between_classes(part, classes))
        if len(d.inputs) != 2 or d.wrt != (d.lead,) or not (d.kind == "pointwise" or rows):
            raise NotSupported(
                f"{part.name}: the exact linear engine knows losses of a score and a target, and of rows over classes "
                "without kinks",
                "take a smooth loss such as cross_entropy, or train in a framework",
            )


class Rows:
    """The sum of the terms, as a function of free scores (n, k): k = 1 for a pointwise loss.

    A loss over K classes that does not change when all scores of a row move together has only K - 1 free scores,
    those along orthonormal contrasts of the classes.
    """

    def __init__(self, terms: list[RowTerm], classes: int | None, centred: bool):
        self.terms, self.classes = terms, classes
        self.basis = np.eye(classes or 1)
        self.shiftable = classes is not None and all(self._ignores_shifts(term) for term in terms)
        if self.shiftable and centred:
            self.basis = _contrasts(len(self.basis))
        self.total = np.sum([np.abs(term.share) for term in terms], axis=0)

    @property
    def free(self) -> int:
        return self.basis.shape[1]

    def value(self, free: np.ndarray) -> float:
        score = self._score(free)
        value = sum(term.value(score) for term in self.terms)
        return float(value) if np.isfinite(value) else np.inf

    def slope(self, free: np.ndarray) -> np.ndarray:
        """(n, k)."""
        score = self._score(free)
        slope = self._sum(lambda term: term.slope(score))
        return slope[:, None] if self.classes is None else slope @ self.basis

    def bend(self, free: np.ndarray) -> np.ndarray:
        """The Hessian of each row, (n, k, k)."""
        score = self._score(free)
        if self.classes is None:
            return self._sum(lambda term: term.bend(score))[:, None, None]
        columns = []
        for direction in self.basis.T:
            along = np.sum([term.bend_along(score, direction) for term in self.terms], axis=0)
            columns.append(along @ self.basis)
        return np.stack(columns, axis=2)

    def kinks(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """(score, weighted jump) of each kink: (n,), (n,)."""
        return [(kink.at, kink.jump * term.share) for term in self.terms for kink in term.kinks]

    def size(self, slope: np.ndarray) -> float:
        """The norm of which a gradient in orthonormal coordinates is a part."""
        return float(np.sqrt(np.sum(slope**2 / np.where(self.total > 0, self.total, 1.0)[:, None])))

    def spread(self, free: np.ndarray) -> float:
        """The root mean square of target - score, of a pointwise loss."""
        return float(np.sqrt(self.total @ (self.terms[0].target - free[:, 0]) ** 2 / self.total.sum()))

    def _score(self, free: np.ndarray) -> np.ndarray:
        return free[:, 0] if self.classes is None else free @ self.basis.T

    def _sum(self, evaluate: Callable[[RowTerm], np.ndarray]) -> np.ndarray:
        return np.sum([evaluate(term) for term in self.terms], axis=0)

    def _ignores_shifts(self, term: RowTerm) -> bool:
        score = np.sin(np.arange(len(term.target) * self.basis.shape[0], dtype=float)).reshape(-1, self.basis.shape[0])
        slope = term.slope(score)
        return bool(np.all(np.abs(slope.sum(axis=1)) <= 1e-12 * np.abs(slope).sum(axis=1)))


def _contrasts(classes: int) -> np.ndarray:
    """Orthonormal columns (K, K - 1), each summing to 0 (Helmert 1876)."""
    basis = np.triu(np.ones((classes, classes - 1)))
    basis[np.arange(1, classes), np.arange(classes - 1)] = -np.arange(1.0, classes)
    return basis / np.linalg.norm(basis, axis=0)


def parts_of(loss: Any) -> tuple[tuple[float, Any], ...]:
    """(factor, loss) for each term of a weighted sum; a loss is its own only term."""
    return getattr(loss, "parts", ((1.0, loss),))


def row_terms(loss: Any, y: np.ndarray, weight: np.ndarray, output: int | None, classes: int | None) -> list[RowTerm]:
    """The terms of a loss or of a weighted sum of losses on the rows of weight > 0.

    y: (n,), or (n, m) of which `output` names one. Each term's mean divides by what the loss itself divides by: the
    weights, times those of the classes.
    """
    kept = weight > 0
    target = (y if output is None else y[:, output])[kept]
    terms = []
    for factor, part in parts_of(loss):
        if len(part.definition.inputs) != 2 or part.kind not in ("pointwise", "rowwise"):
            raise NotSupported(f"a linear model cannot be fitted under {part!r}", "it takes losses of (pred, target)")
        params, share, ids = dict(part.params), weight[kept], target
        for name, value in params.items():
            if isinstance(value, np.ndarray) and not part.definition.params[name].per_class:
                value = np.broadcast_to(value, y.shape)
                params[name] = (value if output is None else value[:, output])[kept]
        divisor = share.sum()
        if classes is not None:
            here = target != params["ignore_index"]
            share, ids = share * here, np.where(here, target, 0)
            divisor = share @ (np.ones(classes) if params["class_weight"] is None else params["class_weight"])[ids]
        terms.append(RowTerm(part, factor * share / (divisor or 1.0), ids, params))
    return terms
