"""The comparison itself: every candidate on the same folds, in rungs of one repeat, until the plan or the time ends."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from losskit.chooser import rules
from losskit.chooser.answer import amount
from losskit.chooser.candidates import Candidate
from losskit.chooser.decision import Decision, decide
from losskit.chooser.folds import split_fit_stop
from losskit.chooser.metrics import Metric
from losskit.core import registry
from losskit.core.loss import Loss
from losskit.errors import InvalidInput
from losskit.training.layers import Layers
from losskit.training.lockstep.lanes import Lane, LaneResults
from losskit.training.lockstep.trainer import train_lanes

DRAWS = 1000
HOPELESS = 3.0  # standard errors below the baseline after which a candidate is dropped
FINISHING = 1.3  # a rung starts only when so many times its expected length is left
SETTINGS = {  # (learning rate, penalty): the same grid for every loss; targets and features are standardised
    "linear": ((0.0, 1e-5), (0.0, 1e-3), (0.0, 1e-2), (0.0, 1e-1)),
    "mlp": ((3e-3, 1e-4), (3e-3, 1e-2), (1e-2, 1e-4), (1e-2, 1e-2)),
}


@dataclass(frozen=True)
class Plan:
    """What is compared, fixed before the clock starts.

    X: (n, d) features and y: (n,) encoded target of the rows that are not held out; fold_of: (R, n).
    """

    X: np.ndarray
    y: np.ndarray
    task: str
    classes: int
    metric: Metric
    candidates: tuple[Candidate, ...]
    baseline: str
    fold_of: np.ndarray
    model: str
    rope: float
    seed: int

    @property
    def folds(self) -> int:
        return int(self.fold_of.max()) + 1

    @property
    def outputs(self) -> int:
        return self.classes if self.task == "multiclass" else 1


@dataclass(frozen=True)
class Progress:
    """Where a study stands, for whoever shows it."""

    stage: str
    done: float
    leader: str = ""
    seconds_left: float | None = None


@dataclass
class Study:
    """What a study found: out-of-fold predictions, the decision, and what happened to each candidate.

    predictions: key -> (n[, K]) for each repeat done, before any rule;  answers: the same after it, as the metric
    needs it;  chosen: key -> the settings its folds chose;  failed: key -> why;  dropped: key -> the decision it was
    dropped by
    partial: ended before the plan was done;  stopped: by Ctrl-C;  cut: the time was up within the first repeat
    """

    plan: Plan
    predictions: dict[str, list[np.ndarray]] = field(default_factory=dict)
    answers: dict[str, list[np.ndarray]] = field(default_factory=dict)
    chosen: dict[str, Counter] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, Decision] = field(default_factory=dict)
    decision: Decision | None = None
    partial: bool = False
    stopped: bool = False
    cut: bool = False
    repeats: int = 0


def run(plan: Plan, deadline: float | None = None, show: Callable[[Progress], None] = lambda _: None) -> Study:
    """Train and compare, one repeat of the folds at a time; a deadline or Ctrl-C ends it between repeats.

    deadline: a `time.monotonic()` value. Raises KeyboardInterrupt where there is nothing to compare yet, InvalidInput
    where the baseline cannot be trained.
    """
    study = Study(plan)
    try:
        while study.repeats < len(plan.fold_of) and not study.partial:
            began = time.monotonic()
            _rung(study, deadline, show)
            if study.repeats < len(plan.fold_of) and not study.partial:
                _weigh(study, draws=DRAWS // 5)
                _drop_hopeless(study)
                now = time.monotonic()
                study.partial = deadline is not None and now + FINISHING * (now - began) > deadline
    except KeyboardInterrupt:
        if not study.repeats:
            raise
        study.partial = study.stopped = True
    _weigh(study, DRAWS)
    return study


def scaled_loss(candidate: Candidate, target: np.ndarray) -> tuple[Loss, tuple[float, float]]:
    """A candidate's loss for training on scaled targets, and the (offset, scale) of these.

    Targets are scaled only under losses that declare equivariance; parameters in the target's units follow.
    """
    params = candidate.resolve(target)
    loss = registry.get(candidate.loss, **params)
    assert isinstance(loss, Loss)
    if not loss.claims.get("scale_equivariant"):
        return loss, (0.0, 1.0)
    low, middle, high = np.quantile(target, [0.25, 0.5, 0.75])
    scale = float((high - low) / 1.349) or float(np.std(target)) or 1.0
    declared = loss.definition.params
    params = {k: v / scale if declared[k].scales_with else v for k, v in loss.params.items()}
    return registry.factory(candidate.loss)(**params), (float(middle) if loss.claims.get("residual") else 0.0, scale)


def prediction_of(loss: Loss, task: str, raw: np.ndarray) -> np.ndarray:
    """Raw scores as values on the target's scale, or as probabilities; a margin without a link through a sigmoid."""
    if task == "binary" and loss.definition.link is None and loss.definition.inputs["pred"].link == "identity":
        return 1.0 / (1.0 + np.exp(-np.clip(raw, -500, 500)))
    with np.errstate(over="ignore"):
        return np.asarray(loss.link(raw))


