"""The objectives of many linear models on shared rows: values, slopes and curvatures by score, stacked over lanes."""

from __future__ import annotations

from collections.abc import Callable

import torch

from losskit.training.lockstep.lanes import Lane, LaneData, LossStack, lane_means
from losskit.training.lockstep.normal import DIRECT_COLUMNS, Factor, Normal, conjugate_gradient, dot

STEP_OF_DIFFERENCE = 1e-5  # of a score; the curvature is then good to about 1e-10
MOST_IN_BLOCKS = 2**25  # numbers in the blocks of a preconditioner
FLOOR = 1e-3  # of the mean curvature of a smoothed loss
TENSORS = ("number", "fit", "stop", "share", "targets", "penalty", "weights", "scores", "width", "fall")


class LinearGroup:
    """Lanes solved together. Scores are (lanes, outputs, n), weights (lanes, outputs, p) with the intercept last.

    With `kinked`, slopes and curvatures are those of the loss averaged over [score - width, score + width]:
    (f(z + h) - f(z - h)) / 2h and (f'(z + h) - f'(z - h)) / 2h, both exact.
    """

    def __init__(self, normal: Normal, y: torch.Tensor, lanes: list[Lane], outputs: int, kinked: bool):
        self.normal, self.lanes, self.kinked = normal, lanes, kinked
        self.rowwise = lanes[0].loss.kind == "rowwise"
        self.convex = lanes[0].loss.claims.get("convex") is True
        self.losses = LossStack([lane.loss for lane in lanes], torch.float64)
        data, columns = LaneData(y, lanes), normal.X.shape[1]
        self.number = torch.arange(len(lanes))
        self.fit, self.stop, self.targets = data.fit, data.stop, data.targets()
        self.share = 1 / self.fit.sum(1).clamp_min(1).double()[:, None]
        penalties = torch.tensor([lane.penalty for lane in lanes], dtype=torch.float64)[:, None, None]
        self.penalty = penalties * (torch.arange(columns) < columns - 1)
        self.weights = torch.zeros(len(lanes), outputs, columns, dtype=torch.float64)
        self.scores = torch.zeros(len(lanes), outputs, len(y), dtype=torch.float64)
        self.width = 2 * self.mean(self.targets.square())[:, None].sqrt().clamp_min(1e-8)
        self.fall = torch.full((len(lanes),), torch.inf)  # of the objective in the last step, relative

    def keep(self, index: torch.Tensor) -> None:
        """Go on with these lanes only."""
        self.lanes = [self.lanes[i] for i in index.tolist()]
        self.losses = LossStack([lane.loss for lane in self.lanes], torch.float64)
        for name in TENSORS:
            setattr(self, name, getattr(self, name)[index])

    def mean(self, items: torch.Tensor) -> torch.Tensor:
        """Of items (lanes, n) over each lane's fit rows: (lanes,)."""
        return lane_means(items, self.fit)

    # A loss sees (lanes, n), or (lanes, n, K) when rowwise, laid out so: strided rows are several times slower.

    def _pred(self, scores: torch.Tensor) -> torch.Tensor:
        return scores.transpose(1, 2).contiguous() if self.rowwise else scores[:, 0]

    def _per_score(self, values: torch.Tensor) -> torch.Tensor:
        """Values shaped like pred as (lanes, outputs, n): 0 outside the fit rows, divided by their number."""
        by_output = values.transpose(1, 2) if self.rowwise else values[:, None]
        return by_output.masked_fill(~self.fit[:, None], 0).mul_(self.share[:, None])

    def objective(self, scores: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """What each lane minimises, (lanes,)."""
        loss = self.mean(self.losses.each(self._pred(scores), self.targets))
        return loss + 0.5 * dot(self.penalty * weights, weights)

    def stop_loss(self) -> torch.Tensor:
        """Mean loss on the stop rows, (lanes,); NaN where a lane has none."""
        loss = lane_means(self.losses.each(self._pred(self.scores), self.targets), self.stop)
        return torch.where(self.stop.any(1), loss, torch.nan)

    def slope(self, scores: torch.Tensor) -> torch.Tensor:
        """d mean loss / d score."""
        pred = self._pred(scores)
        if not self.kinked:
            return self._per_score(self.losses.gradient(pred, self.targets))
        above = self.losses.each(pred + self.width, self.targets)
        below = self.losses.each(pred - self.width, self.targets)
        return self._per_score((above - below) / (2 * self.width))

    def curvature(self) -> torch.Tensor:
        """Second derivative of the mean loss by each score of a pointwise loss; for a loss that is not convex, the
        positive stand-in it declares."""
        pred = self._pred(self.scores)
        if not self.convex:
            return self._per_score(self.losses.curvature(pred, self.targets))
        width = self.width
        if not self.kinked:
            width = STEP_OF_DIFFERENCE * torch.maximum(pred.abs(), width.clamp_max(1))
        above = self.losses.gradient(pred + width, self.targets)
        below = self.losses.gradient(pred - width, self.targets)
        bend = self._per_score(((above - below) / (2 * width)).clamp_min(0))
        return bend + self._floor(bend) if self.kinked else bend

    def _floor(self, bend: torch.Tensor) -> torch.Tensor:
        """A little curvature on every fit row: few rows lie within a narrow width of a kink, perhaps none."""
        level = FLOOR * bend.sum(2, keepdim=True)
        return self.share[:, None] * torch.where(level > 0, level, 1 / self.width[:, None]) * self.fit[:, None]

    def smoothing_gap(self) -> torch.Tensor:
        """An upper bound of what the averaging adds to each lane's objective, (lanes,)."""
        pred = self._pred(self.scores)
        ends = self.losses.each(pred + self.width, self.targets) + self.losses.each(pred - self.width, self.targets)
        return self.mean(0.5 * ends - self.losses.each(pred, self.targets))

    def gradient(self, slope: torch.Tensor) -> torch.Tensor:
        """d objective / d weights."""
        return self.normal.gather(slope) + self.penalty * self.weights

    def direction(self, gradient: torch.Tensor) -> torch.Tensor:
        """The Newton direction of each lane: exact, or truncated where the Hessian is large or not diagonal by row."""
        if self.rowwise:
            return conjugate_gradient(self._turn(self.slope(self.scores)), self._rowwise_factor(), gradient)
        bend = self.curvature()
        if self.weights.shape[2] <= DIRECT_COLUMNS:
            return self._factor(bend[:, 0]).solve(-gradient)

        def product(along: torch.Tensor) -> torch.Tensor:
            return self.normal.gather(bend * self.normal.scores(along)) + self.penalty * along

        return conjugate_gradient(product, self._factor(self._typical(bend.sum(2))), gradient)

    def _turn(self, slope: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
        """Hessian times a direction, by the difference of the slope along it; `slope` is that at the scores."""

        def product(along: torch.Tensor) -> torch.Tensor:
            moved = self.normal.scores(along)
            step = STEP_OF_DIFFERENCE / moved.abs().amax((1, 2), keepdim=True).clamp_min(1e-300)
            change = self.slope(self.scores + step * moved) - slope
            return self.normal.gather(change / step) + self.penalty * along

        return product

    def _rowwise_factor(self) -> Factor:
        """A preconditioner: each class's own block where it is small, else one typical block for all classes."""
        columns = self.weights.shape[2]
        if columns > DIRECT_COLUMNS or columns**2 * self.weights[..., 0].numel() > MOST_IN_BLOCKS:
            return self._factor(self._typical(self._middling()))
        bend = self._per_score(self.losses.curvature(self._pred(self.scores), self.targets))
        blocks = self.normal.hessians(bend.flatten(0, 1))
        penalty = self.penalty[:, 0].repeat_interleave(self.weights.shape[1], 0)
        return Factor(blocks + torch.diag_embed(penalty), outputs=self.weights.shape[1])

    def _middling(self) -> torch.Tensor:
        """The curvature of softmax cross-entropy at equal scores: the scale of a preconditioner, no more."""
        classes = self.weights.shape[1]
        return torch.full((len(self.lanes), 1), (1 - 1 / classes) / classes, dtype=torch.float64)

    def _typical(self, level: torch.Tensor) -> torch.Tensor:
        return self.fit * self.share * level

    def _factor(self, bend: torch.Tensor) -> Factor:
        return Factor(self.normal.hessians(bend) + torch.diag_embed(self.penalty[:, 0]))
