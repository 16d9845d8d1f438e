"""What a probe is: a question to a subject, what it costs, and what it saw."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from losskit.doctor import probes
from losskit.doctor.finding import Finding
from losskit.doctor.probes.subject import Subject


@dataclass(frozen=True, slots=True)
class Outcome:
    """The numbers that a probe saw, and what it finds in them."""

    seen: Mapping[str, Any]
    findings: Sequence[Finding] = field(default_factory=list)


Question: TypeAlias = Callable[[Subject], Outcome | None]


@dataclass(frozen=True, slots=True)
class Probe:
    """`ask` gives None where the question makes no sense of the subject."""

    name: str
    cost: str
    ask: Question


_probes: dict[str, Probe] = {}


def probe(name: str, cost: str) -> Callable[[Question], Question]:
    """Register a probe under a name for people; `cost` is what it runs."""

    def register(ask: Question) -> Question:
        _probes[name] = Probe(name, cost, ask)
        return ask

    return register


def load() -> list[Probe]:
    """Every probe, by file."""
    for module in pkgutil.iter_modules(probes.__path__):
        importlib.import_module(f"{probes.__name__}.{module.name}")
    return list(_probes.values())
