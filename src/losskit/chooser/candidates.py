"""Which losses are worth comparing for a metric and a target, and why: theory proposes, data decides.

`theory.py` holds the map from metric to losses. Here a short list is made of it: the default first, the default with a
tuned decision rule, what theory proposes for the traits, and what was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from losskit import catalogue  # noqa: F401  (fills the registry)
from losskit.chooser.scaled import ClassPrior, ScaledByMAD
from losskit.chooser.task import Task
from losskit.chooser.theory import HARD_METRICS, RARE, Context, Proposal, propose
from losskit.chooser.traits import Traits
from losskit.core import registry
from losskit.errors import InvalidInput

MOST = 8
DEFAULTS = {"regression": "squared_error", "binary": "binary_cross_entropy", "multiclass": "cross_entropy"}
RULES = {"threshold": " + tuned threshold", "shift": " + learned shift", "scale": " + learned scale"}

# Factors of the MAD that make a loss 95 % efficient for normal residuals (Holland & Welsch 1977,
# doi:10.1080/03610927708827533); the others are of a like size.
TUNING = {
    "huber": 1.345,
    "pseudo_huber": 1.345,
    "smooth_l1": 0.3,
    "cauchy": 2.385,
    "welsch": 2.985,
    "geman_mcclure": 2.0,
    "tukey": 4.685,
    "fair": 1.4,
    "epsilon_insensitive": 0.1,
}


@dataclass(frozen=True)
class Candidate:
    """A loss with its parameters and the rule that turns its raw score into a decision.

    key:    unique and readable: "huber(delta=1.345 MAD)", "binary_cross_entropy + tuned threshold"
    loss:   the loss's name in the catalogue
    params: name to a number, or to a rule (ScaledByMAD, ClassPrior ...) that gives it from training rows
    rule:   "none"; "shift", "scale": one number learnt on out-of-fold rows, added to or multiplied with the prediction;
            "threshold": a threshold on the probability (an offset for each of several classes) learnt there;
            "argmax": the most probable class
    tag:    "consistent", "surrogate" or "heuristic" with respect to the metric
    why:    one sentence;  source: author, year, identifier
    """

    key: str
    loss: str
    params: Mapping[str, Any] = field(compare=False)
    rule: str
    tag: str
    why: str
    source: str

    def resolve(self, target_rows: np.ndarray) -> dict[str, Any]:
        """The parameters as numbers, from the (encoded) targets of one lane's training rows."""
        return {name: value(target_rows) if callable(value) else value for name, value in self.params.items()}


def short_list(
    task: Task,
    traits: Traits,
    metric_name: str,
    target: np.ndarray,
    *,
    default: str | None = None,
    asked: Iterable[str] = (),
) -> list[Candidate]:
    """At most 8 candidates, the default first, and after them those asked for.

    metric_name: "mae", "pinball@0.9", "f1" ...
    target:      (n,) encoded target, as in `task.y`
    default:     what people would use without thinking; None: squared_error, binary_cross_entropy, cross_entropy
    asked:       further losses: "huber", "focal(gamma=3)"

    Raises UnknownName for a loss that does not exist, InvalidInput for one that does not fit the task or target.
    """
    context = Context(task.kind, traits, metric_name, len(task.classes or ()))
    proposals = propose(context)
    start = default or DEFAULTS[task.kind]
    row = _as_asked(start, context, proposals, target, "argmax")
    usual = _build(row, "What people use without thinking." if default is None else "The default that was asked for.")
    found = {usual.key: usual}
    for candidate in [*_with_rule(usual, context), *(_build(p) for p in proposals if p.when)]:
        if _unfit(candidate.loss, context, target) is None:
            found.setdefault(candidate.key, candidate)
    kept = dict(list(found.items())[:MOST])
    for text in asked:
        candidate = _build(_as_asked(text, context, proposals, target, "threshold"), "Asked for.")
        if all(_without_rule(candidate) != _without_rule(other) for other in kept.values()):
            kept[candidate.key] = candidate
    return list(kept.values())


def baseline_key(candidates: list[Candidate], metric_name: str) -> str:
    """The key of the candidate that others must beat: the default; for a metric of hard decisions, the default with its
    threshold tuned."""
    default = candidates[0]
    if metric_name in HARD_METRICS:
        for candidate in candidates:
            if candidate.key == default.key + RULES["threshold"]:
                return candidate.key
    return default.key


def not_tried(
    task: Task, traits: Traits, metric_name: str, target: np.ndarray, candidates: Iterable[Candidate]
) -> list[tuple[str, str]]:
    """The losses for this task that are not among `candidates`, each with the reason in a few words."""
    context = Context(task.kind, traits, metric_name, len(task.classes or ()))
    tried = {candidate.loss for candidate in candidates}
    fitting = (
        d.name for d in (registry.factory(name).definition for name in registry.names()) if _is_for(d, task.kind)
    )
    left = [name for name in fitting if name not in tried]
    return [(name, _unfit(name, context, target) or _reason(name, metric_name)) for name in left]


