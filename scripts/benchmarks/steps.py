"""A training step with a loss of losskit against the same step with the framework's own, in every framework here."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.goals import Beyond, Goal, Within
from benchmarks.hosts import HOSTS
from benchmarks.measuring import Row

GROUPS = ("steps",)
TABLE = "A training step in each framework: MLP 64-128-10, batch 256, one thread"
OWN = "own loss"  # the framework's
LONG_STEP = 5e-3
ONE_THREAD = {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}


def rows(group: str, quick: bool) -> Iterator[Row]:
    for name, host in HOSTS.items():
        if all(importlib.util.find_spec(module) is not None for module in host.modules):
            for work, ours, own in timed(name, quick):
                yield Row(group, TABLE, f"{name}: {work}", {"ours": ours, OWN: own}, [goal(host.compiled, own)])


def goal(compiled: bool, own: float) -> Goal:
    return Within(OWN, 1.05) if compiled or own >= LONG_STEP else Beyond(OWN, 50e-6)


def timed(name: str, quick: bool) -> list[tuple[str, float, float]]:
    """Each pair of a host, with the seconds of a step on both sides, from a process of its own."""
    backend = HOSTS[name].backend
    environment = {**os.environ, **ONE_THREAD, **({"KERAS_BACKEND": backend} if backend else {})}
    command = [sys.executable, "-m", "benchmarks.hosts", name, *(["--quick"] if quick else [])]
    scripts = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=scripts, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])
