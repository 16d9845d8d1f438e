"""`lk.diagnose()`: examine a model, its loss and one batch before training."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from losskit.doctor import document
from losskit.doctor.finding import Finding
from losskit.doctor.muting import check_codes, muted_by_project
from losskit.doctor.observe import Observation, running
from losskit.doctor.place import Place, users_place
from losskit.errors import InvalidInput, InvalidType, require
from losskit.reporting import Column, Document, Section, Table
from losskit.reporting.as_json import to_json_value
from losskit.reporting.wording import write

require("torch", "torch")

import torch  # noqa: E402

from losskit.doctor.probes.backward import observed_pass  # noqa: E402
from losskit.doctor.probes.probe import Probe, load  # noqa: E402
from losskit.doctor.probes.subject import Subject  # noqa: E402


def diagnose(
    model: torch.nn.Module,
    loss: Callable[..., Any],
    batch: Any,
    optimizer: torch.optim.Optimizer | None = None,
    mute: Iterable[str] = (),
    quiet: bool = False,
) -> Diagnosis:
    """Examine a PyTorch model with its loss on one batch, and print what is wrong, if anything.

    model: called with the inputs; a tuple of them is spread over its arguments, a mapping over its keywords.
    loss: any callable (prediction, target) that gives a scalar, PyTorch's, losskit's or your own.
    batch: (inputs, target).
    optimizer: what is to train them, to see whether it holds the parameters of the loss.
    mute: codes that are not reported, beside those that pyproject.toml or a comment on the line mutes.
    quiet: print no report; `.findings` has them, and `.report()` prints it.

    One forward and backward pass is observed as by `lk.observe`; then probes run, most of them on predictions alone,
    one with 100 steps of training. All happens on copies: model, optimizer, gradients and random states stay as they
    are. Inside `lk.observe()` or `losskit doctor` the findings are theirs too.
    Raises InvalidType for a model that is no module or a loss that cannot be called, InvalidInput for a batch that is
    no pair or a loss that is no scalar.
    """
    _check(model, loss, batch)
    place = users_place()
    seen = Observation(1, check_codes(mute) | muted_by_project(Path.cwd()))
    with _set_aside(running()), _random_states_kept(model), torch.enable_grad():
        subject = Subject(model, loss, batch, optimizer)
        observed_pass(subject, seen)
        found = {each.code for each in seen.findings}
        answers = [_answer(probe, subject, seen, place, found) for probe in load()] if _can_probe(subject) else []
    diagnosis = Diagnosis(seen, [answer for answer in answers if answer is not None])
    for observation in running():
        observation.calls += seen.calls
        for each in diagnosis.findings:
            observation.add(each, Place(each.file, each.line))
    if not quiet:
        diagnosis.report()
    return diagnosis


def _can_probe(subject: Subject) -> bool:
    return subject.is_plain and subject.is_steady


class Answer(NamedTuple):
    """What a probe saw, or why it did not run; `cost` is what it ran, which took `seconds`."""

    name: str
    cost: str
    seconds: float
    seen: dict[str, Any]
    error: str = ""


class Diagnosis:
    """`findings`, the worst first, and `answers`, what each probe saw."""

    def __init__(self, seen: Observation, answers: list[Answer]):
        self.answers = answers
        self._seen = seen

    @property
    def findings(self) -> list[Finding]:
        return self._seen.findings

    def to_json(self) -> dict[str, Any]:
        """`findings` as `losskit doctor --json` gives them, and `probes`, as plain JSON values."""
        plain = document.to_json(self.findings, self._seen.calls, None)["findings"]
        return {"findings": plain, "probes": [to_json_value(answer._asdict()) for answer in self.answers]}

    def document(self) -> Document:
        seen = self._seen
        report = document.document(self.findings, max(seen.calls, 1), seen.unexamined, title="losskit diagnose")
        rows = [{"probe": a.name, "seen": _written(a), "cost": f"{a.cost}, {a.seconds:.2f} s"} for a in self.answers]
        columns = [Column("probe", "Probe"), Column("seen", "Seen"), Column("cost", "Cost")]
        note = "" if rows else "None: they need one tensor against one with as many rows, and a loss without chance."
        table = Section("Probes", [Table(columns, rows)] if rows else [], note)
        return dataclasses.replace(report, subtitle="", blocks=[*report.blocks, table])

    def report(self) -> None:
        """Print the report to the terminal."""
        document.show(self.document())


def _check(model: Any, loss: Any, batch: Any) -> None:
    if not isinstance(model, torch.nn.Module):
        raise InvalidType(f"model must be a torch.nn.Module, got {type(model).__name__}", "diagnose reads PyTorch")
    if not callable(loss):
        raise InvalidType(f"loss must be callable, got {type(loss).__name__}", "nn.CrossEntropyLoss(), say")
    if not isinstance(batch, (tuple, list)) or len(batch) != 2:
        raise InvalidInput(f"batch must be a pair (inputs, target), got {type(batch).__name__}", "next(iter(loader))")


def _answer(probe: Probe, subject: Subject, seen: Observation, place: Place, found: set[str]) -> Answer | None:
    """What a probe saw; its findings are added to `seen`, but for codes in `found`."""
    start = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a loss that is probed with what it was not made for
            outcome = probe.ask(subject)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
        return Answer(probe.name, probe.cost, time.perf_counter() - start, {}, reason)
    if outcome is None:
        return None
    for each in outcome.findings:
        if each.code not in found:
            seen.add(each, place)
    return Answer(probe.name, probe.cost, time.perf_counter() - start, dict(outcome.seen))


def _written(answer: Answer) -> str:
    if answer.error:
        return f"did not run: {answer.error}"
    return ", ".join(f"{name} {write(value)}" for name, value in answer.seen.items())


@contextlib.contextmanager
def _set_aside(observations: list[Observation]) -> Iterator[None]:
    """They see nothing meanwhile."""
    for observation in observations:
        observation.set_aside = True
    try:
        yield
    finally:
        for observation in observations:
            observation.set_aside = False


@contextlib.contextmanager
def _random_states_kept(model: torch.nn.Module) -> Iterator[None]:
    """The generators of Python, NumPy and PyTorch are afterwards as they were."""
    python, legacy = random.getstate(), np.random.get_state()
    devices = {x.device for x in model.parameters() if x.device.type == "cuda"}
    try:
        with torch.random.fork_rng(devices=list(devices)):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)
