"""What a kernel costs before it runs: compiled into an empty cache, and loaded from a full one, in fresh processes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from benchmarks.goals import Seconds
from benchmarks.measuring import Row

GROUPS = ("cache",)
TABLE = "The first call of a kernel, compiled or loaded, in a fresh process"
TIMES, QUICK_TIMES = 5, 2

FIRST_CALL = """
import time
import numpy as np
import losskit as lk

z, y = np.random.default_rng(0).random((2, lk.core.acceleration.LARGE), dtype="float32")

def seconds(loss, target):
    begin = time.perf_counter()
    loss.value_and_gradient(z, target)
    return time.perf_counter() - begin

print(seconds(lk.huber(), y), *(seconds(loss, y) - seconds(loss, y) for loss in (
    lk.binary_cross_entropy(), lk.focal(), lk.poisson(), lk.log_cosh()
)))
"""
FIRST, LATER = "the first of a process, numba's import included", "a later one, the slowest of 4 losses"


def rows(group: str, quick: bool) -> Iterator[Row]:
    times = QUICK_TIMES if quick else TIMES
    with tempfile.TemporaryDirectory() as full:
        first_calls(full)
        warm = [first_calls(full) for _ in range(times)]
    cold = []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as empty:
            cold.append(first_calls(empty))
    for work, which, least in ((FIRST, 0, (None, None)), (LATER, 1, (3.0, 0.1))):
        for state, found, most in zip(("empty", "full"), (cold, warm), least, strict=True):
            seconds = statistics.median(call[which] for call in found)
            goals = [] if most is None else [Seconds(most)]
            yield Row(group, TABLE, f"{state} cache: {work}", {"ours": seconds}, goals)


def first_calls(cache: str) -> tuple[float, float]:
    """The seconds of a process's first call, and of the slowest first call of another loss."""
    environment = {**os.environ, "LOSSKIT_CACHE_DIR": cache}
    done = subprocess.run([sys.executable, "-c", FIRST_CALL], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    first, *later = map(float, done.stdout.split())
    return first, max(later)
