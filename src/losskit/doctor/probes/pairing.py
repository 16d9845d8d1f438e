"""LK201 and LK210: which target belongs to which prediction, and whether samples mix."""

from __future__ import annotations

import math

import torch

from losskit.doctor.finding import finding
from losskit.doctor.probes.probe import Outcome, probe
from losskit.doctor.probes.subject import Subject


@probe("shuffled targets", "4 evaluations")
def shuffled_targets(subject: Subject) -> Outcome | None:
    """A loss that does not change when targets are shuffled, and would if prediction and target had one shape."""
    target, z = subject.target, subject.random()
    if len(target) < 4 or bool((target == target[:1]).all()):
        return None
    order = torch.arange(len(target)).roll(1)
    as_given, shuffled = subject.value(z), subject.value(z, target[order])
    seen = {"loss": as_given, "targets shuffled": shuffled}
    if z.shape == target.shape or z.numel() != target.numel() or not math.isclose(as_given, shuffled, rel_tol=1e-5):
        return Outcome(seen)
    aligned = target.reshape(z.shape)
    seen["shapes made equal"] = subject.value(z, aligned)
    if math.isclose(as_given, seen["shapes made equal"], rel_tol=1e-3):
        return Outcome(seen)
    message = (
        f"a prediction {tuple(z.shape)} and a target {tuple(target.shape)}: the loss stays the same when targets are "
        "shuffled, for every prediction is compared with every target."
    )
    evidence = {"prediction": list(z.shape), "target": list(target.shape), **seen}
    return Outcome(seen, [finding("LK201", message, evidence)])


@probe("samples apart", "2 forward passes")
def samples_apart(subject: Subject) -> Outcome | None:
    """The predictions of one half must not change with the inputs of the other.

    Batch normalisation is no mistake: it uses its running statistics here. Only where each sample has one target is
    the first axis surely that of samples.
    """
    inputs, pred, half = subject.inputs, subject.pred, len(subject.pred) // 2
    one_each = subject.target.numel() == len(pred) and pred.ndim <= 2
    if not isinstance(inputs, torch.Tensor) or not one_each or len(inputs) != len(pred) or _normalises(subject):
        return None
    change = max(_change(subject, slice(half), slice(half, None)), _change(subject, slice(half, None), slice(half)))
    seen = {"largest change": change, "spread of predictions": pred.float().std().item()}
    if not change > 0.01 * seen["spread of predictions"]:
        return Outcome(seen)
    message = f"predictions change by up to {change:.3g} with the inputs of other samples."
    return Outcome(seen, [finding("LK210", message, seen)])


def _change(subject: Subject, kept: slice, replaced: slice) -> float:
    """By how much the predictions for `kept` change where all others become one sample."""
    inputs = subject.inputs.clone()
    inputs[replaced] = subject.inputs[replaced][:1]
    return (subject.evaluate(inputs)[kept] - subject.pred[kept]).abs().max().item()


def _normalises(subject: Subject) -> bool:
    """Whether a module uses the statistics of the batch in evaluation mode too."""
    return any(getattr(module, "track_running_stats", True) is False for module in subject.model.modules())
