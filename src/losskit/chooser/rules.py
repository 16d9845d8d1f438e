"""Decision rules: what is learnt on out-of-fold rows to turn a model's prediction into the answer a metric judges.

A rule's state is a number or an array: a threshold on the probability of class 1, an offset for the log-probability
of each class, a shift or a factor for a regression prediction; None where nothing is learnt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from losskit.chooser.metrics import Metric

CUTS = 199  # thresholds and shifts tried: quantiles of what was predicted
FACTORS = np.exp(np.linspace(-1.0, 1.0, 81))
OFFSETS = np.array([-2.0, -1.0, -0.5, -0.25, 0.25, 0.5, 1.0, 2.0])
MANY_CLASSES = 20
TINY = 1e-12


def learn(rule: str, metric: Metric, y: np.ndarray, prediction: np.ndarray) -> Any:
    """The state under which the metric is best on these rows; ties go to the state nearest to leaving things alone."""
    if rule == "threshold" and prediction.ndim == 1:
        cuts = np.unique(np.quantile(prediction, np.linspace(0.0, 1.0, CUTS + 2)[1:-1]))
        cuts = np.unique(np.append((cuts[1:] + cuts[:-1]) / 2, 0.5))
        return _best(metric, y, cuts, lambda cut: (prediction > cut).astype(np.int64), 0.5)
    if rule == "threshold":
        return _class_offsets(metric, y, np.log(prediction + TINY))
    if rule == "shift":
        residual = y - prediction
        shifts = np.unique(np.append(np.quantile(residual, np.linspace(0.0, 1.0, CUTS + 2)[1:-1]), 0.0))
        return _best(metric, y, shifts, lambda shift: prediction + shift, 0.0)
    if rule == "scale":
        return _best(metric, y, FACTORS, lambda factor: prediction * factor, 1.0)
    return None


def apply(rule: str, state: Any, metric: Metric, prediction: np.ndarray) -> np.ndarray:
    """The prediction in the form the metric needs: a value, a probability or a class id."""
    if rule == "shift":
        return prediction + state
    if rule == "scale":
        return prediction * state
    return decide_class(state, prediction) if metric.needs == "label" else prediction


def decide_class(state: Any, probability: np.ndarray) -> np.ndarray:
    """Class ids from the probability of class 1 (n,) or of every class (n, K)."""
    if probability.ndim == 1:
        return (probability > (0.5 if state is None else state)).astype(np.int64)
    return np.argmax(probability if state is None else np.log(probability + TINY) + state, axis=1)


def value(metric: Metric, y: np.ndarray, answer: np.ndarray) -> float:
    """The plain metric, signed so that more is better; the worst possible where it is undefined."""
    plain = float(metric(y, answer, np.ones((1, len(y))))[0])
    signed = plain if metric.greater_is_better else -plain
    return signed if np.isfinite(signed) else -np.inf


def _best(
    metric: Metric, y: np.ndarray, states: np.ndarray, answer: Callable[[Any], np.ndarray], neutral: float
) -> float:
    scores = np.array([value(metric, y, answer(state)) for state in states])
    best = states[scores >= scores.max()]
    return float(best[np.argmin(np.abs(best - neutral))])


def _class_offsets(metric: Metric, y: np.ndarray, log_p: np.ndarray) -> np.ndarray:
    """Coordinate ascent over one offset for each class."""
    offsets = np.zeros(log_p.shape[1])
    top = value(metric, y, np.argmax(log_p, axis=1))
    for _ in range(2 if len(offsets) <= MANY_CLASSES else 1):
        for k in range(len(offsets)):
            start = offsets[k]
            for step in OFFSETS:
                trial = offsets.copy()
                trial[k] = start + step
                score = value(metric, y, np.argmax(log_p + trial, axis=1))
                if score > top:
                    top, offsets = score, trial
    return offsets
