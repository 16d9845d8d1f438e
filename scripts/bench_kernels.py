"""Losses of single entries, value and gradient, beside PyTorch eager and compiled, jax.jit and scikit-learn.

As scripts/bench_softmax.py measures: sides take turns, two threads for all, our gradient goes into one buffer. Exit
code 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from bench_softmax import THREADS, Side, Work, compiled, eager, measure, ours, show
from sklearn._loss import loss as peers

import losskit as lk
from losskit.core import acceleration

LOG_2 = 0.6931471805599453
C5 = {"torch": 20.0, "torch.compile": 3.0, "jax.jit": 10.0, "scikit-learn": 10.0}
SMALL_CALLS = 1000
MOST_MICROSECONDS = 15.0
ARITHMETIC_SHARE = 0.8  # of the bandwidth of a copy


class Pair(NamedTuple):
    """A loss as each library writes it; each gives the losses of the entries."""

    loss: Any
    torch: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    jax: Callable[[Any, Any], Any]
    sklearn: Any = None
    arithmetic: bool = False


def torch_focal(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    p = torch.sigmoid(x)
    surprise = F.binary_cross_entropy_with_logits(x, y, reduction="none")
    return (0.25 * y + 0.75 * (1 - y)) * surprise * (p * (1 - y) + (1 - p) * y) ** 2


def jax_entropy(x: Any, y: Any) -> Any:
    return y * jax.nn.softplus(-x) + (1 - y) * jax.nn.softplus(x)


def jax_focal(x: Any, y: Any) -> Any:
    p = jax.nn.sigmoid(x)
    return (0.25 * y + 0.75 * (1 - y)) * jax_entropy(x, y) * (p * (1 - y) + (1 - p) * y) ** 2


def jax_huber(x: Any, y: Any) -> Any:
    r = jnp.abs(x - y)
    return jnp.where(r <= 1.0, 0.5 * r * r, r - 0.5)


PAIRS = (
    Pair(lk.huber(), lambda x, y: F.huber_loss(x, y, reduction="none"), jax_huber, peers.HuberLoss(delta=1.0), True),
    Pair(
        lk.quantile(level=0.9),
        lambda x, y: torch.maximum(0.9 * (y - x), -0.1 * (y - x)),
        lambda x, y: jnp.maximum(0.9 * (y - x), -0.1 * (y - x)),
        peers.PinballLoss(quantile=0.9),
        True,
    ),
    Pair(
        lk.binary_cross_entropy(),
        lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction="none"),
        jax_entropy,
        peers.HalfBinomialLoss(),
    ),
    Pair(
        lk.poisson(),
        lambda x, y: F.poisson_nll_loss(x, y, reduction="none"),
        lambda x, y: jnp.exp(x) - y * x,
        peers.HalfPoissonLoss(),
    ),
    Pair(lk.focal(), torch_focal, jax_focal),
    Pair(
        lk.log_cosh(),
        lambda x, y: (x - y) + F.softplus(-2.0 * (x - y)) - LOG_2,
        lambda x, y: (x - y) + jax.nn.softplus(-2.0 * (x - y)) - LOG_2,
    ),
)


def data(shape: Any) -> tuple[np.ndarray, np.ndarray]:
    """Scores, and targets between 0 and 1."""
    rng = np.random.default_rng(0)
    return rng.standard_normal(shape, dtype=np.float32), rng.random(shape, dtype=np.float32)


def on_jax(function: Callable[[Any, Any], Any], pred: np.ndarray, target: np.ndarray) -> Side:
    x, y = jnp.asarray(pred), jnp.asarray(target)
    run = jax.jit(jax.value_and_grad(lambda x: function(x, y).mean()))
    return lambda: jax.block_until_ready(run(x))


def on_sklearn(peer: Any, method: str, pred: np.ndarray, target: np.ndarray) -> Side:
    room = {name: np.empty_like(pred) for name in PEER_ROOM[method]}
    return lambda: getattr(peer, method)(target, pred, **room, n_threads=THREADS)


PEER_ROOM = {
    "loss_gradient": ("loss_out", "gradient_out"),
    "gradient_hessian": ("gradient_out", "hessian_out"),
}


def value_and_gradient(pair: Pair, size: int) -> Work:
    pred, target = data(size)
    x, y = torch.from_numpy(pred), torch.from_numpy(target)

    def mean(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return pair.torch(x, y).mean()

    sides = {
        "ours": ours(pair.loss, pred, target),
        "torch": eager(mean, x, y),
        "torch.compile": compiled(mean, x, y),
        "jax.jit": on_jax(pair.jax, pred, target),
    }
    if pair.sklearn is not None:
        sides["scikit-learn"] = on_sklearn(pair.sklearn, "loss_gradient", pred, target)
    goals = {name: least for name, least in C5.items() if name in sides}
    return Work("C5", f"{pair.loss.name} {size:,}", sides, goals, 3 * pred.nbytes)


def inside_torch(pair: Pair, size: int) -> Work:
    """A call and its backward pass inside autograd, as a training loop has them."""
    x, y = map(torch.from_numpy, data(size))
    sides = {"ours": eager(pair.loss, x, y), "torch": eager(lambda x, y: pair.torch(x, y).mean(), x, y)}
    return Work("C5", f"{pair.loss.name} backward {size:,}", sides, {}, 3 * 4 * size)


def with_hessian(pair: Pair, size: int) -> Work:
    """Gradient and Hessian, which boosters ask for."""
    pred, target = data(size)
    x, y = torch.from_numpy(pred).requires_grad_(), torch.from_numpy(target)

    def twice() -> Any:
        (gradient,) = torch.autograd.grad(pair.torch(x, y).sum(), x, create_graph=True)
        return torch.autograd.grad(gradient.sum(), x)

    sides = {"ours": lambda: (pair.loss.gradient(pred, target), pair.loss.hessian(pred, target)), "torch": twice}
    if pair.sklearn is not None:
        sides["scikit-learn"] = on_sklearn(pair.sklearn, "gradient_hessian", pred, target)
    goals = {name: least for name, least in C5.items() if name in sides}
    return Work("C5", f"{pair.loss.name} Hessian {size:,}", sides, goals, 4 * pred.nbytes)


def small_call(pair: Pair) -> Work:
    """A thousand calls on 64 x 10, so that milliseconds read as microseconds of one."""
    pred, target = data((64, 10))
    acceleration.warm(pair.loss)

    def many(side: Side) -> Side:
        return lambda: [side() for _ in range(SMALL_CALLS)]

    mean = eager(lambda x, y: pair.torch(x, y).mean(), torch.from_numpy(pred), torch.from_numpy(target))
    sides = {"ours": many(lambda: pair.loss.value_and_gradient(pred, target)), "torch": many(mean)}
    return Work("C6", f"{pair.loss.name} 64x10, 1000 calls", sides, {"torch": 2.0}, SMALL_CALLS * 3 * pred.nbytes)


def works(only: str | None, quick: bool) -> Iterator[tuple[Work, Pair]]:
    size = 2_000_000 if quick else 10_000_000
    if only in (None, "C5"):
        for make in (value_and_gradient, inside_torch):
            yield from ((make(pair, size), pair) for pair in PAIRS)
        yield from ((with_hessian(pair, size), pair) for pair in PAIRS if pair.loss.claims.get("smooth"))
    if only in (None, "C6"):
        yield from ((small_call(pair), pair) for pair in PAIRS[:3])


def judged(work: Work, pair: Pair, turns: int) -> dict[str, Any]:
    """The row, with the goals that are no ratio to a peer."""
    row = measure(work, turns)
    if work.goal_of == "C6":
        row["holds"] &= row["ms"]["ours"] <= MOST_MICROSECONDS
    if pair.arithmetic and work.name.startswith(f"{pair.loss.name} 1"):
        row["holds"] &= row["bandwidth_share"] >= ARITHMETIC_SHARE
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON array and nothing else")
    parser.add_argument("--only", choices=["C5", "C6"], help="one goal instead of all")
    parser.add_argument("--quick", action="store_true", help="a fifth of the entries: a rough look")
    parser.add_argument("--turns", type=int, default=9)
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(THREADS)
    lk.set_num_threads(THREADS)
    rows = []
    for work, pair in works(args.only, args.quick):
        rows.append(judged(work, pair, args.turns))
        if not args.json:
            show(rows[-1])
    if args.json:
        print(json.dumps(rows))
    sys.exit(not all(row["holds"] for row in rows))


if __name__ == "__main__":
    main()
