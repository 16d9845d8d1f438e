"""LK502 and LK505: the loss in half precision against float32."""

from __future__ import annotations

import math

import torch

from losskit.doctor.finding import finding
from losskit.doctor.on_torch.values import HALVES
from losskit.doctor.probes.probe import Outcome, probe
from losskit.doctor.probes.subject import Subject

_OFF = 0.1  # relative; bfloat16 rounds to 0.004


@probe("half precision", "2 evaluations")
def half_precision(subject: Subject) -> Outcome | None:
    """Where the model predicts in half precision, the loss of the same numbers in float32."""
    pred, target = subject.pred, subject.target
    name = str(pred.dtype).removeprefix("torch.")
    if pred.dtype not in HALVES:
        return None
    wide = target.float() if target.dtype in HALVES else target
    half, full = subject.value(pred), subject.value(pred.float(), wide)
    seen = {f"in {name}": half, "in float32": full}
    if not math.isfinite(half) and math.isfinite(full):
        message = f"the loss in {name} is not finite; in float32 it is {full:.4g}."
        return Outcome(seen, [finding("LK502", message, seen | {"largest": torch.finfo(pred.dtype).max})])
    if abs(half - full) > _OFF * abs(full):
        message = f"the loss of the same predictions is {half:.4g} in {name} and {full:.4g} in float32."
        return Outcome(seen, [finding("LK505", message, seen)])
    return Outcome(seen)
