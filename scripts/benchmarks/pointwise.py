"""Losses of single entries: value and gradient, gradient and Hessian, inside autograd, and of few numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import losskit as lk
from benchmarks import on_torch
from benchmarks.goals import Goal, OfACopy, Seconds, against
from benchmarks.measuring import IN_CACHE, Row, Side, Work, many, measure
from benchmarks.peers import sides

GROUPS = ("C5", "C6")
LOSSES = {
    "huber": lk.huber(),
    "quantile": lk.quantile(level=0.9),
    "binary_cross_entropy": lk.binary_cross_entropy(),
    "poisson": lk.poisson(),
    "focal": lk.focal(alpha=0.25),
    "log_cosh": lk.log_cosh(),
}
ARITHMETIC = ("huber", "quantile")
WITH_HESSIAN = tuple(name for name in LOSSES if name != "quantile")  # whose Hessian is 0
SMALL = ("huber", "quantile", "binary_cross_entropy")
C5 = {"torch": 20.0, "torch.compile": 3.0, "jax.jit": 10.0, "scikit-learn": 10.0}
SMALL_CALLS, QUICK_CALLS = 1000, 100


def rows(group: str, quick: bool) -> Iterator[Row]:
    for work in works(group, quick):
        yield measure(work, quick)


def works(group: str, quick: bool) -> Iterator[Work]:
    size = 2_000_000 if quick else 10_000_000
    if group == "C6":
        calls = QUICK_CALLS if quick else SMALL_CALLS
        yield from (small_call(name, calls) for name in SMALL)
        yield small_entropy(calls)
        return
    yield from (value_and_gradient(name, size) for name in LOSSES)
    yield from (gradient_and_hessian(name, size) for name in WITH_HESSIAN)
    yield from (inside_autograd(name, size) for name in LOSSES)


def data(shape: Any) -> tuple[np.ndarray, np.ndarray]:
    """Scores, and targets of 0 and 1, which every loss takes."""
    rng = np.random.default_rng(0)
    return rng.standard_normal(shape, dtype=np.float32), rng.integers(0, 2, shape).astype(np.float32)


def mean(loss: Any, pred: np.ndarray, target: np.ndarray) -> Side:
    out = np.empty_like(pred)
    return lambda: loss.value_and_gradient(pred, target, out=out)


def derivatives(loss: Any, pred: np.ndarray, target: np.ndarray) -> Side:
    return lambda: loss.gradient_and_curvature(pred, target)


def fewer_entries(make: Any, loss: Any, pred: np.ndarray, target: np.ndarray) -> dict[str, Any]:
    """One entry, and as many as stay in a core's cache."""
    least, part = (make(loss, pred[:n], target[:n]) for n in (1, IN_CACHE))
    return dict(least=least, part=part, share=IN_CACHE / len(pred))


def value_and_gradient(name: str, size: int) -> Work:
    loss, given = LOSSES[name], data(size)
    found = sides("value_and_gradient", name, *given)
    goals: list[Goal] = against(found, C5)
    if name in ARITHMETIC:
        goals.append(OfACopy(0.8))
    mine = {"ours": mean(loss, *given)}
    title = f"Value and gradient of {size:,} entries in float32"
    return Work("C5", title, name, mine | found, goals, 3 * 4 * size, **fewer_entries(mean, loss, *given))


def gradient_and_hessian(name: str, size: int) -> Work:
    """What boosters ask for."""
    loss, given = LOSSES[name], data(size)
    found = sides("gradient_and_hessian", name, *given)
    mine = {"ours": derivatives(loss, *given)}
    few = fewer_entries(derivatives, loss, *given)
    title = "Gradient and curvature of as many, beside the peers' Hessian"
    return Work("C5", title, name, mine | found, against(found, C5), 4 * 4 * size, **few)


def inside_autograd(name: str, size: int) -> Work:
    """A call and its backward pass, as a training loop has them."""
    pred, target = on_torch.tensors(*data(size), "float32")
    sides = {
        "ours": on_torch.backward(LOSSES[name], pred, target),
        "torch": on_torch.backward(on_torch.mean_of(name, 1), pred, target),
    }
    return Work("C5", "Value and gradient of as many inside PyTorch's autograd", name, sides, (), 3 * 4 * size)


def small_work(name: str, loss: Any, pred: np.ndarray, target: np.ndarray, calls: int) -> Work:
    """NumPy in and out."""
    found = {peer: many(side, calls) for peer, side in sides("value_and_gradient", name, pred, target).items()}
    mine = {"ours": many(lambda: loss.value_and_gradient(pred, target), calls)}
    goals: list[Goal] = [Seconds(15e-6), *against(found, {"torch": 2.0})]
    title = "One small call: value and gradient, 64x10 in float32"
    return Work("C6", title, name, mine | found, goals, calls=calls, least=mean(loss, pred[:1], target[:1]))


def small_call(name: str, calls: int) -> Work:
    mean(LOSSES[name], *data(lk.core.acceleration.LARGE))()  # from now on its kernel is loaded
    return small_work(name, LOSSES[name], *data((64, 10)), calls)


def small_entropy(calls: int) -> Work:
    loss, rows = lk.cross_entropy(), lk.core.acceleration.LARGE // 10 + 1
    pred, ids = data((rows, 10))[0], np.arange(rows) % 10
    mean(loss, pred, ids)()
    return small_work("cross_entropy", loss, pred[:64], ids[:64], calls)
