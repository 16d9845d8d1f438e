"""LK708 to LK712: what losses and metrics of a training tell."""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Sequence
from typing import Any

from losskit.doctor.finding import Finding, finding

_WINDOW = 10  # epochs that must go apart, one by one
_APART = 0.9  # rank correlation
_RECENT = 50  # steps that a spike is seen against
_START = 10  # steps at the start of a training
_LONG = 100  # steps after which a loss should have fallen


def not_finite(steps: Sequence[float], loss: Any) -> Finding | None:
    """LK711, on the first step of a row that is not finite."""
    if math.isfinite(steps[-1]) or (len(steps) > 1 and not math.isfinite(steps[-2])):
        return None
    before = steps[-2] if len(steps) > 1 else math.nan
    torch = sys.modules.get("torch")
    cause = ""
    if torch is not None and isinstance(loss, torch.Tensor) and loss.grad_fn is not None:
        from losskit.doctor.on_torch.first_bad import first_bad_operation

        cause = first_bad_operation(loss)
    message = f"the loss of step {len(steps)} is {steps[-1]}" + (f": {cause}." if cause else ".")
    return finding("LK711", message, {"step": len(steps), "loss before": before, "cause": cause or "not known"})


def below_least(steps: Sequence[float], least: float | None) -> Finding | None:
    """LK712; rounding is no finding."""
    if least is None or not -math.inf < steps[-1] < least - 1e-4:
        return None
    message = f"the loss of step {len(steps)} is {steps[-1]:.4g}, and it cannot be below {least:g}."
    return finding("LK712", message, {"step": len(steps), "loss": steps[-1], "least value": least})


def spiked(steps: Sequence[float]) -> Finding | None:
    """LK710: ten times the median of the last steps, and far outside of their spread."""
    recent = [each for each in steps[-_RECENT - 1 : -1] if math.isfinite(each)]
    if len(recent) < _RECENT or not math.isfinite(steps[-1]):
        return None
    middle = statistics.median(recent)
    if not steps[-1] > max(10 * abs(middle), 5 * max(recent)):
        return None
    message = f"the loss of step {len(steps)} is {steps[-1]:.4g}, after a median of {middle:.4g}."
    evidence = {"step": len(steps), "loss": steps[-1], f"median of {_RECENT} steps": middle, "largest": max(recent)}
    return finding("LK710", message, evidence)


def stuck(steps: Sequence[float], epochs: int) -> Finding | None:
    """LK709: after many steps and several epochs the loss is no lower than at the very start."""
    if epochs < 3 or len(steps) < _LONG or not all(map(math.isfinite, steps)):
        return None
    start, now = statistics.median(steps[:_START]), statistics.median(steps[-len(steps) // 4 :])
    if min(steps) < start - 0.05 * abs(start) or now < start - 0.01 * abs(start):
        return None
    message = f"after {len(steps)} steps the loss is {now:.4g}; in the first it was {start:.4g}."
    return finding("LK709", message, {"first steps": start, "last steps": now, "steps": len(steps), "epochs": epochs})


def parted(losses: Sequence[float], metrics: Sequence[float]) -> Finding | None:
    """LK708: over the last epochs the loss falls as the metric worsens, or both rise; high metrics are good."""
    if len(metrics) < _WINDOW or not all(map(math.isfinite, (*losses, *metrics))):
        return None
    recent, judged = losses[-_WINDOW:], metrics[-_WINDOW:]
    agreement = -rank_correlation(recent, judged)
    if agreement > -_APART or not (_moved(recent, losses) and _moved(judged, metrics)):
        return None
    falls = recent[-1] < recent[0]
    what = "the loss falls and the metric worsens" if falls else "the loss rises and the metric improves"
    message = f"over the last {_WINDOW} epochs {what}: their ranks correlate by {agreement:.2f}."
    evidence = {"loss from": recent[0], "to": recent[-1], "metric from": abs(judged[0]), "its end": abs(judged[-1])}
    evidence["agreement"] = agreement
    return finding("LK708", message, evidence)


def rank_correlation(a: Sequence[float], b: Sequence[float]) -> float:
    """Spearman's, ties sharing their ranks; 0 where one is constant."""
    if len(set(a)) < 2 or len(set(b)) < 2:
        return 0.0
    return statistics.correlation(_ranks(a), _ranks(b))


def _ranks(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    return [ordered.index(each) + (ordered.count(each) - 1) / 2 for each in values]


def _moved(recent: Sequence[float], whole: Sequence[float]) -> bool:
    """Whether it went a tenth of all the way that it has gone so far: what hardly moves has nothing to part from."""
    return abs(recent[-1] - recent[0]) > 0.1 * (max(whole) - min(whole))
