"""The answer in one sentence."""

from __future__ import annotations

from typing import Any

from losskit.chooser.candidates import Candidate
from losskit.chooser.decision import MIN_ROWS, Decision
from losskit.chooser.metrics import Metric
from losskit.core.loss import Loss


def sentence(
    decision: Decision, pick: Candidate, best: Loss, baseline: Candidate, metric: Metric, state: Any
) -> str:
    """What to do, how much it gains, and how sure that is."""
    name, against = _named(pick, best, state), _base(baseline)
    seen = decision.candidates[decision.pick]
    if decision.verdict == "better":
        least = _amount(max(seen.advantage_lower, 0.0), metric)
        return (
            f"Train with {name}: {metric.name} is {_amount(seen.advantage, metric)} better than with {against} "
            f"(at least {least}, with 95 % confidence)."
        )
    if decision.verdict == "same":
        keep = f"Keep {name}" if baseline.rule != "threshold" else f"Keep the default; move the threshold: {name}"
        return f"{keep}. No other loss betters {metric.name} by {_amount(decision.rope, metric)} or more."
    return _unclear(decision, name, against, metric)


def _unclear(decision: Decision, name: str, against: str, metric: Metric) -> str:
    seen = decision.candidates[decision.pick]
    if decision.too_few_rows:
        why = f"with {decision.rows} rows (fewer than {MIN_ROWS}) nothing can be proven"
    elif decision.holdout is not None and decision.holdout.took_back:
        why = "the best loss in cross-validation did worse on the rows held out"
    else:
        why = "the folds do not settle it"
    if decision.pick == decision.baseline:
        return f"Unclear, {why}: keep {name} meanwhile."
    return (
        f"Unclear, {why}: {name} looks {_amount(seen.advantage, metric)} better on {metric.name} than {against}; "
        "use it meanwhile, unproven."
    )


def _named(candidate: Candidate, loss: Loss, state: Any) -> str:
    """The loss as it would be written, and its rule."""
    shown = repr(loss).removeprefix("lk.").removesuffix("()")
    if candidate.rule == "threshold":
        where = f"at {state:.3g}" if isinstance(state, float) else "tuned for each class"
        return f"{shown} with its threshold {where}"
    if candidate.rule == "shift":
        return f"{shown} with its predictions shifted by {state:+.4g}"
    if candidate.rule == "scale":
        return f"{shown} with its predictions times {state:.4g}"
    return shown


def _base(baseline: Candidate) -> str:
    return f"{baseline.loss} and a tuned threshold" if baseline.rule == "threshold" else baseline.loss


def _amount(gain: float, metric: Metric) -> str:
    return f"{gain:.3f}" if metric.gain_kind == "absolute" else f"{100 * gain:.1f} %"
