"""`lk.observe()`: look at every loss while a program trains."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from losskit.doctor import document
from losskit.doctor.finding import Finding
from losskit.doctor.imports import WhenImported
from losskit.doctor.muting import check_codes, muted_by_project, muted_on_line
from losskit.doctor.place import Place, users_place
from losskit.errors import InvalidInput

# Framework -> the module whose `watch(observation)` watches it and returns what ends that. It is imported only
# once the program imports the framework.
WATCHERS = {
    "losskit": "losskit.doctor.own_losses",
    "torch": "losskit.doctor.on_torch.watch",
    "keras": "losskit.doctor.on_keras.watch",
    "lightgbm": "losskit.doctor.on_boosters.on_lightgbm",
    "xgboost": "losskit.doctor.on_boosters.on_xgboost",
}

_RUNNING: list[Observation] = []


def running() -> list[Observation]:
    """The observations that last, the outermost first."""
    return list(_RUNNING)


def observe(first_steps: int = 20, mute: Iterable[str] = (), quiet: bool = False) -> Observation:
    """Look at every loss that is called inside `with lk.observe() as seen: ...`, and report at the end.

    first_steps: how many calls at each place, and how many backward passes, are looked at; afterwards a call is
        counted and no more.
    mute: codes that are not reported, beside those that pyproject.toml mutes, `[tool.losskit] mute = ["LK103"]`, and
        those that a comment on the line of the call does, `# losskit: mute LK103`.
    quiet: print no report at the end; `seen.findings` has them, and `seen.report()` prints it.

    PyTorch's losses, Keras' on each backend and losskit's own are seen, inside a compiled function of PyTorch not; of
    LightGBM and XGBoost, objectives of your own.
    """
    return Observation(first_steps, check_codes(mute) | muted_by_project(Path.cwd()), quiet)


class Observation:
    """What is seen while it lasts: `findings`, worst first, and `calls`, how often a loss was called."""

    def __init__(self, first_steps: int, mute: frozenset[str], quiet: bool = True):
        if first_steps < 1:
            raise InvalidInput(f"first_steps: expected 1 or more, got {first_steps}", "20 is plenty")
        self.first_steps = first_steps
        self.mute = mute
        self.quiet = quiet
        self.calls = 0
        self.unexamined: list[str] = []  # what could not be looked at, and why
        self._found: dict[tuple[str, Place], Finding] = {}
        self._looks: Counter[tuple[Any, ...]] = Counter()
        self._stops: list[Callable[[], None]] = []
        self._inside = threading.local()
        self._process = os.getpid()
        self._over = False  # what a module still holds of a replaced loss then does nothing more
        self.set_aside = False  # while the doctor itself calls losses
        self.own_loss_watchers: list[Callable[..., None]] = []  # what `own_losses` hands losskit's own losses to

    @property
    def findings(self) -> list[Finding]:
        return sorted(self._found.values(), key=lambda found: found.rank)

    def add(self, found: Finding, place: Place) -> None:
        """Record a finding; the same code at the same place is counted, and the first evidence kept."""
        if self.set_aside or found.code in self.mute or found.code in muted_on_line(place):
            return
        before = self._found.get((found.code, place))
        self._found[found.code, place] = (
            dataclasses.replace(found, file=place.file, line=place.line)
            if before is None
            else dataclasses.replace(before, count=before.count + 1)
        )

    def looks(self, *what: Any) -> bool:
        """Whether this is among the first times that `what` is asked for."""
        if self.set_aside or self._process != os.getpid():  # a worker that was forked off reports to nobody
            return False
        self._looks[what] += 1
        return self._looks[what] <= self.first_steps

    def examine(self, look: Callable[[], None]) -> None:
        """Run a check. It never breaks the program that is observed: its own failure is noted instead."""
        try:
            look()
        except Exception as error:
            note = f"{users_place().file}:{users_place().line}: {type(error).__name__}: {error}"
            if note not in self.unexamined:
                self.unexamined.append(note)

    def wrap(self, original: Callable[..., Any], see: Callable[..., None]) -> Callable[..., Any]:
        """`original`, whose outermost calls `see(args, named, result)` hears of: a loss inside a loss is one loss."""

        @functools.wraps(original)
        def call(*args: Any, **named: Any) -> Any:
            if self._over or self.set_aside or getattr(self._inside, "now", False):
                return original(*args, **named)
            self._inside.now = True
            try:
                result = original(*args, **named)
            finally:
                self._inside.now = False
            see(args, named, result)
            return result

        return call

    def report(self) -> None:
        """Print the findings to the terminal."""
        document.show(document.document(self.findings, self.calls, self.unexamined))

    def start(self) -> None:
        self._over = False
        _RUNNING.append(self)
        for framework, module in WATCHERS.items():
            waiting = WhenImported(framework, lambda module=module: self._watch(module))  # type: ignore[misc]
            self._stops.append(waiting.stop)

    def _watch(self, module: str) -> None:
        self._stops.append(importlib.import_module(module).watch(self))

    def stop(self) -> None:
        self._over = True
        if self in _RUNNING:
            _RUNNING.remove(self)
        while self._stops:
            self._stops.pop()()

    def __enter__(self) -> Observation:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        if not self.quiet:
            self.report()
