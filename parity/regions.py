"""What several peers' rows share: regions of items, and ways to call a peer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from parity.comparison import Apart

KINK = "at the kink the peer takes another subgradient"


def far(beyond: float, why: str, **options: Any) -> Apart:
    """Scores further from 0 than `beyond`."""
    return Apart(lambda pred, target: np.abs(pred) > beyond, why, **options)


def far_rows(beyond: float, why: str, **options: Any) -> Apart:
    """Rows whose scores lie further apart than `beyond`."""
    return Apart(lambda pred, target: np.ptp(pred, axis=-1) > beyond, why, **options)


def tie(why: str = KINK) -> Apart:
    """Predictions that hit the target exactly."""
    return Apart(lambda pred, target: pred == target, why)


def at_margin(margin: float, why: str = KINK) -> Apart:
    """Scores that reach the margin exactly."""
    return Apart(lambda pred, target: (2 * target - 1) * pred == margin, why)


def soft(why: str, **options: Any) -> Apart:
    """Targets between 0 and 1."""
    return Apart(lambda pred, target: (target > 0) & (target < 1), why, **options)


def unnormalized(why: str = "the peer's gradient takes the labels to sum to 1 exactly") -> Apart:
    """Soft labels whose sum is off in the eighth digit: single precision wrote them."""
    return Apart(lambda pred, target: np.abs(target.sum(-1) - 1) > 1e-10, why)


STIRLING = Apart(
    lambda pred, target: target > 0, "log(target!) is Stirling's approximation above 1 and left out up to 1"
)

FAR_HAZARDS = Apart(
    lambda pred, time, event: np.ptp(pred, axis=-1) > 80,
    "sums of exponentials overflow, or round to 0 and have no logarithm",
    defect=True,
)

INTERPOLATED = soft(
    "a soft target is weighted once, by p_t = yp + (1 - y)(1 - p); losskit weights each class's term by its own"
)


def one_by_one(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """A PyTorch function of many items that gives one number, called on one item after the other."""
    return lambda *inputs: torch.stack(
        [function(*(x[None] for x in item), **options) for item in zip(*inputs, strict=True)]
    )


def singly(function: Callable[..., Any]) -> Callable[..., Any]:
    """A NumPy function that gives one number for one item, called on one item after the other."""
    return lambda *inputs: np.array([function(*item) for item in zip(*inputs, strict=True)])


def views(rows: int = 9, width: int = 5, seed: int = 1) -> dict[str, np.ndarray]:
    """Two views of one batch."""
    anchor, noise = np.random.default_rng(seed).normal(size=(2, rows, width))
    return dict(anchor=anchor, positive=anchor + 2.0 * noise)


def batch(rows: int = 12, width: int = 5, groups: int = 4, seed: int = 2) -> dict[str, np.ndarray]:
    """One batch of embeddings of a few groups."""
    return dict(pred=np.random.default_rng(seed).normal(size=(rows, width)), target=np.arange(rows) % groups)


def lists(count: int = 12, length: int = 6, seed: int = 3) -> dict[str, np.ndarray]:
    """Lists whose items all have another grade."""
    draw = np.random.default_rng(seed)
    grades = draw.permuted(np.tile(np.arange(float(length)), (count, 1)), axis=-1)
    return dict(pred=draw.normal(size=(count, length)), target=grades)


def classes(count: int = 6, rows: int = 12, seed: int = 6) -> dict[str, np.ndarray]:
    """Batches of scores and of 0 and 1, as many of one as of the other."""
    draw = np.random.default_rng(seed)
    target = draw.permuted(np.tile(np.arange(rows) % 2.0, (count, 1)), axis=-1)
    return dict(pred=draw.normal(size=(count, rows)), target=target)


def grades(count: int = 6, rows: int = 12, length: int = 4, seed: int = 10) -> dict[str, np.ndarray]:
    """Batches of scores over ordered classes, every class in each."""
    draw = np.random.default_rng(seed)
    ids = draw.permuted(np.tile(np.arange(rows) % length, (count, 1)), axis=-1)
    return dict(pred=2.0 * draw.normal(size=(count, rows, length)), target=ids)


def times(count: int = 6, rows: int = 10, ties: bool = False, seed: int = 7) -> dict[str, np.ndarray]:
    """Batches of log-hazards, times and events; the scores of the last one lie hundreds apart."""
    draw = np.random.default_rng(seed)
    pred = draw.normal(size=(count, rows))
    pred[-1] *= 200.0
    time = draw.permuted(np.tile(np.arange(1.0, rows + 1), (count, 1)), axis=-1)
    event = draw.permuted(np.tile((np.arange(rows) % 3 > 0).astype(float), (count, 1)), axis=-1)
    return dict(pred=pred, time=np.ceil(time / 2.0) if ties else time, event=event)


def pictures(count: int = 5, pixels: int = 24, classes: int = 3, seed: int = 4) -> dict[str, np.ndarray]:
    """Pictures of class ids, every class in each."""
    draw = np.random.default_rng(seed)
    ids = draw.permuted(np.tile(np.arange(pixels) % classes, (count, 1)), axis=-1)
    return dict(pred=draw.normal(size=(count, pixels, classes)), target=ids)


def masks(count: int = 5, pixels: int = 24, seed: int = 5) -> dict[str, np.ndarray]:
    """Pictures of one channel, each pixel in or out."""
    draw = np.random.default_rng(seed)
    inside = draw.permuted(np.tile((np.arange(pixels) % 3 == 0).astype(float), (count, 1)), axis=-1)
    return dict(pred=draw.normal(size=(count, pixels, 1)), target=inside[..., None])


def channels_second(function: Callable[..., Any]) -> Callable[..., Any]:
    """A PyTorch function of whole batches with channels second, called on one picture after the other."""
    return one_by_one(
        lambda pred, target: function(pred.movedim(-1, 1), target.movedim(-1, 1) if target.ndim == 3 else target)
    )
