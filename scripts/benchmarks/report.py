"""The rows as a report: one table for each group, and what holds those back that miss their goals."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.goals import IN_PLACE, SHARE_OF_A_COPY, duration, times
from benchmarks.measuring import THREADS, TURNS, Row, copied_bytes, copy, seconds_of
from benchmarks.peers import PEERS, absent
from losskit.reporting import Bullets, Column, Document, Facts, Paragraph, Section, Table

PACKAGES = ("losskit", "numpy", "numba", "torch", "jax", "scikit-learn", "tensorflow-cpu", "keras")
ENOUGH = 0.7  # of our time: what explains so much of it bounds it
HOW = (
    f"All sides take turns in one process, with {THREADS} threads each, and the median of a side's turns counts "
    f"({TURNS} turns; fewer in a quick run). A peer's figure is how many times as long it takes as ours: below 1 we "
    "lose (`compile` is torch.compile, `jax` is jax.jit, `sklearn` the losses inside scikit-learn). Other columns are "
    "our time over that of another side. Peers allocate their gradient as their users let them, ours goes into one "
    "buffer; Hessians and gradients of autograd are fresh on every side. `copy` is the share of the bandwidth of a "
    "copy, timed in the same turns, that the bytes which must be read and written come to; `in place` is the memory "
    "beside the scores' own, as a share of it, where the gradient overwrites them. A row of goals stands above the "
    "rows that it is for."
)


def verdict(row: Row) -> str:
    """`loses` to a peer, `misses` its goals, `holds` them; nothing where it has none."""
    if slower_than(row):
        return "loses"
    return ("misses" if row.missed else "holds") if row.goals else ""


def slower_than(row: Row) -> list[str]:
    return [name for name in PEERS if row.seconds.get(name, float("inf")) < row.seconds["ours"]]


def cells(row: Row) -> dict[str, str]:
    """What the table says of each side, in the words of the row's goals where it has one for it."""
    ours = row.seconds["ours"]
    found = {"ours": duration(ours)}
    for name, seconds in row.seconds.items():
        if name != "ours":
            found[name] = times(seconds / ours if name in PEERS else ours / seconds)
    if row.copy is not None:
        found[SHARE_OF_A_COPY] = f"{row.copy / ours:.0%}"
    if row.in_place is not None:
        found[IN_PLACE] = f"{row.in_place:.1%}"
    return found | {goal.column: goal.reached(row) for goal in row.goals if goal.column != "ours"}


def table(rows: Sequence[Row]) -> Table:
    shown: list[dict[str, str]] = []
    highlight, goals, names = [], {}, columns_of(rows)
    for row in rows:
        asked = {goal.column: goal.bound() for goal in row.goals}
        if asked and asked != goals:
            shown.append({"work": "goal", **dict.fromkeys((*names, "verdict"), ""), **asked})
            goals = asked
        if verdict(row) in ("loses", "misses"):
            highlight.append(len(shown))
        shown.append({"work": row.work, **cells(row), "verdict": verdict(row)})
    columns = [Column(name, PEERS[name].title if name in PEERS else name, align="right") for name in names]
    return Table([Column("work", "work"), *columns, Column("verdict", "verdict")], shown, highlight)


def columns_of(rows: Sequence[Row]) -> list[str]:
    """Ours, the peers that are there, other sides, then what is no time."""
    there = dict.fromkeys(name for row in rows for name in cells(row))
    first = ["ours", *PEERS]
    last = [SHARE_OF_A_COPY, IN_PLACE]
    others = [name for name in there if name not in (*first, *last)]
    return [name for name in (*first, *others, *last) if name in there]


def shortfalls(rows: Sequence[Row]) -> list[str]:
    """By how much each row misses, and what bounds it."""
    found = []
    for row in rows:
        told = [f"{goal.column} {goal.reached(row)}, goal {goal.bound()}" for goal in row.missed]
        told += [f"slower than {name}" for name in slower_than(row) if name not in {g.column for g in row.missed}]
        if told:
            found.append(f"`{row.work}`: {'; '.join(told)}. {bounded_by(row)}".strip())
    return found


def bounded_by(row: Row) -> str:
    """The roofline of a row: what memory and arithmetic alone would take."""
    if row.copy is None or row.arithmetic is None:
        return f"Bounded by the call: on next to no data it takes {duration(row.least)}." if row.least else ""
    longer, name = max((row.copy, "memory"), (row.arithmetic, "arithmetic"))
    bound = name if longer >= ENOUGH * row.seconds["ours"] else "neither memory nor arithmetic alone"
    return (
        f"Bounded by {bound}: of {duration(row.seconds['ours'])}, a copy of as many bytes takes {duration(row.copy)}, "
        f"and the same kernel {duration(row.arithmetic)} where its data stay in the cache."
    )


def report(rows: Sequence[Row], quick: bool) -> Document:
    tables = dict.fromkeys((row.group, row.table) for row in rows)
    sections = [
        Section(f"{group}: {title}", list(blocks([row for row in rows if (row.group, row.table) == (group, title)])))
        for group, title in tables
    ]
    judged = [row for row in rows if row.goals]
    good = sum(verdict(row) == "holds" for row in judged)
    facts = [("Goals", f"{good} of {len(judged)} rows hold"), *about(quick)]
    return Document("Speed", blocks=[Paragraph(HOW), Facts(facts), *sections], footer="Made by `make bench`.")


def blocks(rows: Sequence[Row]) -> Iterator[Table | Bullets]:
    yield table(rows)
    missing = shortfalls(rows)
    if missing:
        yield Bullets(missing)


def about(quick: bool) -> list[tuple[str, str]]:
    rate = copied_bytes() / min(seconds_of(copy) for _ in range(5))
    facts = [
        ("Peers not installed", ", ".join(absent()) or "none"),
        ("Machine", f"{processor()}, {os.cpu_count()} cores, {platform.system()}"),
        ("A copy, read and written", f"{rate / 1e9:.0f} GB/s on {THREADS} threads"),
        ("Date", datetime.date.today().isoformat()),
        ("Versions", ", ".join(versions())),
    ]
    return [("Quick", "yes: less data and fewer turns, a rough look"), *facts] if quick else facts


def processor() -> str:
    """The kind of processor, and its widest vectors."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    widest = next((name for name in ("avx512f", "avx2") if name in facts.get("flags", "").split()), "")
    name = facts.get("model name", platform.machine())
    return f"{name} with {widest.upper().removesuffix('F')}" if widest else name


def versions() -> Iterator[str]:
    for name in PACKAGES:
        try:
            yield f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            continue


def as_json(rows: Sequence[Row], quick: bool) -> dict[str, Any]:
    return {"about": dict(about(quick)), "quick": quick, "rows": [row_as_json(row) for row in rows]}


def row_as_json(row: Row) -> dict[str, Any]:
    ours = row.seconds["ours"]
    goals = [
        {"of": goal.column, "bound": goal.bound(), "reached": goal.reached(row), "holds": goal.holds(row)}
        for goal in row.goals
    ]
    return {
        "group": row.group,
        "table": row.table,
        "work": row.work,
        "seconds": dict(row.seconds),
        "times_as_fast": {name: seconds / ours for name, seconds in row.seconds.items() if name in PEERS},
        "share_of_a_copy": None if row.copy is None else row.copy / ours,
        "arithmetic_seconds": row.arithmetic,
        "memory_in_place": row.in_place,
        "goals": goals,
        "verdict": verdict(row) or None,
        "bounded_by": bounded_by(row) or None,
    }
