"""What the callbacks share: an observation of the first steps, and a watch over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from losskit.doctor.finding import Finding
from losskit.doctor.least import least_value
from losskit.doctor.muting import check_codes, muted_by_project
from losskit.doctor.observe import Observation
from losskit.doctor.over_time import Watch, check_better


class Attendant:
    """Begins and ends with a training.

    metric: the name of the metric that an epoch is judged by, as the framework logs it; None for no metric.
    better: whether a good metric is "high" or "low".
    loss: the loss that trains, for the least value that it can have.
    first_steps, mute, quiet: as in `lk.observe`.
    """

    def __init__(
        self,
        metric: str | None = None,
        better: Literal["high", "low"] = "high",
        loss: Any = None,
        first_steps: int = 20,
        mute: Iterable[str] = (),
        quiet: bool = False,
    ):
        self.metric = metric
        self.observation = Observation(first_steps, check_codes(mute) | muted_by_project(Path.cwd()), quiet)
        self.watch = Watch(least_value(loss), check_better(better), self.observation)
        self._lasts = False

    @property
    def findings(self) -> list[Finding]:
        return self.observation.findings

    def begin(self) -> None:
        if self._lasts:  # the training before broke off where the framework tells nobody
            self.observation.stop()
        self.observation.start()
        self._lasts = True

    def epoch(self, logs: Mapping[str, Any], loss: Any = None) -> None:
        """The end of an epoch, with what the framework logged in it."""
        value = None if self.metric is None else logs.get(self.metric)
        if loss is not None or self.watch.steps:
            self.watch.epoch(metric=value, loss=loss)

    def end(self) -> None:
        """Once, however the training ended."""
        if self._lasts:
            self._lasts = False
            self.observation.stop()
            if not self.observation.quiet:
                self.watch.report()


class Attended:
    """The part of a framework's callback that all have: to be named before the framework's own class."""

    def __init__(self, metric: str | None = None, **options: Any):
        super().__init__()
        self._attendant = Attendant(metric, **options)
        self.watch = self._attendant.watch

    @property
    def findings(self) -> list[Finding]:
        return self._attendant.findings
