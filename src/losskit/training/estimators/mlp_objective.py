"""A network of relu layers under any loss, in NumPy: its first weights, and its objective for the descents."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from losskit.adapters.refusals import is_rowwise
from losskit.training.layers import Layers, activations, predict


def mlp_start(sizes: Sequence[int], seed: int) -> Layers:
    """First weights as torch.nn.Linear draws them: uniform within ±1 / sqrt(inputs). Zeros in the last bias."""
    draw = np.random.default_rng(seed)
    layers = []
    for inputs, outputs in itertools.pairwise(sizes):
        bound = max(inputs, 1) ** -0.5
        layers.append((draw.uniform(-bound, bound, (outputs, inputs)), draw.uniform(-bound, bound, outputs)))
    return (*layers[:-1], (layers[-1][0], np.zeros(sizes[-1])))


@dataclass(frozen=True)
class MlpObjective:
    """objective(layers, X, y, *extras) -> (value, gradient): the mean of `loss` at `start + scale * scores`, penalised.

    X is (n, d) or, for lists, (lists, L, d); y has the shape of the loss's target. `extras` go to the loss under the
    names `options` ("weight", "where"). l1 and l2 add l1·Σ|w| + l2/2·Σw² over all weights, never over a bias.
    """

    loss: Any
    start: np.ndarray | float = 0.0
    scale: np.ndarray | float = 1.0
    options: tuple[str, ...] = ()
    l1: float = 0.0
    l2: float = 0.0

    def __call__(self, layers: Layers, X: np.ndarray, y: np.ndarray, *extras: np.ndarray) -> tuple[float, Layers]:
        given = activations(layers, X.reshape(-1, X.shape[-1]))
        pred = self._pred(given[-1], y)
        if not np.isfinite(pred).all():
            return math.nan, layers  # by which the descent sees that it diverged
        value, slope = self.loss.value_and_gradient(pred, y, **self._named(extras))
        for weight, _ in layers:
            value += self.l1 * np.abs(weight).sum() + 0.5 * self.l2 * np.vdot(weight, weight)
        return value, self._backward(layers, given, self.scale * slope.reshape(given[-1].shape))

    def mean_loss(self, layers: Layers, X: np.ndarray, y: np.ndarray, *extras: np.ndarray) -> float:
        """The value without the penalty."""
        pred = self._pred(predict(layers, X.reshape(-1, X.shape[-1])), y)
        return float(self.loss(pred, y, **self._named(extras))) if np.isfinite(pred).all() else math.nan

    def _named(self, extras: tuple[np.ndarray, ...]) -> dict[str, np.ndarray]:
        return dict(zip(self.options, extras, strict=True))

    def _pred(self, scores: np.ndarray, y: np.ndarray) -> np.ndarray:
        pred = self.start + self.scale * scores
        return pred if is_rowwise(self.loss) else pred.reshape(y.shape)

    def _backward(self, layers: Layers, given: list[np.ndarray], slope: np.ndarray) -> Layers:
        gradient = []
        for number in reversed(range(len(layers))):
            weight, _ = layers[number]
            penalty = self.l1 * np.sign(weight) + self.l2 * weight
            gradient.append((slope.T @ given[number] + penalty, slope.sum(0)))
            if number:
                slope = (slope @ weight) * (given[number] > 0)
        return tuple(reversed(gradient))
