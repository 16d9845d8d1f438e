"""How a row is measured: all sides take turns in one process, and the median of each side's turns counts."""

from __future__ import annotations

import functools
import statistics
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

import losskit as lk
from benchmarks.goals import Goal

THREADS = 2
TURNS, QUICK_TURNS = 9, 5
COPIED = 1 << 26  # float32 numbers: more than any cache holds
IN_CACHE = 1 << 16  # entries: these, their target and their gradient stay in a core's own cache
SHORT_CALLS = 50  # a side that takes microseconds is run so often in one turn

Side = Callable[[], Any]


@dataclass(frozen=True)
class Work:
    """What is measured: our side, which is called "ours", and the others'."""

    group: str
    table: str
    name: str
    sides: Mapping[str, Side]
    goals: Sequence[Goal] = ()
    moved: int = 0  # bytes that must be read and written; 0 where that is no bound
    calls: int = 1  # in one run of a side
    least: Side | None = None  # our side on next to no data
    part: Side | None = None  # and on a part that stays in a core's cache,
    share: float = 1.0  # which is so much of all, beyond `least`
    in_place: float | None = None  # memory beside the scores', as a share of theirs


@dataclass(frozen=True)
class Row:
    """What came out, in seconds of one call: of each side, and what bounds ours.

    That is a copy of as many bytes, arithmetic without memory, and a call on next to no data.
    """

    group: str
    table: str
    work: str
    seconds: Mapping[str, float]
    goals: Sequence[Goal] = ()
    copy: float | None = None
    arithmetic: float | None = None
    least: float | None = None
    in_place: float | None = None

    @property
    def missed(self) -> list[Goal]:
        return [goal for goal in self.goals if not goal.holds(self)]


def use_threads() -> None:
    torch.set_num_threads(THREADS)
    lk.set_num_threads(THREADS)


def seconds_of(side: Side) -> float:
    begin = time.perf_counter()
    side()
    return time.perf_counter() - begin


def measure(work: Work, quick: bool) -> Row:
    """A row, after one run of every side that compiles and warms up."""
    sides = dict(work.sides)
    if work.moved:
        sides["copy"] = copy
    if work.part:
        sides["part"] = many(work.part)
    if work.least:
        sides["least"] = many(work.least)
    for side in sides.values():
        side()
    turns = [{name: seconds_of(side) for name, side in sides.items()} for _ in range(QUICK_TURNS if quick else TURNS)]
    middle, quickest = ({name: of(turn[name] for turn in turns) for name in sides} for of in (statistics.median, min))
    return Row(
        work.group,
        work.table,
        work.name,
        {name: middle[name] / work.calls for name in work.sides},
        work.goals,
        middle["copy"] * work.moved / copied_bytes() if work.moved else None,
        max(quickest["part"] - quickest["least"], 0.0) / SHORT_CALLS / work.share / THREADS if work.part else None,
        quickest["least"] / SHORT_CALLS if work.least else None,
        work.in_place,
    )


def memory_of(side: Side) -> int:
    """The most bytes that a call holds at once in arrays of NumPy's."""
    tracemalloc.start()
    side()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def many(side: Side, calls: int = SHORT_CALLS) -> Side:
    return lambda: [side() for _ in range(calls)]


def copy() -> None:
    """A copy on all threads by PyTorch, the quickest here."""
    source, target = _to_copy()
    target.copy_(source)


def copied_bytes() -> int:
    """Read and written by `copy`."""
    return 2 * 4 * COPIED


@functools.cache
def _to_copy() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.ones(COPIED), torch.zeros(COPIED)
