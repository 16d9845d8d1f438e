"""The parity table, as text and as Markdown."""

from __future__ import annotations

import datetime
import importlib.metadata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import losskit as lk
from parity.comparison import DEFECT, Result
from parity.figures import Figure

_INTRODUCTION = """\
# Parity with peers

`make parity` runs losskit and the real peers below on the same numbers and writes this page; it fails where a row is
not explained. Run on {date}.

Inputs are the points of losskit's law of accuracy (kinks, saturation, residuals of 0, 1e4 and 1e-8, the edges of the
domains) and random ones. Both sides run on the peer's array library. A difference is relative to the larger of the two
numbers, or to the middle size of the peer's numbers where both are smaller (at most 1), and for a value of many also to
the item's prediction. float64 counts as agreeing to 1e-9, float32 to 1e-4; a column holds the worst difference, and -
where the peer has no such number. A region of inputs that words set apart is left out of the columns, and is checked to
differ still.

- **agrees**: the same call, the same numbers.
- **differs by convention**: the same numbers after the mapping that the words state.
- **peer defect**: the peer's number is wrong where the words say; the true one stands beside it, to 50 digits where
  the oracle judges the loss.

{tally}
"""
_COLUMNS = ("loss", "peer", "verdict", "value f64", "gradient f64", "value f32", "gradient f32", "words")


class Run(NamedTuple):
    """A peer, the distribution it comes from, and what its rows gave."""

    peer: str
    distribution: str
    results: list[Result]

    @property
    def version(self) -> str:
        return f"{self.distribution} {importlib.metadata.version(self.distribution)}"


def as_text(run: Run) -> str:
    lines = [f"\n{run.peer} ({run.version})"]
    for result in run.results:
        lines.append(f"  {result.verdict:22s} {result.row.loss!r}  {result.row.peer}  {'  '.join(columns(result))}")
        lines += [f"      {result.words}"] if result.words else []
    return "\n".join(lines)


def figures_as_text(figures: Sequence[Figure]) -> str:
    return "\n".join(
        f"  {'stands' if f.stands else 'UNEXPLAINED':22s} {f.what} ({f.given}): {f.numbers}" for f in figures
    )


def as_markdown(runs: Sequence[Run], figures: Sequence[Figure], missing: Iterable[str]) -> str:
    results = [result for run in runs for result in run.results]
    counts = Counter(result.verdict for result in results)
    losses = len({result.row.loss.name for result in results})
    tally = f"{len(results)} rows over {losses} losses and {len(runs)} peers: "
    tally += ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common()) + "."
    parts = [_INTRODUCTION.format(date=datetime.date.today().isoformat(), tally=tally)]
    parts += [f"Not installed: {', '.join(missing)}.\n"] if missing else []
    parts += [without_peer(results)] if figures else []  # they are there where every peer ran
    for run in runs:
        parts.append(f"## {run.peer}\n\n{run.version}\n")
        parts.append(table(_COLUMNS, [cells(result) for result in run.results]))
    parts.append("## Figures\n\nWhat peers give under one name on small inputs.\n")
    rows = [(figure.what, figure.given, figure.numbers, figure.why) for figure in figures]
    parts.append(table(("what", "input", "numbers", "why"), rows))
    return "\n".join(parts)


def without_peer(results: Sequence[Result]) -> str:
    """A sentence on the losses of the registry that no row compares."""
    alone = sorted(set(lk.names()) - {result.row.loss.name for result in results})
    names = ", ".join(f"`{name}`" for name in alone)
    return f"Losses that no peer here has, and that the tests alone judge: {names}.\n" if alone else ""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def cells(result: Result) -> tuple[str, ...]:
    verdict = f"**{result.verdict}**" if result.verdict == DEFECT else result.verdict
    return (f"`{result.row.loss!r}`", f"`{result.row.peer}`", verdict, *columns(result), result.words)


def columns(result: Result) -> list[str]:
    """The worst differences: value and gradient in float64, then in float32."""
    wanted = [(dtype, quantity) for dtype in ("float64", "float32") for quantity in ("value", "gradient")]
    return [
        worst([gap for (q, d), gap in result.worst.items() if d == dtype and q.startswith(quantity)])
        for dtype, quantity in wanted
    ]


def worst(gaps: Sequence[float]) -> str:
    if not gaps:
        return "-"
    return f"{max(gaps):.0e}" if max(gaps) else "0"
