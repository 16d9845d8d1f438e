"""What a row is to reach: against a peer, another of our own times, a copy of as many bytes, or the clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

SHARE_OF_A_COPY = "copy"  # the column of it
IN_PLACE = "in place"  # the column of the memory that this takes


class Times(Protocol):
    """What goals are judged by: the seconds of each side and of a copy of as many bytes, and memory by the scores'."""

    seconds: Mapping[str, float]
    copy: float | None
    in_place: float | None


class Goal(Protocol):
    """A goal and its column of the table."""

    @property
    def column(self) -> str: ...
    def bound(self) -> str: ...
    def reached(self, row: Times) -> str: ...
    def holds(self, row: Times) -> bool: ...


@dataclass(frozen=True)
class Faster:
    """So many times as fast as a peer."""

    column: str
    least: float

    def bound(self) -> str:
        return f"≥{self.least:g}x"

    def reached(self, row: Times) -> str:
        return times(row.seconds[self.column] / row.seconds["ours"])

    def holds(self, row: Times) -> bool:
        return row.seconds[self.column] >= self.least * row.seconds["ours"]


@dataclass(frozen=True)
class Within:
    """No more than so many times the time of another side."""

    column: str
    most: float

    def bound(self) -> str:
        return f"≤{self.most:g}x"

    def reached(self, row: Times) -> str:
        return times(row.seconds["ours"] / row.seconds[self.column])

    def holds(self, row: Times) -> bool:
        return row.seconds["ours"] <= self.most * row.seconds[self.column]


@dataclass(frozen=True)
class Beyond:
    """No more than so many seconds beyond the time of another side."""

    column: str
    most: float

    def bound(self) -> str:
        return f"≤+{duration(self.most)}"

    def reached(self, row: Times) -> str:
        more = row.seconds["ours"] - row.seconds[self.column]
        return f"{'-' if more < 0 else '+'}{duration(abs(more))}"

    def holds(self, row: Times) -> bool:
        return row.seconds["ours"] <= self.most + row.seconds[self.column]


@dataclass(frozen=True)
class Seconds:
    """No more than so many seconds."""

    most: float
    column: str = "ours"

    def bound(self) -> str:
        return f"≤{duration(self.most)}"

    def reached(self, row: Times) -> str:
        return duration(row.seconds["ours"])

    def holds(self, row: Times) -> bool:
        return row.seconds["ours"] <= self.most


@dataclass(frozen=True)
class OfACopy:
    """At least this share of the bandwidth of a copy."""

    least: float
    column: str = SHARE_OF_A_COPY

    def bound(self) -> str:
        return f"≥{self.least:.0%}"

    def reached(self, row: Times) -> str:
        return f"{self._share(row):.0%}"

    def holds(self, row: Times) -> bool:
        return self._share(row) >= self.least

    def _share(self, row: Times) -> float:
        assert row.copy is not None
        return row.copy / row.seconds["ours"]


@dataclass(frozen=True)
class Memory:
    """At most this share of the scores' own memory beside them, where the gradient takes their place."""

    most: float
    column: str = IN_PLACE

    def bound(self) -> str:
        return f"≤{self.most:.0%}"

    def reached(self, row: Times) -> str:
        assert row.in_place is not None
        return f"{row.in_place:.1%}"

    def holds(self, row: Times) -> bool:
        return row.in_place is not None and row.in_place <= self.most


def against(peers: Iterable[str], least: Mapping[str, float]) -> list[Goal]:
    """The goals against those peers that are here."""
    return [Faster(name, least[name]) for name in peers if name in least]


def times(ratio: float) -> str:
    return f"{ratio:.1f}x" if ratio >= 10 else f"{ratio:.2f}x"


def duration(seconds: float) -> str:
    """Three digits in s, ms or µs."""
    unit, size = next(((unit, size) for unit, size in (("s", 1.0), ("ms", 1e-3)) if seconds >= size), ("µs", 1e-6))
    number = seconds / size
    return f"{number:.0f} {unit}" if number >= 99.95 else f"{number:.3g} {unit}"
