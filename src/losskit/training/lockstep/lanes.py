"""What the lockstep trainer trains and what it hands back: lanes, stacked losses, results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from losskit.training.layers import Layers


@dataclass(frozen=True, eq=False)
class Lane:
    """One candidate on one fold with one seed and one setting.

    A lane minimises `mean(loss over its fit rows) + penalty / 2 * |weights|^2`; intercepts carry no penalty.

    loss: a losskit loss.
    fit, stop: row masks (bool, (n,)) or row numbers; `stop` rows decide when an MLP lane stops.
    learning_rate: Adam's step size (MLP only). penalty: L2, at least 0.
    seed: sets an MLP's first weights and the order of its batches. Lanes of one seed share batches, hence work.
    target_scale: (offset, scale); the lane trains on `(y - offset) / scale` and its predictions come back in the
        units of y. Only for losses that declare equivariance.
    """

    loss: Any
    fit: np.ndarray
    stop: np.ndarray | None = None
    learning_rate: float = 1e-3
    penalty: float = 0.0
    seed: int = 0
    target_scale: tuple[float, float] = (0.0, 1.0)


@dataclass
class LaneResults:
    """What training gave, one entry a lane, in the order of the lanes.

    predictions: raw scores on all rows, (lanes, n), or (lanes, n, K) for rowwise losses; NaN where diverged.
    layers: the learned parameters, in the user's units: `predict(layers, X)` gives the predictions again.
    epochs: epochs run (MLP) or Newton steps taken (linear). stop_loss: mean loss on the stop rows, NaN without any.
    diverged: the loss or a parameter became infinite or NaN. dropped: ended by `drop`. cut: ended by the deadline.
    """

    predictions: np.ndarray
    layers: list[Layers]
    epochs: np.ndarray
    stop_loss: np.ndarray
    diverged: np.ndarray
    dropped: np.ndarray
    cut: np.ndarray

    @classmethod
    def empty(cls, lanes: int, shape: tuple[int, ...], dtype: str) -> LaneResults:
        """Results yet to be filled, for predictions of `shape` a lane."""
        flags = (np.zeros(lanes, bool) for _ in range(3))
        predictions = np.full((lanes, *shape), np.nan, dtype)
        return cls(predictions, [()] * lanes, np.zeros(lanes, int), np.full(lanes, np.nan), *flags)


def in_user_units(layers: Layers, lane: Lane) -> Layers:
    """The layers of a lane trained on scaled targets, with the scale folded into the last of them."""
    offset, scale = lane.target_scale
    weight, bias = layers[-1]
    return (*layers[:-1], (weight * scale, bias * scale + offset))


def row_mask(rows: np.ndarray | None, n: int) -> torch.Tensor:
    """`rows` (a mask, row numbers or None) as a mask of n rows."""
    mask = torch.zeros(n, dtype=torch.bool)
    if rows is not None:
        mask[torch.as_tensor(np.array(rows))] = True
    return mask


@dataclass
class LaneData:
    """The targets and row masks of some lanes, stacked: what training reads of `y` and the folds."""

    y: torch.Tensor
    lanes: list[Lane]
    fit: torch.Tensor = field(init=False)
    stop: torch.Tensor = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.y)
        self.fit = torch.stack([row_mask(lane.fit, n) for lane in self.lanes])
        self.stop = torch.stack([row_mask(lane.stop, n) for lane in self.lanes])

    def targets(self) -> torch.Tensor:
        """Targets of every lane, (lanes, n): one shared row unless some lane scales them."""
        scales = [lane.target_scale for lane in self.lanes]
        if all(scale == (0.0, 1.0) for scale in scales):
            return self.y.expand(len(self.lanes), -1)
        offset, scale = torch.tensor(scales, dtype=self.y.dtype).T[:, :, None]
        return (self.y - offset) / scale


class LossStack:
    """The losses of some lanes, each run once for all the lanes that may share it.

    Neighbouring lanes merge when their losses have one `static_key`: parameters that differ between them become a
    tensor (lanes, 1). Order lanes by `merge_key` first.
    """

    def __init__(self, losses: Sequence[Any], dtype: torch.dtype):
        self.parts: list[tuple[slice, Any, dict[str, Any]]] = []
        start = 0
        for end in range(1, len(losses) + 1):
            if end == len(losses) or merge_key(losses[end]) != merge_key(losses[start]):
                merged = losses[start:end]
                self.parts.append((slice(start, end), merged[0], stacked_params(merged, dtype)))
                start = end

    def gradient(self, pred: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """d(sum of each)/d pred for pred (lanes, n[, K]), each lane under its own loss."""
        return self._run("unchecked_gradient", pred, target)

    def each(self, pred: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """One loss an item, (lanes, n), each lane under its own loss."""
        return self._run("unchecked_each", pred, target)

    def curvature(self, pred: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """The losses' positive curvature, (lanes, n)."""
        return self._run("unchecked_curvature", pred, target)

    def _run(self, name: str, pred: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        parts = [getattr(loss, name)(pred[lanes], target[lanes], params) for lanes, loss, params in self.parts]
        return parts[0] if len(parts) == 1 else torch.cat(parts)


def merge_key(loss: Any) -> Any:
    """Lanes of equal key share one call. A rowwise loss may use a parameter per row or per score: never stacked."""
    return loss.static_key if loss.kind == "pointwise" else loss


def stacked_params(losses: Sequence[Any], dtype: torch.dtype) -> dict[str, Any]:
    """The parameters of merged losses: as they are where all agree, else a tensor (lanes, 1)."""
    params = {}
    for name, first in losses[0].params.items():
        values = [loss.params[name] for loss in losses]
        if isinstance(first, np.ndarray):
            params[name] = torch.as_tensor(np.array(first), dtype=dtype)
        elif all(value == first for value in values):
            params[name] = first
        else:
            params[name] = torch.tensor(values, dtype=dtype)[:, None]
    return params


def lane_means(items: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean of items (lanes, n) over the rows a mask keeps: (lanes,); 0 where it keeps none."""
    kept = items.masked_fill(~mask, 0).sum(1)
    return kept / mask.sum(1).clamp_min(1)
