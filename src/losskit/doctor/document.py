"""The report of the doctor, for people and for programs."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Sequence
from typing import Any

from losskit.doctor.codes import CODES, SEVERITIES
from losskit.doctor.finding import Finding
from losskit.errors import MissingExtra
from losskit.reporting import Alert, Document, Facts, Headline, Section, render_markdown, render_terminal
from losskit.reporting.as_json import to_json_value
from losskit.reporting.document import Block
from losskit.reporting.wording import write


def show(report: Document) -> None:
    """Print the report to the terminal."""
    try:
        render_terminal(report)
    except MissingExtra:  # a training that is done is no place to ask for one
        print(render_markdown(report))


def document(
    findings: Sequence[Finding],
    calls: int,
    unexamined: Sequence[str] = (),
    error: str = "",
    title: str = "losskit doctor",
) -> Document:
    """The worst finding and its fix first; then all of them, each with its evidence."""
    blocks: list[Block] = [_headline(findings, calls)]
    if error:
        blocks.append(Alert("error", f"The script ended early: {error}"))
    blocks += [_section(found, said_above=found is findings[0]) for found in findings]
    if unexamined:
        blocks.append(Section("Not examined", [Alert("info", note) for note in unexamined]))
    were = "was" if calls == 1 else "were"
    footer = "Mute a code in pyproject.toml: [tool.losskit] mute = [...]" if findings else ""
    return Document(title, f"{_count(calls, 'call')} of a loss {were} seen.", blocks, footer)


def to_json(findings: Sequence[Finding], calls: int, error: str | None) -> dict[str, Any]:
    """`findings`, `calls` and `script_error`, as plain JSON values."""
    plain = [to_json_value({f.name: getattr(found, f.name) for f in dataclasses.fields(found)}) for found in findings]
    return {"findings": plain, "calls": calls, "script_error": error}


def _headline(findings: Sequence[Finding], calls: int) -> Headline:
    if not calls and not findings:
        return Headline(
            "no loss",
            "No loss was called.",
            "Watched are losses of PyTorch, Keras and losskit, and objectives of one's own in LightGBM and XGBoost. "
            "One written by hand is judged by its graph in PyTorch. Processes that the script starts are not watched.",
        )
    if not findings:
        return Headline("nothing found", "No mistake was found.")
    worst = findings[0]
    counts = Counter(found.severity for found in findings)
    verdict = ", ".join(_count(counts[severity], severity) for severity in SEVERITIES if counts[severity])
    return Headline(verdict, f"{_place(worst)} {worst.message}", f"Mend it: {worst.fix}")


def _section(found: Finding, said_above: bool) -> Section:
    evidence = ", ".join(f"{name} {_value(value)}" for name, value in found.evidence.items())
    facts = [("place", f"{_place(found)} ({_count(found.count, 'time')})")]
    facts += [] if said_above else [("found", found.message), ("mend", found.fix)]
    facts += [("evidence", evidence)] if evidence else []
    return Section(f"{found.code} {found.severity}: {CODES[found.code].title}", [Facts(facts)])


def _value(value: Any) -> str:
    """A shape as 16 x 1."""
    return " x ".join(map(str, value)) if isinstance(value, (list, tuple)) else write(value)


def _place(found: Finding) -> str:
    return f"{_shorten(found.file)}:{found.line}"


def _shorten(file: str) -> str:
    """From the current folder, where that is shorter."""
    try:
        return min(os.path.relpath(file), file, key=len)
    except ValueError:  # another drive
        return file


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
