"""Random test data from what a loss declares: its inputs' domains and its class axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.core.domains import Domain
from losskit.core.loss import Loss
from losskit.core.probe import class_count
from losskit.testing.libraries import Library


def sample(loss: Loss, rows: int = 6, seed: int = 0, soft: bool = False) -> dict[str, np.ndarray]:
    """One NumPy array for each input, drawn inside its domain; classes come as ids, or `soft` over the class axis."""
    draw = np.random.default_rng(seed)
    classes = class_count(loss)
    arrays: dict[str, np.ndarray] = {}
    for name, domain in loss.definition.inputs.items():
        if domain.classes and soft:
            arrays[name] = draw.dirichlet(np.ones(classes), rows).reshape(rows, classes)
        elif domain.classes:
            arrays[name] = draw.permutation(rows) % classes
        else:
            arrays[name] = normalized(domain, from_domain(draw, domain, (rows, *(classes for _ in domain.axes))))
    return arrays


def from_domain(draw: np.random.Generator, domain: Domain, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers inside `domain`, of ordinary size; a closed lower bound of a half line is drawn now and then."""
    if domain.only:
        return draw.choice(domain.only, shape)
    if np.isfinite(domain.low) and np.isfinite(domain.high):
        return draw.uniform(domain.low, domain.high, shape)
    if np.isfinite(domain.low):
        values = domain.low + draw.gamma(2.0, 1.0, shape)
        return values if domain.open_low else np.where(draw.random(shape) < 0.2, domain.low, values)
    if np.isfinite(domain.high):
        return domain.high - draw.gamma(2.0, 1.0, shape)
    return 2.0 * draw.standard_normal(shape)


def normalized(domain: Domain, rows: np.ndarray) -> np.ndarray:
    """Rows as `domain` holds them: logarithms of probabilities, whose exponentials sum to 1; others as they are."""
    if domain.name != "LogProbs":
        return rows
    return rows - np.logaddexp.reduce(rows, axis=-1, keepdims=True)


def native(arrays: dict[str, np.ndarray], library: Library, dtype: str, ids: str = "int64") -> tuple[Any, ...]:
    """The arrays in one library, numbers in `dtype` and class ids in `ids`."""
    return tuple(library.array(a, ids if a.dtype.kind == "i" else dtype) for a in arrays.values())
