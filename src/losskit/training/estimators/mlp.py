"""Training the network of an estimator: standardised columns, Adam on batches, stopped by rows held out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from losskit.errors import InvalidInput
from losskit.training.descent import adam
from losskit.training.estimators.mlp_objective import MlpObjective, mlp_start
from losskit.training.layers import Layers


@dataclass(frozen=True)
class MlpSettings:
    """What an estimator's parameters say about its network and its training."""

    hidden_layer_sizes: tuple[int, ...]
    learning_rate: float
    batch_size: int
    epochs: int
    held_out: float  # the share of the rows that decide when to stop; 0 for none
    patience: int
    l1: float
    l2: float
    seed: int


def fit_mlp(
    loss: Any,
    X: np.ndarray,
    y: np.ndarray,
    extras: Mapping[str, np.ndarray],
    settings: MlpSettings,
    start: np.ndarray,
    scale: np.ndarray,
) -> tuple[Layers, tuple[float, ...]]:
    """The layers for X in its own units, and the mean objective of each epoch.

    X (n, d), or (lists, L, d) with `where` among the `extras`, which go to the loss by name. The network starts from
    the constants `start` (outputs,) and learns in steps of `scale` (outputs,), in the units of the raw scores. The
    penalty is on the weights for standardised columns. With rows held out the layers are those of the epoch that was
    best on them. Raises Diverged.
    """
    rows = X[extras["where"]] if "where" in extras else X
    mean, deviation = rows.mean(0), rows.std(0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    objective = MlpObjective(loss, start, scale, tuple(extras), settings.l1, settings.l2)
    data = ((X - mean) / deviation, y, *extras.values())
    train, stop = _split(len(X), settings)
    watch = _HeldOut(objective, tuple(array[stop] for array in data), settings.patience) if len(stop) else None
    with np.errstate(over="ignore", invalid="ignore"):  # the descent says what overflows
        ended = adam(
            objective,
            mlp_start((X.shape[-1], *settings.hidden_layer_sizes, len(start)), settings.seed),
            tuple(array[train] for array in data),
            learning_rate=settings.learning_rate,
            batch_size=settings.batch_size,
            epochs=settings.epochs,
            seed=settings.seed,
            on_epoch=watch,
        )
    layers = watch.best if watch else ended.parameters
    return _in_own_units(layers, mean, deviation, start, scale), ended.history


def _split(count: int, settings: MlpSettings) -> tuple[np.ndarray, np.ndarray]:
    order = np.random.default_rng(settings.seed).permutation(count)
    held_out = math.ceil(settings.held_out * count)
    if held_out >= count:
        raise InvalidInput(
            f"n_samples={count}: holding {held_out} out to stop early leaves none to fit",
            "give more rows, or early_stopping=False",
        )
    return order[held_out:], order[:held_out]


def _in_own_units(
    layers: Layers, mean: np.ndarray, deviation: np.ndarray, start: np.ndarray, scale: np.ndarray
) -> Layers:
    """Layers for standardised columns and scores as layers for the columns and scores as they are."""
    (first, bias), *rest = layers
    first = first / deviation
    layers = ((first, bias - first @ mean), *rest)
    weight, bias = layers[-1]
    return (*layers[:-1], (scale[:, None] * weight, scale * bias + start))


class _HeldOut:
    """Keeps the layers that are best on rows held out; True once `patience` epochs in a row brought none better."""

    def __init__(self, objective: MlpObjective, data: tuple[np.ndarray, ...], patience: int):
        self.objective, self.data, self.patience = objective, data, patience
        self.best: Layers = ()
        self.lowest, self.stale = math.inf, 0

    def __call__(self, layers: Layers) -> bool:
        value = self.objective.mean_loss(layers, *self.data)
        self.stale = 0 if value < self.lowest else self.stale + 1
        if not self.stale:
            self.best, self.lowest = layers, value
        return self.stale >= self.patience
