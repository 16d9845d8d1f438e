"""LK503, LK504 and LK506: gradients at residual 0, at saturated predictions, and under a mask."""

from __future__ import annotations

import math

import torch

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.values import in_simplex, is_binary
from losskit.doctor.probes.probe import Outcome, probe
from losskit.doctor.probes.subject import Subject

_SATURATED = 200.0  # its exponential is beyond float32


@probe("residual 0", "1 evaluation")
def residual_zero(subject: Subject) -> Outcome | None:
    """A perfect prediction."""
    if not subject.is_residual:
        return None
    value, gradient = subject.gradient(subject.target)
    bad = int((~gradient.isfinite()).sum())
    seen = {"loss": value, "gradients not finite": bad}
    if not bad:
        return Outcome(seen)
    message = (
        f"at a perfect prediction the loss is {value:.4g} and {bad} gradients of {gradient.numel()} are not finite."
    )
    return Outcome(seen, [finding("LK503", message, seen)])


@probe("saturated predictions", "4 evaluations")
def saturated(subject: Subject) -> Outcome | None:
    """Scores of ±200, or probabilities of 0 and 1: right ones, and of scores wrong ones too."""
    sure = _sure(subject)
    if sure is None:
        return None
    logits, right = sure
    if logits and subject.value(8 * right.sign()) > subject.value(right.sign()):
        return None  # a loss for which scores can be too high, as of counts
    points = {"right": right, "wrong": -right} if logits else {"right": right}
    seen: dict[str, float] = {}
    findings: list[Finding] = []
    for name, point in points.items():
        value, gradient = subject.gradient(point)
        seen[f"loss if {name}"] = value
        bad = int((~gradient.isfinite()).sum())
        if _is_bad(value, gradient, name) and not findings:
            kind = f"scores of ±{_SATURATED:g}" if logits else "probabilities of 0 and 1"
            message = f"at {kind} that are {name} the loss is {value:.4g} and {bad} gradients are not finite."
            findings.append(finding("LK504", message, {"loss": value, "gradients not finite": bad}))
    return Outcome(seen, findings)


@probe("NaN under the mask", "4 evaluations")
def nan_under_the_mask(subject: Subject) -> Outcome | None:
    """Predictions that do not count, for they have no gradient wherever they are: NaN in them must not count either."""
    first = subject.random()
    second = -3 * first  # a margin is kept on one side only
    dead = (subject.gradient(first)[1] == 0) & (subject.gradient(second)[1] == 0)
    if subject.class_axis is not None:
        dead = dead.all(subject.class_axis, keepdim=True).expand_as(dead)
    if not dead.any() or dead.all() or subject.value(torch.where(dead, second, first)) != subject.value(first):
        return None
    value = subject.value(torch.where(dead, torch.nan, first))
    seen = {"masked": int(dead.sum()), "loss": value}
    if math.isfinite(value):
        return Outcome(seen)
    message = f"NaN in {seen['masked']} masked predictions makes the loss NaN."
    return Outcome(seen, [finding("LK506", message, seen)])


def _is_bad(value: float, gradient: torch.Tensor, name: str) -> bool:
    """An infinite loss may be the true one of a wrong prediction; NaN never is."""
    if name == "right":
        return not (math.isfinite(value) and bool(gradient.isfinite().all()))
    return math.isnan(value) or bool(gradient.isnan().any())


def _sure(subject: Subject) -> tuple[bool, torch.Tensor] | None:
    """Whether the model gives logits, and predictions in their place that are surely right; None where unknown."""
    pred, target, axis = subject.pred, subject.target, subject.class_axis
    if axis is not None and bool((target >= 0).all()):
        hot = torch.nn.functional.one_hot(target, pred.shape[axis]).movedim(-1, axis).to(pred)
        if bool((pred <= 0).all()):
            return None  # log-probabilities, it seems
        if in_simplex(pred.movedim(axis, -1).flatten(0, -2).float()):
            return False, hot
        return (True, _SATURATED * (2 * hot - 1)) if bool((pred < 0).any()) else None
    if target.is_floating_point() and target.shape == pred.shape and is_binary(target):
        if bool(((pred >= 0) & (pred <= 1)).all()):
            return False, target
        return True, _SATURATED * (2 * target - 1)
    return None