def train_final(
    study: Study, keys: list[str], X: np.ndarray, y: np.ndarray, deadline: float | None = None
) -> dict[str, Layers]:
    """One model for each candidate on all these rows, under the setting that most folds chose."""
    plan = study.plan
    by_key = {c.key: c for c in plan.candidates}
    rows = np.arange(len(y))
    stop = None
    if plan.model == "mlp":
        rows, stop = split_fit_stop(rows, y, plan.task, seed=plan.seed)
    lanes = {}
    for key in keys:
        rate, penalty = study.chosen[key].most_common(1)[0][0]
        loss, scale = scaled_loss(by_key[key], y[rows])
        lanes[key] = Lane(loss, rows, stop, rate, penalty, plan.seed, scale)
    return dict(zip(keys, _train(plan, X, y, list(lanes.values()), deadline).layers, strict=True))


def learn_rule(study: Study, candidate: Candidate) -> Any:
    """The state of a candidate's rule, learnt on all out-of-fold predictions (the mean over repeats)."""
    plan = study.plan
    mean = np.mean(study.predictions[candidate.key], axis=0)
    return rules.learn(candidate.rule, plan.metric, plan.y, mean)


def _answer(plan: Plan, candidate: Candidate, fold_of: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """One repeat's predictions in the form the metric needs; a fold's rule is learnt on the rows of the other folds."""
    parts = []
    for k in range(plan.folds):
        out = fold_of == k
        state = rules.learn(candidate.rule, plan.metric, plan.y[~out], prediction[~out])
        parts.append((out, rules.apply(candidate.rule, state, plan.metric, prediction[out])))
    whole = np.empty((len(plan.y), *parts[0][1].shape[1:]), parts[0][1].dtype)
    for out, answer in parts:
        whole[out] = answer
    return whole


# --- One rung -------------------------------------------------------------------------------------------------------


def _alive(study: Study) -> list[Candidate]:
    return [c for c in study.plan.candidates if c.key not in study.failed and c.key not in study.dropped]


def _rung(study: Study, deadline: float | None, show: Callable[[Progress], None]) -> None:
    """Train every candidate on every fold of the next repeat; candidates that differ in their rule alone share it."""
    plan, repeat = study.plan, study.repeats
    settings = SETTINGS[plan.model]
    groups: dict[Any, list[Candidate]] = {}
    for candidate in _alive(study):
        groups.setdefault((candidate.loss, repr(dict(candidate.params))), []).append(candidate)
    splits = [
        split_fit_stop(np.flatnonzero(plan.fold_of[repeat] != k), plan.y, plan.task, seed=plan.seed + k)
        for k in range(plan.folds)
    ]
    lanes = []
    for same, *_ in groups.values():
        for fit, stop in splits:
            loss, scale = scaled_loss(same, plan.y[fit])
            lanes += [Lane(loss, fit, stop, rate, penalty, plan.seed + repeat, scale) for rate, penalty in settings]

    def on_progress(done: int, total: int) -> None:
        share = (repeat + done / max(total, 1)) / len(plan.fold_of)
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        show(Progress(f"repeat {repeat + 1} of {len(plan.fold_of)}", share, _leader(study), left))

    on_progress(0, 1)
    began = time.monotonic()
    results = _train(plan, plan.X, plan.y, lanes, deadline, on_progress)
    spent = (time.monotonic() - began) / len(groups)
    if results.cut.any():
        study.partial = True
        if study.repeats:  # cut lanes are trained unequally; they count only for want of anything better
            return
        study.cut = True
    per_group = len(splits) * len(settings)
    for number, members in enumerate(groups.values()):
        own = slice(number * per_group, (number + 1) * per_group)
        _collect(study, members, lanes[own], results, own, splits, spent)
    study.repeats += 1


def _train(
    plan: Plan,
    X: np.ndarray,
    y: np.ndarray,
    lanes: list[Lane],
    deadline: float | None,
    on_progress: Callable[[int, int], None] | None = None,
) -> LaneResults:
    return train_lanes(X, y, lanes, model=plan.model, outputs=plan.outputs, deadline=deadline, on_progress=on_progress)


def _collect(
    study: Study,
    members: list[Candidate],
    lanes: list[Lane],
    results: LaneResults,
    own: slice,
    splits: list[tuple[np.ndarray, np.ndarray]],
    spent: float,
) -> None:
    """Choose each fold's setting on its stop rows and keep the predictions for the rows that the fold scores."""
    plan, settings = study.plan, SETTINGS[study.plan.model]
    raw, stop_loss = results.predictions[own], results.stop_loss[own]
    out_of_fold = np.empty(0)
    chosen: Counter = Counter()
    for k, (_, stop) in enumerate(splits):
        scores = []
        for s in range(len(settings)):
            lane = k * len(settings) + s
            scores.append(_stop_score(plan, lanes[lane], raw[lane], stop_loss[lane], stop))
        best = max(range(len(settings)), key=scores.__getitem__)
        if not np.isfinite(scores[best][0]):
            for member in members:
                study.failed[member.key] = f"diverged on fold {k + 1} of repeat {study.repeats + 1}"
            return
        lane = k * len(settings) + best
        scored = plan.fold_of[study.repeats] == k
        prediction = prediction_of(lanes[lane].loss, plan.task, raw[lane][scored])
        if not k:
            out_of_fold = np.empty((len(plan.y), *prediction.shape[1:]))
        out_of_fold[scored] = prediction
        chosen[settings[best]] += 1
    if not np.isfinite(out_of_fold).all():
        for member in members:
            study.failed[member.key] = f"gave infinite predictions in repeat {study.repeats + 1}"
        return
    for member in members:
        answer = _answer(plan, member, plan.fold_of[study.repeats], out_of_fold)
        study.predictions.setdefault(member.key, []).append(out_of_fold)
        study.answers.setdefault(member.key, []).append(answer)
        study.chosen.setdefault(member.key, Counter()).update(chosen)
        study.seconds[member.key] = study.seconds.get(member.key, 0.0) + spent / len(members)


def _stop_score(plan: Plan, lane: Lane, raw: np.ndarray, stop_loss: float, stop: np.ndarray) -> tuple[float, float]:
    """How good a setting is on the stop rows: by the metric (ties, such as a roc_auc of 1, by the loss), or by the loss
    alone where the metric judges hard decisions."""
    if not np.isfinite(raw[stop]).all():
        return -np.inf, -np.inf
    by_loss = -float(stop_loss)
    if plan.metric.needs == "label":
        return by_loss, by_loss
    return rules.value(plan.metric, plan.y[stop], prediction_of(lane.loss, plan.task, raw[stop])), by_loss


# --- Between rungs --------------------------------------------------------------------------------------------------


def _weigh(study: Study, draws: int) -> None:
    plan = study.plan
    if plan.baseline in study.failed:
        why = study.failed[plan.baseline]
        raise InvalidInput(f"the default {plan.baseline} could not be trained: it {why}", "Give another --default.")
    found = {c.key: np.stack(study.answers[c.key][: study.repeats]) for c in _alive(study)}
    decision = decide(
        plan.metric,
        plan.y,
        plan.fold_of[: study.repeats],
        found,
        baseline=plan.baseline,
        rope=plan.rope,
        draws=draws,
        seed=plan.seed,
    )
    study.decision = _without_rivals(decision, bool(study.dropped))


def _without_rivals(decision: Decision, dropped: bool) -> Decision:
    """Where every rival was dropped as hopeless, the default is kept, and that is settled."""
    if dropped and set(decision.candidates) == {decision.baseline}:
        return replace(decision, verdict="same", pick_proven=True)
    return decision


def _drop_hopeless(study: Study) -> None:
    decision = study.decision
    assert decision is not None
    always = {study.plan.baseline, study.plan.candidates[0].key}
    for key, seen in decision.candidates.items():
        if key not in always and seen.gain + HOPELESS * seen.se < 0:
            study.dropped[key] = decision


def _leader(study: Study) -> str:
    if study.decision is None:
        return ""
    top = max(study.decision.candidates.values(), key=lambda c: c.gain)
    return f"{top.key} (+{amount(top.gain, study.plan.metric)})" if top.gain > 0 else str(top.key)
