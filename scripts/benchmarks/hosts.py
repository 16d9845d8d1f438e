"""A training step with a loss of losskit against the same step with the framework's own loss, in every framework.

MLP 64-128-10 (64-128-1 for one output), batch 256, SGD, float32 on the CPU, one thread. Run as `-m benchmarks.hosts
HOST`, one host a process: Keras has one backend a process, and no framework is to meet another. Short blocks of steps
alternate between the two sides; of each side the quickest tenth of its blocks counts, so that what else the machine
does drops out. Two builds of one and the same step may differ by a tenth where they lie in memory: each side is built
several times, and the median of its builds counts.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

import losskit as lk

FEATURES, HIDDEN, CLASSES, BATCH = 64, 128, 10, 256
BLOCKS, BLOCK_SECONDS = 61, 0.003

# These hosts' own losses ignore no id: like for like is the second.
ENTROPIES = (lk.cross_entropy(), lk.cross_entropy(ignore_index=None))

Step = Callable[[], Any]
Build = Callable[[], Step]
Pair = tuple[str, Build, Build]  # (what, the step with ours, the step with the framework's own)


def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, class ids and a number between 0 and 1 for each row of a batch."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((BATCH, FEATURES)).astype(np.float32)
    return X, rng.integers(0, CLASSES, BATCH), rng.uniform(size=BATCH).astype(np.float32)


def torch_losses() -> list[tuple[Any, Any]]:
    """Losses of losskit beside PyTorch's own."""
    import torch

    weight = np.linspace(0.5, 1.5, CLASSES)
    own = torch.nn
    return [
        (lk.cross_entropy(), own.CrossEntropyLoss()),
        (lk.cross_entropy(label_smoothing=0.1), own.CrossEntropyLoss(label_smoothing=0.1)),
        (lk.cross_entropy(class_weight=weight), own.CrossEntropyLoss(torch.as_tensor(weight, dtype=torch.float32))),
        (lk.binary_cross_entropy(), own.BCEWithLogitsLoss()),
        (lk.huber(), own.HuberLoss()),
        (lk.squared_error(), own.MSELoss()),
        (lk.absolute_error(), own.L1Loss()),
    ]


def torch_step(loss: Any, criterion: Any, compiled: bool) -> Step:
    import torch

    X, ids, y = map(torch.as_tensor, data())
    rowwise = loss.kind == "rowwise"
    target = ids if rowwise else y[:, None]
    torch.manual_seed(0)
    outputs = CLASSES if rowwise else 1
    net = torch.nn.Sequential(torch.nn.Linear(FEATURES, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, outputs))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)

    def value() -> torch.Tensor:
        return criterion(net(X), target)

    value = torch.compile(value, fullgraph=True) if compiled else value

    def step() -> None:
        optimizer.zero_grad()
        value().backward()
        optimizer.step()

    return step


def on_torch() -> list[Pair]:
    return [
        (named(loss), partial(torch_step, loss, lk.to_torch(loss), False), partial(torch_step, loss, own, False))
        for loss, own in torch_losses()
    ]


def on_torch_compile() -> list[Pair]:
    return [
        (named(loss), partial(torch_step, loss, lk.to_torch(loss), True), partial(torch_step, loss, own, True))
        for loss, own in torch_losses()
        if loss in (lk.cross_entropy(), lk.huber())
    ]


def on_jax() -> list[Pair]:
    import jax
    import jax.numpy as jnp
    import optax

    X, ids, y = map(jnp.asarray, data())
    rng = np.random.default_rng(1)

    def step(loss: Callable, outputs: int, target: Any) -> Step:
        shapes = (FEATURES, HIDDEN), (HIDDEN,), (HIDDEN, outputs), (outputs,)
        params = [jnp.asarray(0.1 * rng.standard_normal(shape), jnp.float32) for shape in shapes]

        def value(params: list) -> Any:
            a, b, c, d = params
            return loss(jax.nn.relu(X @ a + b) @ c + d, target)

        update = jax.jit(lambda params: [p - 0.01 * g for p, g in zip(params, jax.grad(value)(params), strict=True)])
        return lambda: jax.block_until_ready(update(params))

    def own_entropy(pred: Any, target: Any) -> Any:
        return optax.losses.softmax_cross_entropy_with_integer_labels(pred, target).mean()

    def own_huber(pred: Any, target: Any) -> Any:
        return optax.losses.huber_loss(pred, target).mean()

    return [
        ("cross_entropy", partial(step, lk.cross_entropy(), CLASSES, ids), partial(step, own_entropy, CLASSES, ids)),
        ("huber", partial(step, lk.huber(), 1, y[:, None]), partial(step, own_huber, 1, y[:, None])),
    ]


