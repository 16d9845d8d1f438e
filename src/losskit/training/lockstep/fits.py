"""Fitting every linear lane of a call: groups by method, the start of each, the record of what came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from losskit.catalogue.regression import absolute_error
from losskit.training.lockstep.kinks import has_kinks
from losskit.training.lockstep.lanes import Lane, LaneData, LaneResults, in_user_units, merge_key
from losskit.training.lockstep.linear import LinearGroup
from losskit.training.lockstep.newton import Finish, minimise
from losskit.training.lockstep.normal import Normal

GROUP_BYTES = 2**21  # of scores: the few arrays of that size which an iteration touches stay in cache


def fit_linear(
    X: torch.Tensor,
    y: torch.Tensor,
    lanes: Sequence[Lane],
    outputs: int,
    results: LaneResults,
    deadline: float | None,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    """Fit every linear lane and fill in `results`. X has a last column of ones."""
    normal = Normal(X)
    size = max(1, GROUP_BYTES // (8 * len(X) * outputs))
    done = 0
    for (kinked, _), numbers in _sorted_by_method(lanes, y).items():
        for start in range(0, len(numbers), size):
            chunk = numbers[start : start + size]
            group = LinearGroup(normal, y, [lanes[i] for i in chunk], outputs, kinked)
            if not group.convex and not group.rowwise:
                _start_from_absolute(group, y, deadline)
            minimise(group, _recorder(results, chunk), deadline)
            done += len(chunk)
            if on_progress:
                on_progress(done, len(lanes))


def _sorted_by_method(lanes: Sequence[Lane], y: torch.Tensor) -> dict[tuple[bool, bool], list[int]]:
    """Lane numbers by (has kinks, is convex), lanes of one merge key side by side."""
    kinked: dict[Any, bool] = {}
    order: dict[Any, int] = {}
    methods: dict[tuple[bool, bool], list[int]] = {}
    for number, lane in enumerate(lanes):
        loss, convex = lane.loss, lane.loss.claims.get("convex") is True
        if loss not in kinked:
            kinked[loss] = convex and _has_kinks(lane, y)
        order.setdefault(merge_key(loss), len(order))
        methods.setdefault((kinked[loss], convex), []).append(number)
    for numbers in methods.values():
        numbers.sort(key=lambda number: order[merge_key(lanes[number].loss)])
    return methods


def _has_kinks(lane: Lane, y: torch.Tensor) -> bool:
    if lane.loss.kind == "rowwise" or lane.loss.claims.get("smooth") is True:
        return False
    data = LaneData(y, [lane])
    return has_kinks(lane.loss, data.targets()[data.fit])


def _start_from_absolute(group: LinearGroup, y: torch.Tensor, deadline: float | None) -> None:
    """Move each lane to the fit of absolute error where its own objective is lower there than at zero."""
    lanes = [replace(lane, loss=absolute_error()) for lane in group.lanes]
    first = LinearGroup(group.normal, y, lanes, 1, kinked=True)
    weights = torch.zeros_like(group.weights)

    def keep_weights(solved: LinearGroup, places: torch.Tensor, steps: int, cut: bool) -> None:
        weights[solved.number[places]] = solved.weights[places]

    minimise(first, keep_weights, deadline)
    scores = group.normal.scores(weights)
    better = group.objective(scores, weights) < group.objective(group.scores, group.weights)
    group.weights[better], group.scores[better] = weights[better], scores[better]


def _recorder(results: LaneResults, numbers: list[int]) -> Finish:
    """A `finish` that writes the lanes of a group, numbered so in the call, into `results`."""

    def record(group: LinearGroup, places: torch.Tensor, steps: int, cut: bool) -> None:
        scores, stop_loss = group.normal.scores(group.weights), group.stop_loss()
        for place in places.tolist():
            number, lane = numbers[int(group.number[place])], group.lanes[place]
            weights = group.weights[place].numpy()
            offset, scale = lane.target_scale
            raw = scores[place].T.numpy() * scale + offset
            results.predictions[number] = raw if group.rowwise else raw[:, 0]
            results.layers[number] = in_user_units(((weights[:, :-1].copy(), weights[:, -1].copy()),), lane)
            results.epochs[number], results.cut[number] = steps, cut
            results.diverged[number] = not np.isfinite(raw).all()
            results.stop_loss[number] = stop_loss[place]

    return record