def _is_for(definition: Any, task: str) -> bool:
    """Can a table train it: one prediction, or one for each class, and one target?"""
    plain = list(definition.inputs) == ["pred", "target"] and definition.wrt == ("pred",)
    return plain and definition.task == task and definition.kind in ("pointwise", "rowwise")


def _with_rule(usual: Candidate, context: Context) -> list[Candidate]:
    """The default with the decision rule that the metric allows to be tuned, if any."""
    rule, why, source = context.tuned_rule(usual.loss)
    if rule is None:
        return []
    proper = registry.factory(usual.loss).definition.claims.get("proper", False)
    tag = "consistent" if rule == "threshold" and proper else "heuristic"
    return [Candidate(usual.key + RULES[rule], usual.loss, usual.params, rule, tag, why, source)]


def _build(proposal: Proposal, before: str = "") -> Candidate:
    definition = registry.factory(proposal.loss).definition
    why = f"{before} {proposal.why}".strip()
    key = _key(proposal.loss, proposal.params) + RULES.get(proposal.rule, "")
    source = proposal.source or definition.source
    return Candidate(key, proposal.loss, dict(proposal.params), proposal.rule, proposal.tag, why, source)


def _without_rule(candidate: Candidate) -> str:
    return candidate.key.partition(" + ")[0]


def _key(loss: str, params: Mapping[str, Any]) -> str:
    inside = ", ".join(
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}" for name, value in params.items()
    )
    return f"{loss}({inside})" if inside else loss


def _as_asked(text: str, context: Context, proposals: list[Proposal], target: np.ndarray, rule: str) -> Proposal:
    """A loss by its name or as "name(param=number)", with what theory says of it for this metric."""
    name, given = _parse(text)
    unfit = _unfit(name, context, target)
    if unfit:
        fitting = [known for known in registry.names() if _unfit(known, context, target) is None]
        raise InvalidInput(f"the loss {name} cannot be used here: {unfit}", f"Losses that fit: {', '.join(fitting)}.")
    params = {**_usual_params(name, context), **given}
    registry.get(name, **{key: value(target) if callable(value) else value for key, value in params.items()})
    decided = rule if context.metric in HARD_METRICS else "none"
    known = [p for p in proposals if p.loss == name and p.rule == decided and set(p.params) <= set(params)]
    row = max(known, key=lambda p: len(p.params), default=Proposal(name, "heuristic", ""))
    return replace(row, rule=decided, params=params)


def _parse(text: str) -> tuple[str, dict[str, float]]:
    name, _, inside = text.strip().removesuffix(")").partition("(")
    try:
        pairs = [part.partition("=") for part in inside.split(",") if part.strip()]
        params = {key.strip(): float(value) for key, _, value in pairs}
    except ValueError as error:
        raise InvalidInput(f"cannot read the loss {text!r}", 'Write it as "huber" or "huber(delta=2)".') from error
    return registry.factory(name.strip()).__name__, params


def _usual_params(name: str, context: Context) -> dict[str, Any]:
    """What a loss needs to be told for this data: its scale, the class prior, the metric's level."""
    params: dict[str, Any] = {}
    for key, param in registry.factory(name).definition.params.items():
        if param.scales_with == "target" and param.search:
            params[key] = ScaledByMAD(TUNING.get(name, 1.0))
        elif param.required and param.per_class:
            params[key] = ClassPrior(context.classes)
        elif key == "level" and context.level is not None:
            params[key] = context.level
    return params


def _unfit(name: str, context: Context, target: np.ndarray) -> str | None:
    """Why a loss cannot be trained on this target for this metric; None where it can."""
    definition = registry.factory(name).definition
    task = definition.task
    if name == "zero_one":
        return "it has no gradient to train with"
    if task != context.kind:
        return f"it is for {task}, and the task is {context.kind}"
    if not _is_for(definition, task):
        return f"it takes {', '.join(definition.inputs)}, and a table has one target"
    lead, domain = definition.inputs[definition.lead], definition.inputs["target"]
    if lead.low >= 0.0 or lead.high < np.inf:
        return f"it takes {lead.description.partition(',')[0]}, and a model here gives raw scores"
    if name in {"hinge", "perceptron"} and context.metric in {"log_loss", "brier"}:
        return f"it gives no probabilities, which {context.metric} judges"
    low = float(np.min(target))
    below: Callable[[float, float], bool] = float.__le__ if domain.open_low else float.__lt__
    if task == "regression" and below(low, domain.low):
        return (
            f"it needs a target {'above' if domain.open_low else 'of at least'} {domain.low:g}; the smallest is {low:g}"
        )
    if name == "mape" and (np.asarray(target) == 0).any():
        return "it divides by the target, which is 0 in some rows"
    return None


def _reason(name: str, metric: str) -> str:
    if name in RARE:
        return RARE[name]
    estimates = registry.factory(name).example().estimates
    if name in ("quantile", "expectile"):
        aim = f"it estimates {'an' if name[0] in 'aeiou' else 'a'} {name}"
    elif estimates:
        aim = f"it estimates {'something ' if estimates.startswith('between') else 'the '}{estimates}"
    else:
        aim = f"no theory ties it to {metric}"
    return f"{aim}; --loss {name} adds it"