def on_tensorflow() -> list[Pair]:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    X, ids, y = map(tf.constant, data())
    rng = np.random.default_rng(1)

    def step(loss: Callable, outputs: int, target: Any) -> Step:
        shapes = (FEATURES, HIDDEN), (HIDDEN,), (HIDDEN, outputs), (outputs,)
        params = [tf.Variable(0.1 * rng.standard_normal(shape).astype(np.float32)) for shape in shapes]

        @tf.function
        def update() -> None:
            a, b, c, d = params
            with tf.GradientTape() as tape:
                value = loss(tf.nn.relu(X @ a + b) @ c + d, target)
            for p, g in zip(params, tape.gradient(value, params), strict=True):
                p.assign_sub(0.01 * g)

        return update

    def own_entropy(pred: Any, target: Any) -> Any:
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(target, pred))

    def own_huber(pred: Any, target: Any) -> Any:
        return tf.reduce_mean(tf.keras.losses.Huber()(target, pred))

    return [
        *(
            (named(loss), partial(step, loss, CLASSES, ids), partial(step, own_entropy, CLASSES, ids))
            for loss in ENTROPIES
        ),
        ("huber", partial(step, lk.huber(), 1, y[:, None]), partial(step, own_huber, 1, y[:, None])),
    ]


def on_keras() -> list[Pair]:
    """One step as `fit` takes it: its compiled training function on one batch."""
    import keras

    X, ids, y = data()

    def step(loss: Any, outputs: int, target: np.ndarray) -> Step:
        keras.utils.set_random_seed(0)
        layers = keras.layers
        model = keras.Sequential(
            [keras.Input((FEATURES,)), layers.Dense(HIDDEN, activation="relu"), layers.Dense(outputs)]
        )
        model.compile(loss=loss, optimizer=keras.optimizers.SGD(0.01))
        return lambda: model.train_on_batch(X, target)

    own = keras.losses
    entropy = own.SparseCategoricalCrossentropy(from_logits=True)
    return [
        *(
            (named(loss), partial(step, lk.to_keras(loss), CLASSES, ids), partial(step, entropy, CLASSES, ids))
            for loss in ENTROPIES
        ),
        ("huber", partial(step, lk.to_keras(lk.huber()), 1, y[:, None]), partial(step, own.Huber(), 1, y[:, None])),
    ]


class Host(NamedTuple):
    """A framework with its losses: what it needs, whether its step is compiled, how many builds of one are timed."""

    pairs: Callable[[], list[Pair]]
    modules: tuple[str, ...]
    compiled: bool
    builds: int
    backend: str = ""  # of Keras


HOSTS = {
    "torch": Host(on_torch, ("torch",), False, 5),
    "torch.compile": Host(on_torch_compile, ("torch",), True, 3),
    "jax.jit": Host(on_jax, ("jax", "optax"), True, 5),
    "tf.function": Host(on_tensorflow, ("tensorflow",), True, 31),
    "keras on torch": Host(on_keras, ("keras", "torch"), False, 15, "torch"),
    "keras on jax": Host(on_keras, ("keras", "jax"), True, 15, "jax"),
    "keras on tensorflow": Host(on_keras, ("keras", "tensorflow"), True, 9, "tensorflow"),
}


def named(loss: Any) -> str:
    """The loss with the names of what is not at its default."""
    return " ".join([loss.name, *(k for k in loss.to_dict() if k != "loss")])


def seconds_of(step: Step, times: int) -> float:
    begin = time.perf_counter()
    for _ in range(times):
        step()
    return (time.perf_counter() - begin) / times


def quickest(ours: Step, own: Step) -> tuple[float, float]:
    """The seconds of a step on each side: the quickest tenth of its blocks."""
    for step in (ours, own):
        seconds_of(step, 20)  # compiles and warms up
    times = max(1, round(BLOCK_SECONDS / seconds_of(own, 20)))
    blocks = [(seconds_of(ours, times), seconds_of(own, times)) for _ in range(BLOCKS)]
    with_ours, with_own = (statistics.quantiles(side, n=10)[0] for side in zip(*blocks, strict=True))
    return with_ours, with_own


def measure(host: str, quick: bool) -> list[tuple[str, float, float]]:
    """Each pair of a host, with the seconds of a step with ours and with its own loss."""
    found = []
    for work, ours, own in HOSTS[host].pairs():
        built = [quickest(ours(), own()) for _ in range(1 if quick else HOSTS[host].builds)]
        found.append((work, *map(statistics.median, zip(*built, strict=True))))
    return found


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], "--quick" in sys.argv)))
