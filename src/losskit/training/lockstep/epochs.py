"""The course of training MLP lanes: epoch by epoch over all groups, lanes leaving as they finish."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from losskit.training.lockstep.lanes import Lane, LaneResults, in_user_units, merge_key, row_mask
from losskit.training.lockstep.mlp import LaneState, MlpGroup, Table, lane_scores


@dataclass(frozen=True)
class Rung:
    """Where all lanes stand after an epoch, for deciding which to drop.

    epoch: epochs done. active: the numbers of the lanes still training. stop_loss: the lowest mean loss on the stop
    rows so far of each of them, in that order.
    """

    epoch: int
    active: np.ndarray
    stop_loss: np.ndarray
    _run: MlpRun

    def predictions(self) -> np.ndarray:
        """Raw scores of the active lanes on all rows with the best parameters so far: (active, n[, K])."""
        states = [group.state for group in self._run.groups]
        return np.concatenate([self._run.predictions(state) for state in states])


class MlpRun:
    """All MLP lanes of one call, in groups of one seed that hold as many lanes as the cache does."""

    def __init__(self, table: Table, lanes: Sequence[Lane], max_epochs: int, patience: int, results: LaneResults):
        self.table, self.lanes, self.results = table, lanes, results
        self.max_epochs, self.patience = max_epochs, patience
        self.groups: list[MlpGroup] = []
        for seed in dict.fromkeys(lane.seed for lane in lanes):
            numbers = [number for number, lane in enumerate(lanes) if lane.seed == seed]
            places = {key: place for place, key in enumerate(dict.fromkeys(merge_key(lane.loss) for lane in lanes))}
            numbers.sort(key=lambda number: places[merge_key(lanes[number].loss)])
            self.groups += self._grouped(LaneState.joined([LaneState.start(table, i, seed) for i in numbers]), 0)

    def _grouped(self, state: LaneState, steps: int) -> list[MlpGroup]:
        """Groups of even size for lanes of one seed."""
        count = -(-len(state.number) // self.table.group_lanes)
        chunks = torch.arange(len(state.number)).tensor_split(count)
        return [
            MlpGroup(self.table, [self.lanes[i] for i in state.number[chunk].tolist()], state[chunk], steps)
            for chunk in chunks
        ]

    def run(
        self,
        deadline: float | None,
        on_progress: Callable[[int, int], None] | None,
        drop: Callable[[Rung], Iterable[int]] | None,
    ) -> None:
        """Train until every lane has left: stopped early, dropped, diverged, cut, or at `max_epochs`."""
        total = len(self.lanes) * self.max_epochs
        for epoch in range(1, self.max_epochs + 1):
            for group in self.groups:
                if not group.run_epoch(epoch, deadline):
                    self._cut(epoch - 1)
                    return
                group.close_epoch(epoch)
            self._retire(epoch, self._dropped(epoch, drop))
            if on_progress:
                active = sum(len(group.lanes) for group in self.groups)
                on_progress(total - active * (self.max_epochs - epoch), total)
            if not self.groups:
                return

    def _dropped(self, epoch: int, drop: Callable[[Rung], Iterable[int]] | None) -> set[int]:
        if drop is None:
            return set()
        active = np.concatenate([group.state.number.numpy() for group in self.groups])
        losses = np.concatenate([group.state.best_loss.numpy() for group in self.groups])
        return {int(number) for number in drop(Rung(epoch, active, losses, self))} & set(active.tolist())

    def _retire(self, epoch: int, dropped: set[int]) -> None:
        """Take finished lanes out of their stacks and close the ranks, so that they cost nothing more."""
        staying: dict[int, list[tuple[MlpGroup, torch.Tensor]]] = {}
        crowded = []
        for group in self.groups:
            state = group.state
            is_dropped = torch.tensor([number in dropped for number in state.number.tolist()])
            leaves = is_dropped | state.best_loss.isnan() | (epoch - state.best_epoch >= self.patience)
            leaves |= torch.tensor(epoch == self.max_epochs)
            self._finish(state[leaves], epoch)
            self.results.dropped[state.number[is_dropped].numpy()] = True
            staying.setdefault(group.lanes[0].seed, []).append((group, ~leaves))
        for members in staying.values():
            if all(stays.all() for _, stays in members):
                crowded += [group for group, _ in members]
                continue
            state = LaneState.joined([group.state[stays] for group, stays in members])
            if len(state.number):
                crowded += self._grouped(state, members[0][0].steps)
        self.groups = crowded

    def _cut(self, epochs: int) -> None:
        """The deadline is here: what each lane has is its result."""
        for group in self.groups:
            if (group.state.best_epoch == 0).all():
                group.close_epoch(0)
            self._finish(group.state, epochs)
            self.results.cut[group.state.number.numpy()] = True

    def _finish(self, state: LaneState, epochs: int) -> None:
        numbers = state.number.numpy()
        if not len(numbers):
            return
        self.results.epochs[numbers] = epochs
        self.results.diverged[numbers] = ~state.best.isfinite().all(1).numpy()
        has_stop = [bool(row_mask(self.lanes[i].stop, len(self.table.y)).any()) for i in numbers]
        self.results.stop_loss[numbers] = np.where(has_stop, state.best_loss.numpy(), np.nan)
        self.results.predictions[numbers] = self.predictions(state)
        for place, number in enumerate(numbers):
            self.results.layers[number] = in_user_units(state.layers(self.table, place), self.lanes[number])

    def predictions(self, state: LaneState) -> np.ndarray:
        """Raw scores of lanes on all rows, in the units of y: (lanes, n[, K])."""
        sizes = [int(np.prod(shape)) for shape in self.table.shapes]
        parts = zip(state.best.split(sizes, 1), self.table.shapes, strict=True)
        scores = lane_scores(self.table.X, *(part.reshape(-1, *shape) for part, shape in parts))
        offset, scale = torch.tensor([self.lanes[i].target_scale for i in state.number.tolist()]).float().T[..., None]
        scores = scores * scale[..., None] + offset[..., None]
        rowwise = self.lanes[0].loss.kind == "rowwise"
        return (scores if rowwise else scores[..., 0]).numpy()
