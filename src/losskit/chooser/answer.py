"""The answer in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from losskit.chooser.candidates import Candidate
from losskit.chooser.decision import MIN_ROWS, Decision
from losskit.chooser.metrics import Metric
from losskit.core.loss import Loss


def sentence(
    decision: Decision, candidates: Sequence[Candidate], best: Loss, metric: Metric, state: Any, cut: bool = False
) -> str:
    """What to do, how much it gains, and how sure that is.

    candidates: the default first;  best, state: the pick's loss and what its rule learnt
    cut:        the time was up within the first repeat
    """
    by_key = {c.key: c for c in candidates}
    pick, baseline = by_key[decision.pick], by_key[decision.baseline]
    name, against = _named(pick, best, state), _base(baseline)
    if decision.verdict == "better":
        return _better(decision, name, against, metric)
    if decision.verdict == "same":
        return _same(decision, pick, name, baseline, metric)
    why = "the time was up before the first repeat was done" if cut else _doubt(decision)
    if pick.key in (baseline.key, candidates[0].key):
        return f"Unclear, {why}: keep {name} meanwhile."
    gain, way = amount(decision.candidates[pick.key].advantage, metric), _way(metric)
    return f"Unclear, {why}: use {name} meanwhile, unproven; {metric.name} looks {gain} {way} than with {against}."


def amount(gain: float, metric: Metric) -> str:
    """A gain for people: in per cent, or as a difference where a ratio means nothing."""
    return f"{gain:.3f}" if metric.gain_kind == "absolute" else f"{100 * gain:.1f}%"


def _better(decision: Decision, name: str, against: str, metric: Metric) -> str:
    seen, way = decision.candidates[decision.pick], _way(metric)
    least = amount(max(seen.advantage_lower, 0.0), metric)
    return (
        f"Train with {name}: {metric.name} is about {amount(seen.advantage, metric)} {way} than with {against}, "
        f"and at least {least} {way} with 95% confidence."
    )


def _same(decision: Decision, pick: Candidate, name: str, baseline: Candidate, metric: Metric) -> str:
    if pick.key != baseline.key:
        others = "Neither another loss nor a tuned threshold"
    elif baseline.rule == "threshold":
        name, others = f"the default loss and move its threshold: {name}", "No other loss"
    else:
        others = "No other loss"
    least = f"by {_rope(decision.rope, metric)} or more" if decision.rope else "at all"
    return f"Keep {name}. {others} improves {metric.name} {least}."


def _doubt(decision: Decision) -> str:
    """Why nothing is proven."""
    if decision.too_few_rows:
        return f"with {decision.rows} rows (fewer than {MIN_ROWS}) nothing can be proven"
    if decision.holdout is not None and decision.holdout.took_back:
        return "the best loss in cross-validation did worse on the rows held out"
    return "the folds do not settle it"


def _way(metric: Metric) -> str:
    return "higher" if metric.greater_is_better else "lower"


def _named(candidate: Candidate, loss: Loss, state: Any) -> str:
    """The loss as it would be written, and its rule."""
    shown = repr(loss).removeprefix("lk.").removesuffix("()")
    if candidate.rule == "threshold":
        where = f"the threshold at {state:.3g}" if isinstance(state, float) else "one offset a class"
        return f"{shown} with {where}"
    if candidate.rule == "shift":
        return f"{shown} and add {state:.4g} to its predictions"
    if candidate.rule == "scale":
        return f"{shown} and multiply its predictions by {state:.4g}"
    return shown


def _base(baseline: Candidate) -> str:
    return f"{baseline.loss} and a tuned threshold" if baseline.rule == "threshold" else baseline.loss


def _rope(rope: float, metric: Metric) -> str:
    return f"{rope:g}" if metric.gain_kind == "absolute" else f"{100 * rope:g}%"
