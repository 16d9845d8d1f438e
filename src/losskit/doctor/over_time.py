"""`lk.watch()`: what a loss does over a training, and whether the metric follows."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from losskit.doctor import document
from losskit.doctor.finding import Finding
from losskit.doctor.least import least_value
from losskit.doctor.muting import check_codes, muted_by_project
from losskit.doctor.observe import Observation, running
from losskit.doctor.place import users_place
from losskit.doctor.trends import below_least, not_finite, parted, spiked, stuck
from losskit.errors import InvalidInput, InvalidType
from losskit.reporting import Document, Facts, Lines, Section, Series
from losskit.reporting.as_json import to_json_value


def watch(loss: Any = None, better: Literal["high", "low"] = "high", mute: Iterable[str] = ()) -> Watch:
    """Keep the loss of each step and the metric of each epoch, and report what is wrong with them.

        watch = lk.watch(loss=criterion)
        watch.step(value)                # after each step: a tensor, before backward, or a number
        watch.epoch(metric=accuracy)     # after each epoch
        watch.report()

    loss: the loss that trains, losskit's or PyTorch's, for the least value that it can have.
    better: whether a good metric is "high" or "low".
    mute: codes that are not reported, beside those that pyproject.toml or a comment on the line mutes.

    Found are a loss that is not finite, with the first operation that made it so where `step` gets a tensor with its
    graph; one below its least value; spikes; one that does not fall; and a loss and a metric that part.
    Raises InvalidInput for another `better`.
    """
    high_is_better = check_better(better)
    seen = Observation(1, check_codes(mute) | muted_by_project(Path.cwd()))
    return Watch(least_value(loss), high_is_better, seen)


def check_better(better: str) -> bool:
    """Whether high is better."""
    if better not in ("high", "low"):
        raise InvalidInput(f"better: expected 'high' or 'low', got {better!r}", "which metric is good?")
    return better == "high"


class Watch:
    """`steps` holds the loss of each step, `losses` and `metrics` those of each epoch; `findings`, the worst first.

    Findings go into the observation `seen`, and into those that run.
    """

    def __init__(self, least: float | None, high_is_better: bool, seen: Observation):
        self.steps: list[float] = []
        self.losses: list[float] = []
        self.metrics: list[float] = []
        self._least = least
        self._sign = 1.0 if high_is_better else -1.0
        self._seen = seen
        self._epoch_began = 0
        self._judged: list[tuple[float, float]] = []  # loss and metric of the epochs that have one, high being good

    @property
    def findings(self) -> list[Finding]:
        return self._seen.findings

    def step(self, loss: Any) -> None:
        """The loss of one step, which is read from its device. Raises InvalidType for what is no number."""
        value = _number(loss, "loss")
        self.steps.append(value)
        self._add(not_finite(self.steps, loss))
        self._add(below_least(self.steps, self._least))
        self._add(spiked(self.steps))

    def epoch(self, metric: Any = None, loss: Any = None) -> None:
        """The end of an epoch. `loss` is that of validation, by default the mean over the epoch's steps."""
        steps = self.steps[self._epoch_began :]
        self._epoch_began = len(self.steps)
        if loss is None and not steps:
            raise InvalidInput("epoch: no step since the last epoch, and no loss given", "watch.step(value) first")
        self.losses.append(math.fsum(steps) / len(steps) if loss is None else _number(loss, "loss"))
        self._add(stuck(self.steps, len(self.losses)))
        if metric is not None:
            self.metrics.append(_number(metric, "metric"))
            self._judged.append((self.losses[-1], self._sign * self.metrics[-1]))
            self._add(parted(*zip(*self._judged, strict=True)))

    def _add(self, found: Finding | None) -> None:
        if found is not None:
            for observation in {self._seen, *running()}:
                observation.add(found, users_place())

    def to_json(self) -> dict[str, Any]:
        """`findings` as `losskit doctor --json` gives them, `losses` and `metrics` of the epochs, as plain values."""
        findings = document.to_json(self.findings, len(self.steps), None)["findings"]
        return {"findings": findings, "losses": to_json_value(self.losses), "metrics": to_json_value(self.metrics)}

    def document(self) -> Document:
        report = document.document(self.findings, max(len(self.steps), 1), self._seen.unexamined, title="losskit watch")
        facts: list[tuple[str, Any]] = [("steps", len(self.steps)), ("epochs", len(self.losses))]
        if self.losses:
            best = self.losses.index(min(self.losses))
            facts.append(("least loss", f"{self.losses[best]:.4g} in epoch {best + 1}"))
            facts.append(("epochs since", len(self.losses) - 1 - best))
        curves = [_curve(name, each) for name, each in (("loss", self.losses), ("metric", self.metrics)) if each]
        return dataclasses.replace(
            report, subtitle="", blocks=[*report.blocks, Section("Training", [Facts(facts), *curves])]
        )

    def report(self) -> None:
        """Print the report to the terminal."""
        document.show(self.document())


def _number(value: Any, what: str) -> float:
    try:
        return float(value.detach() if hasattr(value, "detach") else value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidType(f"{what} must be one number, got {type(value).__name__}: {error}", "the mean, say") from None


def _curve(name: str, values: list[float]) -> Lines:
    return Lines(f"The {name} of each epoch", [Series(name, list(range(1, len(values) + 1)), values)], "epoch", name)
