"""A training step with a loss of losskit against the same step with the framework's own loss, in every framework.

MLP 64-128-10 (64-128-1 for one output), batch 256, SGD, float32 on the CPU, one thread. Each host runs in a process of
its own, for Keras has one backend a process. Short blocks of steps alternate between the two sides; of each side the
quickest tenth of its blocks counts, so that what else the machine does drops out. Two builds of one and the same step
may differ by a tenth where they lie in memory: each side is built several times, and the median of its builds counts.

Goal: at most 1.05x where the step is compiled or takes 5 ms or more, at most 50 µs more otherwise. Exit code 1 where a
goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import losskit as lk

FEATURES, HIDDEN, CLASSES, BATCH = 64, 128, 10, 256
MOST_RATIO, MOST_MICROSECONDS, LONG_STEP = 1.05, 50.0, 5000.0
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


# host -> (its pairs, whether its step is compiled, how many builds of a step, the Keras backend)
HOSTS: dict[str, tuple[Callable[[], list[Pair]], bool, int, str]] = {
    "torch": (on_torch, False, 5, ""),
    "torch.compile": (on_torch_compile, True, 3, ""),
    "jax.jit": (on_jax, True, 5, ""),
    "tf.function": (on_tensorflow, True, 31, ""),
    "keras on torch": (on_keras, False, 5, "torch"),
    "keras on jax": (on_keras, True, 9, "jax"),
    "keras on tensorflow": (on_keras, True, 9, "tensorflow"),
}


def named(loss: Any) -> str:
    """The loss with the names of what is not at its default."""
    return " ".join([loss.name, *(k for k in loss.to_dict() if k != "loss")])


def microseconds(step: Step, times: int) -> float:
    begin = time.perf_counter()
    for _ in range(times):
        step()
    return 1e6 * (time.perf_counter() - begin) / times


def quickest(ours: Step, own: Step) -> tuple[float, float]:
    """The time of a step on each side in µs: the quickest tenth of its blocks."""
    for step in (ours, own):
        microseconds(step, 20)  # compiles and warms up
    times = max(1, round(1e6 * BLOCK_SECONDS / microseconds(own, 20)))
    blocks = [(microseconds(ours, times), microseconds(own, times)) for _ in range(BLOCKS)]
    with_ours, with_own = (statistics.quantiles(side, n=10)[0] for side in zip(*blocks, strict=True))
    return with_ours, with_own


def measure(host: str, pair: Pair) -> dict[str, Any]:
    """The time of both sides in µs, their difference and ratio, and whether the goal holds."""
    work, ours, own = pair
    builds = [quickest(ours(), own()) for _ in range(HOSTS[host][2])]
    with_ours, with_own = map(statistics.median, zip(*builds, strict=True))
    more, ratio = with_ours - with_own, with_ours / with_own
    by_ratio = HOSTS[host][1] or with_own >= LONG_STEP
    return {
        "work": f"{host}: {work}",
        "goal": f"<={MOST_RATIO:g}x" if by_ratio else f"<={MOST_MICROSECONDS:g} µs more",
        "us": with_ours,
        "peer_us": with_own,
        "more_us": more,
        "ratio": ratio,
        "holds": ratio <= MOST_RATIO if by_ratio else more <= MOST_MICROSECONDS,
    }


def run_host(host: str) -> list[dict[str, Any]]:
    """The rows of one host, measured in a process of its own."""
    backend = HOSTS[host][3]
    one_thread = {
        "OMP_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    }
    environment = {**os.environ, **one_thread, **({"KERAS_BACKEND": backend} if backend else {})}
    command = [sys.executable, __file__, "--host", host]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{host}: {done.stderr}")
    return json.loads(done.stdout)


def show(row: dict[str, Any]) -> None:
    verdict = "held" if row["holds"] else "NOT HELD"
    print(
        f"{row['work']:<44} {row['goal']:>13} {row['us']:>8.0f} {row['peer_us']:>8.0f} "
        f"{row['more_us']:>+8.0f} {row['ratio']:>6.3f}  {verdict}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON array and nothing else")
    parser.add_argument("--only", choices=HOSTS, help="one host instead of all")
    parser.add_argument("--host", choices=HOSTS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.host:
        rows = [measure(args.host, pair) for pair in HOSTS[args.host][0]()]
        print(json.dumps(rows))
        return
    if not args.json:
        print(f"{'step':<44} {'goal':>13} {'µs':>8} {'peer µs':>8} {'more':>8} {'ratio':>6}  verdict")
    rows = []
    for host in [args.only] if args.only else HOSTS:
        found = run_host(host)
        rows += found
        if not args.json:
            for row in found:
                show(row)
    if args.json:
        print(json.dumps(rows))
    sys.exit(not all(row["holds"] for row in rows))


if __name__ == "__main__":
    main()
