"""One lockstep step of 240 MLP lanes against the same lanes stepped one by one in a plain torch loop.

24 losses x 5 folds x 2 seeds on 10,000 x 40 rows, 64 hidden units, batch 256. Both sides gather their batches, and the
plain side uses whatever is fastest for each loss: torch's own loss, losskit under autograd, or losskit's gradient
handed to `backward`; and the faster of torch's Adams. Rounds alternate between the sides; medians are compared.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator

import numpy as np
import torch

from benchmarks.goals import Within
from benchmarks.measuring import Row, seconds_of
from losskit.catalogue import regression, robust
from losskit.training.lockstep.epochs import MlpRun
from losskit.training.lockstep.lanes import Lane, LaneResults
from losskit.training.lockstep.mlp import Table

GROUPS = ("C12",)
TABLE = "The lockstep trainer: a step of 240 small networks, for each of them"
PLAIN = "plain loop"
ROWS, FEATURES, HIDDEN, BATCH, FOLDS, SEEDS = 10_000, 40, 64, 256, 5, 2

Step = Callable[[torch.Tensor, torch.Tensor], None]


def candidates() -> list:
    """24 losses of pred - target."""
    return [
        regression.squared_error(),
        regression.absolute_error(),
        regression.log_cosh(),
        *(regression.huber(delta=d) for d in (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)),
        *(regression.pseudo_huber(delta=d) for d in (0.5, 1.0, 2.0)),
        *(regression.quantile(level=q) for q in (0.1, 0.25, 0.5, 0.75, 0.9)),
        *(regression.expectile(level=q) for q in (0.1, 0.5, 0.9)),
        *(regression.epsilon_insensitive(epsilon=e) for e in (0.1, 0.5)),
        robust.fair(),
        robust.welsch(),
    ]


def backward_ways(loss) -> list[Step]:
    """Ways to run a loss backwards in a plain loop."""
    ways: list[Step] = [
        lambda pred, target: loss(pred, target).backward(),
        lambda pred, target: pred.backward(loss.unchecked_gradient(pred.detach(), target) / len(pred)),
    ]
    own = {"squared_error": torch.nn.MSELoss, "absolute_error": torch.nn.L1Loss}.get(loss.name)
    criterion = torch.nn.HuberLoss(delta=loss.params["delta"]) if loss.name == "huber" else own and own()
    if criterion:
        ways.append(lambda pred, target: criterion(pred, target).backward())
    return ways


class PlainLane:
    """One network, one optimizer, one fold."""

    def __init__(self, X: torch.Tensor, y: torch.Tensor, rows: torch.Tensor, backward: Step, fused: bool):
        self.X, self.y, self.rows, self.backward = X, y, rows, backward
        layers = torch.nn.Linear(FEATURES, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, 1)
        self.net = torch.nn.Sequential(*layers)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=1e-3, fused=fused)

    def step(self, number: int) -> None:
        start = number * BATCH % (len(self.rows) - BATCH)
        batch = self.rows[start : start + BATCH]
        self.optimizer.zero_grad(set_to_none=True)
        self.backward(self.net(self.X[batch])[:, 0], self.y[batch])
        self.optimizer.step()


def fastest_plain(X: torch.Tensor, y: torch.Tensor, rows: torch.Tensor, loss) -> tuple[Step, bool]:
    """The quickest (way backwards, fused Adam or not) for this loss, by the median of single steps."""
    timed = []
    for backward in backward_ways(loss):
        for fused in (True, False):
            lane = PlainLane(X, y, rows, backward, fused)
            steps = [seconds_of(lambda lane=lane, i=i: lane.step(i)) for i in range(25)]
            timed.append((statistics.median(steps[5:]), len(timed), backward, fused))
    return min(timed)[2:]


def rows(group: str, quick: bool) -> Iterator[Row]:
    yield Row(group, TABLE, "MLP 40-64-1, batch 256", measure(3 if quick else 11), [Within(PLAIN, 0.2)])


def measure(rounds: int) -> dict[str, float]:
    """Seconds of a step of one lane on both sides."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, FEATURES)).astype(np.float32)
    y = (X[:, 0] * 2 + np.abs(X[:, 1]) + rng.standard_t(3, size=ROWS)).astype(np.float32)
    fold = rng.permutation(ROWS) % FOLDS
    settings = [(loss, f, seed) for loss in candidates() for f in range(FOLDS) for seed in range(SEEDS)]
    lanes = [Lane(loss, fit=fold != f, stop=fold == f, seed=seed) for loss, f, seed in settings]

    features, targets = torch.as_tensor(X), torch.as_tensor(y)
    table = Table(torch.cat([features, torch.ones(ROWS, 1)], 1), targets, np.arange(ROWS), HIDDEN, 1, BATCH)
    run = MlpRun(table, lanes, 1, 1, LaneResults.empty(len(lanes), (ROWS,), "float32"))
    rows = [torch.as_tensor(rng.permutation(np.flatnonzero(fold != f))) for f in range(FOLDS)]
    ways = {loss: fastest_plain(features, targets, rows[0], loss) for loss in candidates()}
    plain = [PlainLane(features, targets, rows[f], *ways[loss]) for loss, f, _ in settings]

    def lockstep_epoch() -> None:
        with torch.no_grad():
            for group in run.groups:
                group.run_epoch(1, None)

    def plain_step(number: int) -> None:
        for lane in plain:
            lane.step(number)

    steps = -(-ROWS // BATCH)
    lockstep_epoch()
    plain_step(0)
    ours, theirs = [], []
    for number in range(rounds):
        ours.append(seconds_of(lockstep_epoch) / steps)
        theirs.append(seconds_of(lambda number=number: plain_step(number)))
    return {"ours": statistics.median(ours) / len(lanes), PLAIN: statistics.median(theirs) / len(lanes)}
