"""A finding: one mistake at one place, with the numbers that show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from losskit.doctor.codes import CODES, SEVERITIES, Severity

Evidence = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, the evidence, the fix and the place. `count` is how often it was seen there."""

    code: str
    severity: Severity
    message: str
    evidence: Evidence = field(default_factory=dict)
    fix: str = ""
    file: str = ""
    line: int = 0
    count: int = 1

    @property
    def rank(self) -> tuple[int, str, str, int]:
        """The worst sorts first."""
        return SEVERITIES.index(self.severity), self.code, self.file, self.line


def finding(code: str, message: str, evidence: Evidence | None = None, fix: str = "") -> Finding:
    """A finding of `code` whose place is not yet known; its severity, and its fix unless given, are the table's."""
    entry = CODES[code]
    return Finding(code, entry.severity, message, dict(evidence or {}), fix or entry.fix)
