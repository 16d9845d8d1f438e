"""Gradient descent, SGD and Adam on arrays of NumPy, PyTorch, JAX or TensorFlow, for any objective with a gradient."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from losskit.errors import InvalidInput, LosskitError
from losskit.ops.dispatch import words_of
from losskit.training.parameters import for_each, rows
from losskit.training.schedules import Schedule, as_schedule

Objective = Callable[..., tuple[Any, Any]]
Update = Callable[[Any, Any, float, int], Any]  # (parameters, gradient, rate, step) -> parameters

_RUNAWAY = 1e8  # a loss this many times its start (and 1) comes from steps that overshoot ever further


class Diverged(LosskitError, ArithmeticError):
    """The loss grew without bound or became NaN."""


@dataclass(frozen=True)
class Descent:
    """Where a descent ended.

    parameters: built as they were given.
    history: the loss before each step (gradient_descent), or its mean over each epoch (sgd, adam).
    converged: it stopped because the loss no longer improved, and not at its limit.
    iterations: the steps taken.
    """

    parameters: Any
    history: tuple[float, ...]
    converged: bool
    iterations: int


def gradient_descent(
    objective: Objective,
    parameters: Any,
    *,
    learning_rate: float | Schedule,
    iterations: int = 1000,
    tolerance: float = 1e-8,
    patience: int = 1,
) -> Descent:
    """Descend along the whole gradient.

    objective(parameters) -> (value, gradient): a scalar, and arrays built as `parameters` are.
    parameters: an array, or a dict, tuple or list of arrays; they are not written to.
    learning_rate: a number > 0, or a function of the step (losskit.training.schedules).
    It has converged when for `patience` steps in a row the value changed by no more than tolerance · max(1, |value|).
    Raises Diverged. Cauchy 1847.
    """
    schedule = as_schedule(learning_rate)
    watch = _Watch(tolerance, patience, noisy=False)
    for step in range(iterations):
        value, gradient = objective(parameters)
        if watch.sees(value, step, schedule(step)):
            return Descent(parameters, tuple(watch.history), True, step)
        parameters = _plain(parameters, gradient, schedule(step), step)
    return Descent(parameters, tuple(watch.history), False, iterations)


def sgd(
    objective: Objective,
    parameters: Any,
    data: tuple[Any, ...],
    *,
    learning_rate: float | Schedule,
    batch_size: int = 32,
    epochs: int = 10,
    momentum: float = 0.0,
    nesterov: bool = False,
    tolerance: float = 0.0,
    patience: int | None = None,
    seed: int = 0,
) -> Descent:
    """Stochastic gradient descent over mini-batches, with momentum as torch.optim.SGD has it.

    objective(parameters, *batch) -> (value, gradient); `data` is a tuple of arrays with equal first axes, shuffled
    anew each epoch by `seed`. With `patience` it stops after that many epochs in a row whose mean loss improved on
    the best by no more than tolerance · max(1, |loss|). Raises Diverged; InvalidInput for Nesterov without momentum.
    Robbins and Monro 1951, doi:10.1214/aoms/1177729586; Sutskever et al. 2013 (momentum).
    """
    if not 0 <= momentum < 1 or (nesterov and momentum == 0):
        raise InvalidInput(f"momentum={momentum!r}, nesterov={nesterov}: expected 0 <= momentum < 1", "0.9 is usual")
    update = _Momentum(momentum, nesterov) if momentum else _plain
    watch = _Watch(tolerance, patience, noisy=True)
    return _epochs(objective, parameters, data, update, as_schedule(learning_rate), batch_size, epochs, seed, watch)


def adam(
    objective: Objective,
    parameters: Any,
    data: tuple[Any, ...],
    *,
    learning_rate: float | Schedule = 1e-3,
    batch_size: int = 32,
    epochs: int = 10,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    tolerance: float = 0.0,
    patience: int | None = None,
    seed: int = 0,
    on_epoch: Callable[[Any], bool] | None = None,
) -> Descent:
    """Adam over mini-batches; with `weight_decay` AdamW, which shrinks the parameters apart from the gradient.

    on_epoch(parameters), called after each epoch, ends the descent by returning True: for a stop on rows held out.
    Everything else as in `sgd`. Kingma and Ba 2015, arXiv:1412.6980; Loshchilov and Hutter 2019, arXiv:1711.05101.
    """
    if not all(0 <= beta < 1 for beta in betas):
        raise InvalidInput(f"betas={betas!r}: expected two numbers from 0 to below 1", "(0.9, 0.999) is usual")
    update = _Adam(betas, eps, weight_decay)
    watch = _Watch(tolerance, patience, noisy=True)
    schedule = as_schedule(learning_rate)
    return _epochs(objective, parameters, data, update, schedule, batch_size, epochs, seed, watch, on_epoch)


def _epochs(
    objective: Objective,
    parameters: Any,
    data: tuple[Any, ...],
    update: Update,
    schedule: Schedule,
    batch_size: int,
    epochs: int,
    seed: int,
    watch: _Watch,
    on_epoch: Callable[[Any], bool] | None = None,
) -> Descent:
    count = _count(data, batch_size)
    random = np.random.default_rng(seed)
    step = 0
    for _ in range(epochs):
        order = random.permutation(count)
        total = 0.0
        for start in range(0, count, batch_size):
            index = order[start : start + batch_size]
            value, gradient = objective(parameters, *(rows(array, index) for array in data))
            total += watch.number(value, step, schedule(step)) * len(index)
            parameters = update(parameters, gradient, schedule(step), step)
            step += 1
        ended = on_epoch is not None and on_epoch(parameters)
        if watch.sees(total / count, step, schedule(step)) or ended:
            return Descent(parameters, tuple(watch.history), True, step)
    return Descent(parameters, tuple(watch.history), False, step)


def _count(data: tuple[Any, ...], batch_size: int) -> int:
    counts = [words_of(array, "data").shape(array)[0] for array in data]
    if not counts or not counts[0] or len(set(counts)) > 1:
        raise InvalidInput(f"data has {counts} rows", "give a tuple of arrays with one row for each example: (X, y)")
    if batch_size < 1:
        raise InvalidInput(f"batch_size={batch_size}: expected at least 1", "32 is usual")
    return int(counts[0])


class _Watch:
    """The history of the loss: tells when it stopped improving, and raises when it runs away.

    A noisy loss is held against its best value, as it rises and falls by chance; else against the one before.
    """

    def __init__(self, tolerance: float, patience: int | None, *, noisy: bool):
        self.tolerance, self.patience, self.noisy = tolerance, patience, noisy
        self.history: list[float] = []
        self.recent: list[float] = []
        self.reference, self.stale = math.inf, 0
        self.limit: float | None = None

    def sees(self, value: Any, step: int, rate: float) -> bool:
        """Record one value; True once it stayed within the tolerance `patience` times in a row."""
        number = self.number(value, step, rate)
        gain = self.reference - number
        small = self.tolerance * max(1.0, abs(number))
        self.stale = self.stale + 1 if (gain if self.noisy else abs(gain)) <= small else 0
        self.reference = min(self.reference, number) if self.noisy else number
        self.history.append(number)
        return self.patience is not None and self.stale >= self.patience

    def number(self, value: Any, step: int, rate: float) -> float:
        number = float(value)
        if self.limit is None:
            self.limit = _RUNAWAY * max(1.0, abs(number)) if math.isfinite(number) else math.inf
        if not math.isfinite(number) or number > self.limit:
            before = ", ".join(f"{v:.4g}" for v in self.recent) or "nothing"
            raise Diverged(
                f"the loss diverged: {number:.4g} at iteration {step}, after {before}",
                f"lower learning_rate (it was {rate:g}), or scale the columns and the target",
            )
        self.recent = [*self.recent[-2:], number]
        return number


def _plain(parameters: Any, gradient: Any, rate: float, step: int) -> Any:
    return for_each(lambda p, g: p - rate * g, parameters, gradient)


class _Momentum:
    """A running sum of gradients, each step's weight `momentum` times the one before."""

    def __init__(self, momentum: float, nesterov: bool):
        self.momentum, self.nesterov = momentum, nesterov
        self.velocity: Any = None

    def __call__(self, parameters: Any, gradient: Any, rate: float, step: int) -> Any:
        if self.velocity is None:
            self.velocity = gradient
        else:
            self.velocity = for_each(lambda v, g: self.momentum * v + g, self.velocity, gradient)
        direction = self.velocity
        if self.nesterov:
            direction = for_each(lambda g, v: g + self.momentum * v, gradient, self.velocity)
        return _plain(parameters, direction, rate, step)


class _Adam:
    """Running means of the gradient and of its square, corrected for their start at 0."""

    def __init__(self, betas: tuple[float, float], eps: float, weight_decay: float):
        self.betas, self.eps, self.weight_decay = betas, eps, weight_decay
        self.mean: Any = None
        self.square: Any = None

    def __call__(self, parameters: Any, gradient: Any, rate: float, step: int) -> Any:
        first, second = self.betas
        if self.mean is None:
            self.mean = self.square = for_each(lambda g: 0.0 * g, gradient)
        self.mean = for_each(lambda m, g: first * m + (1.0 - first) * g, self.mean, gradient)
        self.square = for_each(lambda s, g: second * s + (1.0 - second) * g * g, self.square, gradient)
        scale = rate / (1.0 - first ** (step + 1))
        root = math.sqrt(1.0 - second ** (step + 1))

        def move(p: Any, m: Any, s: Any) -> Any:
            kept = p - rate * self.weight_decay * p if self.weight_decay else p
            return kept - scale * m / (words_of(s).sqrt(s) / root + self.eps)

        return for_each(move, parameters, self.mean, self.square)
