"""Which checks look at which loss, and which at a backward pass."""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from losskit.doctor.finding import Finding
from losskit.doctor.on_torch import checks
from losskit.doctor.on_torch.call import Call

Check: TypeAlias = Callable[[Call], Iterable[Finding]]

ANY = "any loss"
_checks: dict[str, list[Check]] = defaultdict(list)


def looks_at(*losses: str) -> Callable[[Check], Check]:
    """Register a check of the losses of these names, of those that take this kind of prediction, or of ANY."""

    def register(check: Check) -> Check:
        for loss in losses:
            _checks[loss].append(check)
        return check

    return register


def examine(call: Call) -> Iterator[Finding]:
    """What all checks of the called loss find."""
    for key in (call.name, call.takes, ANY):
        for check in _checks.get(key, ()):
            yield from check(call)


def load() -> None:
    """Import every file of checks."""
    for module in pkgutil.iter_modules(checks.__path__):
        importlib.import_module(f"{checks.__name__}.{module.name}")
