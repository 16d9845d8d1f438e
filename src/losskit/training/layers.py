"""The layers of a relu network, in NumPy: a linear model is the case of one layer."""

from __future__ import annotations

import numpy as np

Layers = tuple[tuple[np.ndarray, np.ndarray], ...]  # (weight (out, in), bias (out,)) of each layer, relu between


def predict(layers: Layers, X: np.ndarray) -> np.ndarray:
    """Raw scores (..., outputs) of the rows X (..., d)."""
    return activations(layers, X)[-1]


def activations(layers: Layers, X: np.ndarray) -> list[np.ndarray]:
    """X, what each hidden layer gives, and the scores."""
    given = [X]
    for number, (weight, bias) in enumerate(layers):
        if number:
            given[-1] = np.maximum(given[-1], 0.0)
        given.append(given[-1] @ weight.T + bias)
    return given
