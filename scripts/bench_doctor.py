"""What the doctor costs a training step of PyTorch: after the first steps, and on them.

A small convolutional network on 28 x 28 pictures (batch 32, Adam) and, as the worst case, a tiny dense one (64-32-10,
batch 32, SGD), on the CPU with one thread. Blocks of steps alternate between an observation and none, for each block
anew; processor time is counted, and of each side the quickest quarter of its blocks, so that what else the machine does
drops out. When the observation has ended, everything that it replaced is back, which the tests hold it to: then it
costs nothing.

Goal: at most 3 % of a step of the convolutional network after the first steps. Exit code 1 where it is missed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from losskit.doctor.observe import Observation

MOST = 1.03
BLOCKS = 31
BLOCK_SECONDS = 0.05

Step = Callable[[], None]


def pictures() -> Step:
    x, y = torch.randn(32, 1, 28, 28), torch.randint(0, 10, (32,))
    first, second = nn.Conv2d(1, 16, 3, padding=1), nn.Conv2d(16, 32, 3, padding=1)
    parts = [first, nn.ReLU(), nn.MaxPool2d(2), second, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1568, 10)]
    model = nn.Sequential(*parts)
    return step_of(model, torch.optim.Adam(model.parameters()), x, y)


def tiny() -> Step:
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    return step_of(model, optimizer, torch.randn(32, 64), torch.randint(0, 10, (32,)))


def step_of(model: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor) -> Step:
    def step() -> None:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()

    return step


def microseconds(step: Step, times: int, warm: int = 5) -> float:
    """The processor time of a step after `warm` others."""
    for _ in range(warm):
        step()
    begin = time.process_time()
    for _ in range(times):
        step()
    return 1e6 * (time.process_time() - begin) / times


def observed(step: Step, times: int, first_steps: int) -> float:
    """The same under an observation of its own."""
    observation = Observation(first_steps, mute=frozenset())
    observation.start()
    try:
        return microseconds(step, times)
    finally:
        observation.stop()


def measure(name: str, step: Step, goal: float | None) -> dict[str, Any]:
    """The time of a step without the doctor, after the first steps and on them, in µs."""
    off = microseconds(step, 20)
    times = max(5, round(1e6 * BLOCK_SECONDS / off))
    blocks = [
        (microseconds(step, times), observed(step, times, first_steps=1), observed(step, 5, first_steps=100))
        for _ in range(BLOCKS)
    ]
    off, after, during = (statistics.quantiles(side, n=4)[0] for side in zip(*blocks, strict=True))
    return {
        "work": name,
        "us": off,
        "more_us": after - off,
        "ratio": after / off,
        "ratio_on_first_steps": during / off,
        "goal": goal,
        "holds": goal is None or after / off <= goal,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON array and nothing else")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    rows = [measure("convolutional network", pictures(), MOST), measure("tiny dense network", tiny(), None)]
    if args.json:
        print(json.dumps(rows))
    else:
        print(f"{'step':<24} {'µs':>8} {'more':>7} {'ratio':>6} {'first steps':>12}  verdict")
        for row in rows:
            verdict = "" if row["goal"] is None else "held" if row["holds"] else "NOT HELD"
            numbers = f"{row['us']:>8.0f} {row['more_us']:>+7.1f} {row['ratio']:>6.3f}"
            print(f"{row['work']:<24} {numbers} {row['ratio_on_first_steps']:>12.2f}  {verdict}")
    sys.exit(not all(row["holds"] for row in rows))


if __name__ == "__main__":
    main()
