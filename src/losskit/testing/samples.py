"""Random test data from what a loss declares: its inputs' domains and their axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.core.domains import Domain
from losskit.core.loss import Loss
from losskit.core.probe import class_count
from losskit.testing.libraries import Library

_LENGTHS = {"L": 3, "N": 4, "P": 6, "D": 3, "M": 4, "H": 3, "W": 4}


def sample(loss: Loss, rows: int = 6, seed: int = 0, soft: bool = False) -> dict[str, np.ndarray]:
    """One NumPy array for each input, drawn inside its domain; classes come as ids, or `soft` over the class axis.

    The first axis counts `rows` items: entries, rows over classes, or whole lists, batches and pictures.
    """
    draw = np.random.default_rng(seed)
    return {name: draw_input(draw, loss, name, rows, soft) for name in loss.definition.inputs}


def draw_input(draw: np.random.Generator, loss: Loss, name: str, rows: int, soft: bool = False) -> np.ndarray:
    """The input `name` of `rows` items."""
    domain, shape = loss.definition.inputs[name], (rows, *shape_of_item(loss, name))
    if domain.classes and soft:
        return draw.dirichlet(np.ones(class_count(loss)), shape).reshape(*shape, class_count(loss))
    if domain.classes:
        return draw.permutation(int(np.prod(shape))).reshape(shape) % class_count(loss)
    if domain.labels:  # pairs of rows, each with a label of its own
        return draw.permuted(np.broadcast_to(np.arange(shape[-1]) // 2, shape), axis=-1)
    return from_domain(draw, domain, shape)


def shape_of_item(loss: Loss, name: str) -> tuple[int, ...]:
    """The shape of one item of an input; class ids have one entry for each row of a batch or pixel of a picture."""
    domain, lengths = loss.definition.inputs[name], {**_LENGTHS, "K": class_count(loss)}
    if domain.classes:
        return items_of(loss)
    shape = [lengths.get(axis, 4) for axis in domain.axes]
    return (*shape[:-1], domain.length) if domain.length else tuple(shape)


def items_of(loss: Loss) -> tuple[int, ...]:
    """The shape of a mask over the items of one list, batch or picture; () where a loss is not over items."""
    return shape_of_item(loss, loss.definition.lead)[:1] if loss.definition.over_items else ()


def from_domain(draw: np.random.Generator, domain: Domain, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers inside `domain`, of ordinary size; a closed lower bound of a half line is drawn now and then."""
    if domain.from_free:  # boxes are drawn near each other, so that they overlap
        size = 0.25 if np.isinf([domain.low, domain.high]).all() else 2.0
        return domain.from_free(size * draw.standard_normal(shape))
    if domain.only:
        return draw.choice(domain.only, shape)
    if np.isfinite(domain.low) and np.isfinite(domain.high):
        return draw.uniform(domain.low, domain.high, shape)
    if np.isfinite(domain.low):
        values = domain.low + draw.gamma(2.0, 1.0, shape)
        at_bound = (draw.random(shape) < 0.2) & (not domain.open_low)
        if len(shape) > 1:  # once in an item, as equal entries of a list have no order
            at_bound &= np.cumsum(at_bound, axis=-1) == 1
        return np.where(at_bound, domain.low, values)
    if np.isfinite(domain.high):
        return domain.high - draw.gamma(2.0, 1.0, shape)
    return 2.0 * draw.standard_normal(shape)


def made_valid(domain: Domain, numbers: np.ndarray) -> np.ndarray:
    """Any numbers as values of `domain`: log-probabilities that sum to 1, corners in order; most stay as they are."""
    return domain.from_free(numbers) if domain.from_free else numbers


def native(arrays: dict[str, np.ndarray], library: Library, dtype: str, ids: str = "int64") -> tuple[Any, ...]:
    """The arrays in one library, numbers in `dtype` and integers, which are ids, in `ids`."""
    return tuple(library.array(a, ids if a.dtype.kind == "i" else dtype) for a in arrays.values())
