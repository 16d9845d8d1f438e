"""Training everything at once: every candidate on every fold with every seed, side by side on one processor."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import torch

from losskit.errors import InvalidInput
from losskit.training.lockstep.epochs import MlpRun, Rung
from losskit.training.lockstep.fits import fit_linear
from losskit.training.lockstep.lanes import Lane, LaneResults
from losskit.training.lockstep.mlp import Table

MODELS = ("linear", "mlp")


def train_lanes(
    X: np.ndarray,
    y: np.ndarray,
    lanes: Sequence[Lane],
    *,
    model: str = "linear",
    hidden: int = 64,
    outputs: int = 1,
    batch_size: int = 256,
    max_epochs: int = 200,
    patience: int = 10,
    deadline: float | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    drop: Callable[[Rung], Iterable[int]] | None = None,
) -> LaneResults:
    """Train all lanes on shared rows and return what each predicts for every row.

    X: features (n, d), finite, standardised by the caller. y: targets (n,), or class ids for rowwise losses.
    model: "linear" (full batch, float64, trained to the minimum) or "mlp" (one hidden layer of `hidden` relu units,
        float32, Adam on batches, stopped after `patience` epochs without a lower loss on the lane's stop rows).
    outputs: scores a row: 1 for pointwise losses, the number of classes for rowwise ones.
    deadline: a `time.monotonic()` value; checked between steps, and what is reached by then is returned, marked `cut`.
    on_progress: called with (work done, work in all). drop: called after every epoch of an MLP with a `Rung`; returns
        the numbers of the lanes to end there.

    Same lanes, same results, bit for bit on one machine and thread count. A lane's batches come from its seed and from
    the rows that some lane fits. Which other lanes train beside it changes only the rounding: how many share a matrix
    product. A lane that diverges ends alone, marked.
    """
    X, y = np.asarray(X), np.asarray(y)
    _check(X, y, lanes, model, outputs)
    columns = np.concatenate([X, np.ones((len(X), 1))], axis=1)
    rowwise = lanes[0].loss.kind == "rowwise"
    shape = (len(X), outputs) if rowwise else (len(X),)
    dtype = torch.float64 if model == "linear" else torch.float32
    features = torch.as_tensor(columns, dtype=dtype)
    targets = torch.as_tensor(np.array(y), dtype=torch.int64 if rowwise else dtype)
    results = LaneResults.empty(len(lanes), shape, "float64" if model == "linear" else "float32")
    with torch.no_grad(), _one_thread():
        if model == "linear":
            fit_linear(features, targets, lanes, outputs, results, deadline, on_progress)
        else:
            table = Table(features, targets, _rows_in_use(lanes, len(X)), hidden, outputs, batch_size)
            MlpRun(table, lanes, max_epochs, patience, results).run(deadline, on_progress, drop)
    return results


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Groups are sized for one core's cache: waiting for a second thread at each small product costs far more than it
    brings, and worst where that thread is busy elsewhere."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _rows_in_use(lanes: Sequence[Lane], n: int) -> np.ndarray:
    used = np.zeros(n, bool)
    for lane in lanes:
        used[lane.fit] = True
    return np.flatnonzero(used)


def _check(X: np.ndarray, y: np.ndarray, lanes: Sequence[Lane], model: str, outputs: int) -> None:
    if model not in MODELS:
        raise InvalidInput(f"model must be one of {', '.join(MODELS)}, got {model!r}", 'try model="linear"')
    if X.ndim != 2 or y.shape != (len(X),):
        raise InvalidInput(f"X must be (n, d) and y (n,), got {X.shape} and {y.shape}", "pass one target a row")
    if not np.isfinite(X).all() or not np.isfinite(y).all():
        raise InvalidInput("X and y must be finite", "fill or drop the missing values first")
    if not lanes:
        raise InvalidInput("there must be at least one lane, got none", "pass a Lane for each loss and fold")
    kinds = {lane.loss.kind for lane in lanes}
    if len(kinds) > 1 or not kinds <= {"pointwise", "rowwise"}:
        raise InvalidInput(
            f"the losses must all be pointwise or all be rowwise, got {', '.join(sorted(kinds))}",
            "train each kind in a call of its own",
        )
    if kinds == {"pointwise"} and outputs != 1:
        raise InvalidInput(f"pointwise losses take one score a row, got outputs={outputs}", "leave outputs at 1")
    for number, lane in enumerate(lanes):
        if not np.asarray(lane.fit).any() and not (np.asarray(lane.fit).dtype != bool and len(lane.fit)):
            raise InvalidInput(f"lane {number} has no row to fit", "give every lane at least one row in `fit`")
        if lane.penalty < 0:
            raise InvalidInput(f"lane {number}: penalty must be at least 0, got {lane.penalty}", "use penalty=0.0")
