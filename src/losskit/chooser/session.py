"""One run of `choose`, once its input has been understood: features, folds, the study, the hold-out, the last model."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from losskit._version import __version__
from losskit.chooser import rules, study
from losskit.chooser.answer import sentence
from losskit.chooser.candidates import Candidate
from losskit.chooser.decision import Decision, confirm_on_holdout
from losskit.chooser.document import fill
from losskit.chooser.features import Features, make_features
from losskit.chooser.folds import make_folds, split_holdout
from losskit.chooser.metrics import Metric
from losskit.chooser.predictor import Predictor
from losskit.chooser.study import Plan, Progress, Study
from losskit.chooser.table import Table
from losskit.chooser.task import Task
from losskit.chooser.traits import Traits
from losskit.chooser.verdict import Entry, Verdict
from losskit.core import registry
from losskit.core.loss import Loss
from losskit.training.layers import predict

MOST_ROWS = 50_000  # beyond, a stratified sample decides: its standard errors are small enough
RESERVE = {"linear": 0.06, "mlp": 0.2}  # of the budget, for the models on all rows and the report
WRAP_UP = 0.6  # seconds of the reserve for the report
LEAST_FIT = 0.5  # seconds the last models are given, whatever the budget
SOON = 5.0  # seconds in which Ctrl-C is answered


@dataclass(frozen=True)
class Session:
    """Everything that was decided before training; `run` does the rest."""

    table: Table
    task: Task
    traits: Traits
    metric: Metric
    candidates: tuple[Candidate, ...]
    baseline: str
    not_tried: tuple[tuple[str, str], ...]
    model: str
    folds: int
    repeats: int
    rope: float
    holdout: float
    seed: int
    started: float
    budget: float | None

    def run(self, show: Callable[[Progress], None]) -> Verdict:
        """Train, compare, confirm and refit."""
        show(Progress("features", 0.0))
        kept, held = self._kept_and_held
        plan = Plan(
            X=self.features.matrix[kept],
            y=self.task.y[kept],
            task=self.task.kind,
            classes=len(self.task.classes or ()),
            metric=self.metric,
            candidates=self.candidates,
            baseline=self.baseline,
            fold_of=make_folds(self.task.y[kept], self.task.kind, self.folds, self.repeats, self.seed),
            model=self.model,
            rope=self.rope,
            seed=self.seed,
        )
        deadline = None if self.budget is None else self.started + self.budget * (1 - RESERVE[self.model])
        done = study.run(plan, deadline, show)
        show(Progress("the last models", 1.0))
        assert done.decision is not None
        decision = _unsettled(done.decision) if done.cut else done.decision
        if len(held) and not done.cut:
            decision = self._confirm(done, decision, kept, held)
        return self._verdict(done, self._simplest(decision))

    def _deadline(self, done: Study, share: float) -> float | None:
        """When a last model must be done: after this share of the time that is left."""
        now = time.monotonic()
        if done.stopped:
            return now + share * SOON
        if self.budget is None:
            return None
        return now + max(LEAST_FIT, share * (self.started + self.budget - WRAP_UP - now))

    def _simplest(self, decision: Decision) -> Decision:
        """Where the default with a tuned rule would be kept, yet the plain default is within one standard error of it:
        the plain default (the one-standard-error rule, Breiman et al. 1984)."""
        plain = decision.candidates.get(self.candidates[0].key)
        if decision.pick != self.baseline or plain is None or plain.gain + plain.se < 0:
            return decision
        return replace(decision, pick=plain.key)

    @cached_property
    def _rows(self) -> np.ndarray:
        """The rows used: all, or a sample of a table too large to compare on."""
        n = len(self.task.y)
        if n <= MOST_ROWS:
            return np.arange(n)
        return split_holdout(self.task.y, self.task.kind, 1 - MOST_ROWS / n, self.seed)[0]

    @cached_property
    def _kept_and_held(self) -> tuple[np.ndarray, np.ndarray]:
        kept, held = split_holdout(self.task.y[self._rows], self.task.kind, self.holdout, self.seed)
        return self._rows[kept], self._rows[held]

    @cached_property
    def features(self) -> Features:
        return make_features(self.table.frame, self._kept_and_held[0])

    def _confirm(self, done: Study, decision: Decision, kept: np.ndarray, held: np.ndarray) -> Decision:
        """The hold-out, looked at once: models of the pick and the default trained on the rows kept."""
        top = max(decision.candidates.values(), key=lambda c: c.gain).key  # the pick, if the claim is taken back
        keys = list(dict.fromkeys([self.baseline, self.candidates[0].key, decision.pick, top]))
        keys = [key for key in keys if key in decision.candidates]
        deadline = self._deadline(done, 0.5)
        layers = study.train_final(done, keys, self.features.matrix[kept], self.task.y[kept], deadline)
        found = {}
        for key in keys:
            candidate = self._candidate(key)
            raw = predict(layers[key], self.features.matrix[held].astype(np.float64))
            loss = self._loss(candidate, kept)
            prediction = study.prediction_of(loss, self.task.kind, raw if self.task.kind == "multiclass" else raw[:, 0])
            found[key] = rules.apply(candidate.rule, study.learn_rule(done, candidate), self.metric, prediction)
        return confirm_on_holdout(decision, self.metric, self.task.y[held], found)

    def _candidate(self, key: Any) -> Candidate:
        return next(c for c in self.candidates if c.key == key)

    def _loss(self, candidate: Candidate, rows: np.ndarray) -> Loss:
        loss = registry.get(candidate.loss, **_rounded(candidate.resolve(self.task.y[rows])))
        assert isinstance(loss, Loss)
        return loss

    def _verdict(self, done: Study, decision: Decision) -> Verdict:
        pick = self._candidate(decision.pick)
        rows, deadline = self._rows, self._deadline(done, 1.0)
        layers = study.train_final(done, [pick.key], self.features.matrix[rows], self.task.y[rows], deadline)
        state = study.learn_rule(done, pick)
        best = self._loss(pick, self._rows)
        predictor = Predictor(
            self.features, layers[pick.key], best, self.task.kind, self.task.classes, pick.rule, state, self.metric
        )
        entries = sorted((self._entry(done, decision, c) for c in self.candidates), key=_place)
        return Verdict(
            verdict=decision.verdict,
            sentence=sentence(decision, self.candidates, best, self.metric, state, done.cut),
            best=best,
            default=self._loss(self.candidates[0], self._rows),
            proven=decision.pick_proven,
            state=state.tolist() if isinstance(state, np.ndarray) else state,
            predictor=predictor,
            decision=decision,
            entries=tuple(entries),
            facts=self._facts(done),
            fill=fill,
        )

    def _entry(self, done: Study, decision: Decision, candidate: Candidate) -> Entry:
        key = candidate.key
        dropped = done.dropped.get(key)
        seen = (dropped or decision).candidates.get(key)
        failed = done.failed.get(key, "")
        if seen is not None and failed:
            seen = None
        if seen is not None and dropped is not None:
            seen = replace(seen, holm_p=1.0)
        if seen is not None:  # no metric is better than perfect
            low, high = seen.interval
            within = (low, min(high, 1.0)) if self.metric.greater_is_better else (max(low, 0.0), high)
            seen = replace(seen, interval=within)
        loss = self._loss(candidate, self._rows)
        return Entry(candidate, loss, seen, done.seconds.get(key, 0.0), failed, dropped is not None)

    def _facts(self, done: Study) -> dict[str, Any]:
        kept, held = self._kept_and_held
        return {
            "metric": self.metric.name,
            "gain_kind": self.metric.gain_kind,
            "default_key": self.candidates[0].key,
            "task": self.task.kind,
            "task_sentence": self.task.sentence,
            "traits": self.traits.as_dict(),
            "traits_sentences": self.traits.sentences(),
            "source": self.table.source,
            "target": self.table.target_name,
            "notes": list(self.table.notes),
            "features": self.features.sentence,
            "model": self.model,
            "settings": study.SETTINGS[self.model],
            "not_tried": self.not_tried,
            "seed": self.seed,
            "rows": len(self.task.y),
            "rows_compared": len(kept),
            "rows_held_out": len(held),
            "rows_sampled": len(self._rows) < len(self.task.y),
            "folds": self.folds,
            "repeats": done.repeats,
            "planned_repeats": self.repeats,
            "rope": self.rope,
            "seconds": round(time.monotonic() - self.started, 2),
            "budget": self.budget,
            "partial": done.partial,
            "cut": done.cut,
            "version": __version__,
        }


def _unsettled(decision: Decision) -> Decision:
    """Keep the default: not even the first repeat was done, so nothing was compared on equal terms."""
    return replace(decision, verdict="unclear", winner=None, pick=decision.baseline, pick_proven=False)


def _rounded(params: dict[str, Any]) -> dict[str, Any]:
    """Four digits are plenty for what is pasted, and what is printed is what is used."""
    return {
        k: np.array([float(f"{x:.4g}") for x in v])
        if isinstance(v, np.ndarray)
        else float(f"{v:.4g}")
        if isinstance(v, float)
        else v
        for k, v in params.items()
    }


def _place(entry: Entry) -> tuple[bool, float]:
    """Best first; failed candidates last."""
    return (entry.seen is None, -(entry.seen.gain if entry.seen else 0.0))
