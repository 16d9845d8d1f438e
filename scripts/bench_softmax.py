"""Softmax losses, value and gradient, beside PyTorch eager and compiled, jax.jit and scikit-learn: two threads for all.

Sides take turns, the median of their turns counts, and each row says what share of a copy's bandwidth it reaches. Our
gradient goes into one buffer (`out=`); the others allocate theirs, as their users let them. Exit code 1 where a goal
is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

THREADS = 2
os.environ.update(OMP_NUM_THREADS=str(THREADS), JAX_PLATFORMS="cpu")

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import optax  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402, N812
from sklearn._loss import HalfMultinomialLoss  # noqa: E402

import losskit as lk  # noqa: E402

Side = Callable[[], Any]
ENTROPY = "cross_entropy"
LARGE, LONG = (4096, 32000), (1024, 50304)


class Work(NamedTuple):
    """One row: what is computed, by which sides, and by how much ours is to be quicker."""

    goal_of: str
    name: str
    sides: dict[str, Side]
    goals: dict[str, float]
    moved: int  # bytes that must be read and written


def scores(rows: int, classes: int) -> np.ndarray:
    return 3 * np.random.default_rng(0).standard_normal((rows, classes), dtype=np.float32)


def ids_of(rows: int, classes: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, classes, rows)


def shares(rows: int, classes: int) -> np.ndarray:
    q = np.random.default_rng(2).random((rows, classes), dtype=np.float32)
    q /= q.sum(-1, keepdims=True)
    return q


def ours(loss: Any, pred: Any, target: Any) -> Side:
    out = np.empty_like(pred) if isinstance(pred, np.ndarray) else torch.empty_like(pred)
    return lambda: loss.value_and_gradient(pred, target, out=out)


def eager(function: Callable[..., torch.Tensor], pred: torch.Tensor, target: torch.Tensor) -> Side:
    pred = pred.clone().requires_grad_()

    def run() -> None:
        pred.grad = None
        function(pred, target).backward()

    return run


def compiled(function: Callable[..., torch.Tensor], pred: torch.Tensor, target: torch.Tensor) -> Side:
    return eager(torch.compile(function, fullgraph=True, dynamic=False), pred, target)


def on_jax(pred: np.ndarray, ids: np.ndarray) -> Side:
    x, y = jnp.asarray(pred), jnp.asarray(ids)

    def mean(x: Any, y: Any) -> Any:
        return optax.losses.softmax_cross_entropy_with_integer_labels(x, y).mean()

    run = jax.jit(jax.value_and_grad(mean))
    return lambda: jax.block_until_ready(run(x, y))


def on_sklearn(pred: np.ndarray, ids: np.ndarray) -> Side:
    loss = HalfMultinomialLoss(n_classes=pred.shape[1])
    target, each, gradient = ids.astype(np.float32), np.empty(len(pred), np.float32), np.empty_like(pred)
    return lambda: loss.loss_gradient(target, pred, loss_out=each, gradient_out=gradient, n_threads=THREADS)


def focal(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    surprise = F.cross_entropy(x, y, reduction="none")
    return ((1 - torch.exp(-surprise)) ** 2 * surprise).mean()


def divergence(x: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    return F.kl_div(F.log_softmax(x, -1), q, reduction="batchmean")


def jensen_shannon(x: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    p = F.softmax(x, -1)
    log_mix = torch.log(0.5 * (p + q))
    parts = (F.kl_div(log_mix, part, reduction="batchmean") for part in (p, q))
    return 0.5 * sum(parts)


def entropy_of_ids(goal: str, shape: tuple[int, int], goals: dict[str, float]) -> Work:
    pred, ids = scores(*shape), ids_of(*shape)
    x, y = torch.from_numpy(pred), torch.from_numpy(ids)
    sides = {
        "ours": ours(lk.cross_entropy(), pred, ids),
        "torch": eager(F.cross_entropy, x, y),
        "torch.compile": compiled(F.cross_entropy, x, y),
        "jax.jit": on_jax(pred, ids),
        "scikit-learn": on_sklearn(pred, ids),
    }
    return Work(goal, f"cross_entropy {shape[0]}x{shape[1]}", sides, goals, 2 * pred.nbytes)


def entropy_of_halves(shape: tuple[int, int]) -> Work:
    pred, y = torch.from_numpy(scores(*shape)), torch.from_numpy(ids_of(*shape))
    half = pred.bfloat16()
    sides = {
        "ours": ours(lk.cross_entropy(), half, y),
        "ours in float32": ours(lk.cross_entropy(), pred, y),
        "torch": eager(F.cross_entropy, half, y),
    }
    goals = {"ours in float32": 1 / 0.7, "torch": 4.0}
    return Work("C3", f"cross_entropy bfloat16 {shape[0]}x{shape[1]}", sides, goals, 4 * pred.numel())


def others(shape: tuple[int, int]) -> Iterator[Work]:
    """Other losses beside the plain cross-entropy of class ids, and PyTorch eager."""
    pred, ids, q = scores(*shape), ids_of(*shape), shares(*shape)
    x, y, soft = torch.from_numpy(pred), torch.from_numpy(ids), torch.from_numpy(q)
    weight = np.linspace(0.5, 1.5, shape[1])
    w = torch.from_numpy(weight).float()

    def full(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(x, y, w, label_smoothing=0.1)

    rows = [
        ("smoothing, class weights", lk.cross_entropy(label_smoothing=0.1, class_weight=weight), ids, full, y, 1.3),
        ("softmax_focal", lk.softmax_focal(), ids, focal, y, 1.3),
        ("soft targets", lk.cross_entropy(), q, F.cross_entropy, soft, 1.7),
        ("kl_div_logits", lk.kl_div_logits(), q, divergence, soft, 1.7),
        ("js_divergence", lk.js_divergence(), q, jensen_shannon, soft, 1.7),
    ]
    for name, loss, target, function, tensor, most in rows:
        sides = {
            "ours": ours(loss, pred, target),
            ENTROPY: ours(lk.cross_entropy(), pred, ids),
            "torch": eager(function, x, tensor),
        }
        moved = (2 if target is ids else 3) * pred.nbytes
        yield Work("C4", f"{name} {shape[0]}x{shape[1]}", sides, {ENTROPY: 1 / most, "torch": 6.0}, moved)


def works(only: str | None, quick: bool) -> Iterator[Work]:
    large, long = ((512, 32000), (128, 50304)) if quick else (LARGE, LONG)
    wide, narrow = ((8192, 1000), (125_000, 10)) if quick else ((65536, 1000), (1_000_000, 10))
    first = {"torch": 9.0, "torch.compile": 3.5, "jax.jit": 3.5, "scikit-learn": 6.0}
    if only in (None, "C1"):
        yield entropy_of_ids("C1", large, first)
        yield entropy_of_ids("C1", long, first)
    if only in (None, "C2"):
        yield entropy_of_ids("C2", wide, {"torch": 7.0, "torch.compile": 3.0, "scikit-learn": 4.0})
        yield entropy_of_ids("C2", narrow, {"torch": 7.0, "torch.compile": 2.0, "scikit-learn": 2.0})
    if only in (None, "C3"):
        yield entropy_of_halves(large)
    if only in (None, "C4"):
        yield from others(long)


def seconds(side: Side) -> float:
    begin = time.perf_counter()
    side()
    return time.perf_counter() - begin


def copy_rate(threads: int = THREADS) -> float:
    """Bytes read and written in a second by a copy on all threads."""
    torch.set_num_threads(threads)
    a = torch.ones(1 << 26)
    b = torch.empty_like(a)
    b.copy_(a)
    return 2 * a.nbytes / min(seconds(lambda: b.copy_(a)) for _ in range(9))


def measure(work: Work, turns: int) -> dict[str, Any]:
    for side in work.sides.values():
        side()  # compiles and warms up
    taken = [{name: seconds(side) for name, side in work.sides.items()} for _ in range(turns)]
    times = {name: statistics.median(turn[name] for turn in taken) for name in work.sides}
    ratios = {name: times[name] / times["ours"] for name in times if name != "ours"}
    return {
        "goal": work.goal_of,
        "work": work.name,
        "ms": {name: 1e3 * t for name, t in times.items()},
        "ratios": ratios,
        "goals": work.goals,
        "bandwidth_share": work.moved / times["ours"] / copy_rate(),
        "holds": all(ratios[name] >= least for name, least in work.goals.items()),
    }


def show(row: dict[str, Any]) -> None:
    against = "  ".join(
        f"{name} {ratio:.2f}x" + (f" (goal {row['goals'][name]:.2g}x)" if name in row["goals"] else "")
        for name, ratio in row["ratios"].items()
    )
    verdict = "held" if row["holds"] else "NOT HELD"
    share = f"{row['bandwidth_share']:.0%} of a copy"
    print(
        f"{row['goal']}  {row['work']:<40} {row['ms']['ours']:>8.1f} ms  {share:<16} {verdict:<8}  {against}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON array and nothing else")
    parser.add_argument("--only", choices=["C1", "C2", "C3", "C4"], help="one goal instead of all")
    parser.add_argument("--quick", action="store_true", help="an eighth of the rows: a rough look")
    parser.add_argument("--turns", type=int, default=9)
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(THREADS)
    lk.set_num_threads(THREADS)
    rows = []
    for work in works(args.only, args.quick):
        rows.append(measure(work, args.turns))
        if not args.json:
            show(rows[-1])
    if args.json:
        print(json.dumps(rows))
    sys.exit(not all(row["holds"] for row in rows))


if __name__ == "__main__":
    main()
