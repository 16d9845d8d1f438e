"""Many small MLPs of one hidden layer, trained in step: stacked parameters, hand-written backward, one Adam.

The rows of a batch are shared by all lanes of a group, so the first layer of the whole group is one matrix product; a
lane's fold is a mask on the gradient. A group holds as many lanes as keep their activations in cache.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, fields

import numpy as np
import torch

from losskit.training.layers import Layers
from losskit.training.lockstep.lanes import Lane, LaneData, LossStack, lane_means

GROUP_BYTES = 2**21  # of hidden activations: 32 lanes of 64 units at batch 256; 20 to 60 lanes measured within 20 %
BETA1, BETA2, EPS = 0.9, 0.999, 1e-8  # Adam's usual constants (Kingma and Ba 2015, arXiv:1412.6980)
ROWS_AT_ONCE = 2048  # of a forward pass that keeps nothing


@dataclass(frozen=True)
class Table:
    """The features with a last column of ones (n, d + 1), the targets, the rows to train on, and the model's size."""

    X: torch.Tensor
    y: torch.Tensor
    rows: np.ndarray
    hidden: int
    outputs: int
    batch_size: int

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Of one lane: first layer with its bias as last column, second layer, second bias."""
        return (self.hidden, self.X.shape[1]), (self.outputs, self.hidden), (self.outputs,)

    @property
    def group_lanes(self) -> int:
        """How many lanes keep their hidden activations in cache."""
        return max(1, GROUP_BYTES // (4 * self.hidden * min(self.batch_size, len(self.rows))))


@dataclass
class LaneState:
    """Where each lane stands, every field with the lanes leading; parameters as flat rows (lanes, parameters)."""

    number: torch.Tensor
    values: torch.Tensor
    mean: torch.Tensor
    square: torch.Tensor
    best: torch.Tensor
    best_loss: torch.Tensor
    best_epoch: torch.Tensor

    @classmethod
    def start(cls, table: Table, number: int, seed: int) -> LaneState:
        """First weights as torch.nn.Linear draws them: uniform within ±1 / sqrt(inputs)."""
        draw = np.random.default_rng(seed)
        bounds = [(table.X.shape[1] - 1) ** -0.5, table.hidden**-0.5, table.hidden**-0.5]
        drawn = [draw.uniform(-b, b, shape).ravel() for b, shape in zip(bounds, table.shapes, strict=True)]
        values = torch.as_tensor(np.concatenate(drawn), dtype=torch.float32)[None]
        zeros, epoch = torch.zeros_like(values), torch.zeros(1, dtype=torch.int64)
        return cls(torch.tensor([number]), values, zeros, zeros, values, torch.tensor([torch.inf]), epoch)

    @classmethod
    def joined(cls, states: list[LaneState]) -> LaneState:
        return cls(*(torch.cat([getattr(state, f.name) for state in states]) for f in fields(cls)))

    def __getitem__(self, index: torch.Tensor | slice) -> LaneState:
        return LaneState(*(getattr(self, f.name)[index] for f in fields(self)))

    def layers(self, table: Table, lane: int) -> Layers:
        """The best parameters of the lane in this place, as (weight, bias) pairs."""
        sizes = [int(np.prod(shape)) for shape in table.shapes]
        parts = self.best[lane].split(sizes)
        first, second, bias = (p.numpy().reshape(s) for p, s in zip(parts, table.shapes, strict=True))
        return (first[:, :-1].copy(), first[:, -1].copy()), (second.copy(), bias.copy())


class MlpGroup:
    """Lanes of one seed that step together."""

    def __init__(self, table: Table, lanes: list[Lane], state: LaneState, steps: int):
        self.table, self.lanes, self.state, self.steps = table, lanes, state, steps
        self.data = LaneData(table.y, lanes)
        self.losses = LossStack([lane.loss for lane in lanes], torch.float32)
        self.rowwise = lanes[0].loss.kind == "rowwise"
        self.targets = self.data.targets()
        self.stop = StopRows(self)
        self.values, self.mean, self.square = (self._flat(s) for s in (state.values, state.mean, state.square))
        self.grads, self.scratch = torch.empty_like(self.values), torch.empty_like(self.values)
        self.first, self.second, self.bias = self._views(self.values)
        self.grad_first, self.grad_second, self.grad_bias = self._views(self.grads)
        self.rate = self._per_parameter([lane.learning_rate for lane in lanes])
        self.penalty = self._penalty()
        self.buffers: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    # Parameters of all lanes lie in one flat buffer, block by block, so that each layer is contiguous for its product
    # and Adam is a handful of passes over one vector.

    def _blocks(self) -> list[int]:
        return [int(np.prod(shape)) for shape in self.table.shapes]

    def _flat(self, rows: torch.Tensor) -> torch.Tensor:
        return torch.cat([block.reshape(-1) for block in rows.split(self._blocks(), 1)])

    def _rows(self, flat: torch.Tensor) -> torch.Tensor:
        lanes = len(self.lanes)
        return torch.cat([b.view(lanes, -1) for b in flat.split([lanes * size for size in self._blocks()])], 1)

    def _views(self, flat: torch.Tensor) -> list[torch.Tensor]:
        lanes = len(self.lanes)
        blocks = flat.split([lanes * size for size in self._blocks()])
        return [b.view(lanes, *shape) for b, shape in zip(blocks, self.table.shapes, strict=True)]

    def _per_parameter(self, values: list[float]) -> torch.Tensor:
        column = torch.tensor(values, dtype=torch.float32)[:, None]
        return self._flat(column.expand(-1, sum(self._blocks())))

    def _penalty(self) -> torch.Tensor | None:
        penalties = [lane.penalty for lane in self.lanes]
        if not any(penalties):
            return None
        flat = self._per_parameter(penalties)
        first, _, bias = self._views(flat)
        first[:, :, -1] = 0
        bias.zero_()
        return flat

    def run_epoch(self, epoch: int, deadline: float | None) -> bool:
        """One pass over the training rows in the order of (seed, epoch); False if the deadline ended it."""
        rows, size = self.table.rows, self.table.batch_size
        order = torch.as_tensor(rows[np.random.default_rng((self.lanes[0].seed, epoch)).permutation(len(rows))])
        X, targets, fit = self.table.X[order], self.targets[:, order], self.data.fit[:, order]
        for start in range(0, len(rows), size):
            if deadline is not None and time.monotonic() >= deadline:
                return False
            batch = slice(start, start + size)
            self.step(X[batch], targets[:, batch], fit[:, batch])
        return True

    def step(self, X: torch.Tensor, targets: torch.Tensor, fit: torch.Tensor) -> None:
        """One step of every lane on its fit rows of the batch: forward, backward, Adam."""
        hidden, slope = self._buffers(len(X))
        pred = self._forward(X, hidden)
        grad = self.losses.gradient(pred if self.rowwise else pred[..., 0], targets)
        counts = fit.sum(1, keepdim=True).clamp_min_(1)
        if self.rowwise:
            grad = grad.masked_fill(~fit[..., None], 0).div_(counts[..., None])
            self._backward(X, hidden, grad, slope)
        else:
            grad = grad.masked_fill(~fit, 0).div_(counts)
            self._backward_one_output(X, hidden, grad, slope)
        self._adam()

    def _buffers(self, rows: int) -> tuple[torch.Tensor, torch.Tensor]:
        if rows not in self.buffers:
            shape = (len(self.lanes), self.table.hidden, rows)
            self.buffers[rows] = torch.empty(shape), torch.empty(shape)
        return self.buffers[rows]

    def _forward(self, X: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
        """Scores (lanes, rows, outputs); leaves the activations (lanes, units, rows) in `hidden`."""
        torch.mm(self.first.flatten(0, 1), X.T, out=hidden.view(-1, len(X)))
        hidden.clamp_min_(0)
        if self.table.outputs == 1:
            return torch.baddbmm(self.bias[:, :, None], self.second, hidden).transpose(1, 2)
        return torch.baddbmm(self.bias[:, None, :], hidden.transpose(1, 2), self.second.transpose(1, 2))

    def _backward_one_output(
        self, X: torch.Tensor, hidden: torch.Tensor, grad: torch.Tensor, slope: torch.Tensor
    ) -> None:
        # With one output the slope at a unit is its weight times the slope at the output where the unit is on. Leaving
        # the weight out until after the product saves a pass over the activations, and the second layer's gradient,
        # sum(grad * relu(w x)) = w . sum(grad * on * x), costs nothing.
        torch.ops.aten.threshold_backward.grad_input(grad[:, None, :].expand_as(hidden), hidden, 0, grad_input=slope)
        torch.mm(slope.view(-1, len(X)), X, out=self.grad_first.view(-1, X.shape[1]))
        torch.sum(self.grad_first * self.first, 2, out=self.grad_second[:, 0])
        self.grad_first.mul_(self.second[:, 0, :, None])
        torch.sum(grad, 1, keepdim=True, out=self.grad_bias)

    def _backward(self, X: torch.Tensor, hidden: torch.Tensor, grad: torch.Tensor, slope: torch.Tensor) -> None:
        torch.bmm(grad.transpose(1, 2), hidden.transpose(1, 2), out=self.grad_second)
        torch.sum(grad, 1, out=self.grad_bias)
        torch.bmm(self.second.transpose(1, 2), grad.transpose(1, 2), out=slope)
        torch.ops.aten.threshold_backward.grad_input(slope, hidden, 0, grad_input=slope)
        torch.mm(slope.view(-1, len(X)), X, out=self.grad_first.view(-1, X.shape[1]))

    def _adam(self) -> None:
        self.steps += 1
        if self.penalty is not None:
            self.grads.addcmul_(self.values, self.penalty)
        self.mean.lerp_(self.grads, 1 - BETA1)
        self.square.mul_(BETA2).addcmul_(self.grads, self.grads, value=1 - BETA2)
        torch.sqrt(self.square, out=self.scratch)
        self.scratch.mul_((1 - BETA2**self.steps) ** -0.5).add_(EPS)
        torch.div(self.mean, self.scratch, out=self.scratch)
        self.values.addcmul_(self.scratch, self.rate, value=-1 / (1 - BETA1**self.steps))

    def scores(self, rows: torch.Tensor, lanes: torch.Tensor | slice = slice(None)) -> torch.Tensor:
        """Scores of some lanes on some rows, (lanes, rows, outputs), with the present parameters."""
        first, second, bias = self.first[lanes], self.second[lanes], self.bias[lanes]
        return lane_scores(self.table.X[rows], first, second, bias)

    def close_epoch(self, epoch: int) -> None:
        """Measure the stop rows and keep the parameters of each lane that has improved."""
        state = self.state
        state.values, state.mean, state.square = (self._rows(f) for f in (self.values, self.mean, self.square))
        measured = self.stop.losses(self)
        measured[~state.values.isfinite().all(1)] = torch.nan
        # A lane without stop rows measures 0 for ever: its last parameters count as its best.
        better = (measured < state.best_loss) | ((measured == 0) & ~self.stop.any) | measured.isnan()
        state.best = torch.where(better[:, None], state.values, state.best)
        state.best_loss = torch.where(better, measured, state.best_loss)
        state.best_epoch = torch.where(better, epoch, state.best_epoch)


def lane_scores(X: torch.Tensor, first: torch.Tensor, second: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """Scores (lanes, rows, outputs) of stacked networks on the rows of X, a slab of rows at a time."""
    lanes, units, _ = first.shape
    slabs = []
    for slab in X.split(ROWS_AT_ONCE):
        hidden = torch.mm(slab, first.flatten(0, 1).T).clamp_min_(0).view(len(slab), lanes, units)
        slabs.append(torch.baddbmm(bias[:, None, :], hidden.transpose(0, 1), second.transpose(1, 2)))
    return torch.cat(slabs, 1)


class StopRows:
    """The stop rows of a group's lanes, side by side and padded; lanes of one fold are scored together."""

    def __init__(self, group: MlpGroup):
        masks = group.data.stop
        self.any = masks.any(1)
        self.width = int(masks.sum(1).max())
        self.kept = torch.arange(self.width) < masks.sum(1, keepdim=True)
        places = torch.zeros(self.kept.shape, dtype=torch.int64)
        places[self.kept] = masks.nonzero()[:, 1]
        self.targets = group.targets.gather(1, places)
        distinct, which = np.unique(np.packbits(masks.numpy(), axis=1), axis=0, return_inverse=True)
        folds = [torch.as_tensor(np.flatnonzero(which.ravel() == fold)) for fold in range(len(distinct))]
        self.folds = [(lanes, masks[lanes[0]].nonzero()[:, 0]) for lanes in folds]

    def losses(self, group: MlpGroup) -> torch.Tensor:
        """Mean loss of each lane on its stop rows, (lanes,)."""
        if not self.width:
            return torch.zeros(len(self.kept))
        pred = torch.zeros(*self.kept.shape, group.table.outputs)
        for lanes, rows in self.folds:
            if len(rows):
                pred[lanes, : len(rows)] = group.scores(rows, lanes)
        each = group.losses.each(pred if group.rowwise else pred[..., 0], self.targets)
        return lane_means(each, self.kept)
