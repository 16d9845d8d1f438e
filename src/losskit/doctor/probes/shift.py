"""LK610: labels that are shifted twice, once in the data and once in the loss."""

from __future__ import annotations

import torch

from losskit.doctor.finding import finding
from losskit.doctor.probes.probe import Outcome, probe
from losskit.doctor.probes.subject import Subject

_SHIFTS = (-2, -1, 0, 1, 2)
_SURE = 20.0  # the score of the planted token


@probe("planted copy", f"{len(_SHIFTS)} evaluations")
def planted_copy(subject: Subject) -> Outcome | None:
    """Predictions that copy the labels from some places ahead: the loss is least where it looks itself.

    The labels' own place is told by the input tokens that they equal. Ahead by two in all is once too often.
    """
    inputs, target, axis = subject.inputs, subject.target, subject.class_axis
    if axis is None or target.ndim != 2 or not isinstance(inputs, torch.Tensor) or inputs.shape != target.shape:
        return None
    in_data = _shift_in_data(inputs, target)
    if inputs.is_floating_point() or in_data is None:
        return None
    losses = {shift: subject.value(_planted(subject, axis, shift)) for shift in _SHIFTS}
    in_loss = min(losses, key=losses.__getitem__)
    if losses[in_loss] > 0.1 * sorted(losses.values())[1]:
        return None
    seen = {"labels ahead of the inputs": in_data, "looked at by the loss": in_loss, "loss there": losses[in_loss]}
    seen["loss of labels as they are"] = losses[0]
    if in_data + in_loss != 2:
        return Outcome(seen)
    message = (
        f"labels are {in_data} ahead of the inputs and the loss shifts them by {in_loss} more: the model learns to "
        "predict the token after the next."
    )
    return Outcome(seen, [finding("LK610", message, seen)])


def _shift_in_data(inputs: torch.Tensor, target: torch.Tensor) -> int | None:
    """The one shift at which every label equals the input there; None if none does, or several."""
    fits = [shift for shift in _SHIFTS if _equal(*_overlap(target, inputs, shift))]
    return fits[0] if len(fits) == 1 else None


def _overlap(a: torch.Tensor, b: torch.Tensor, shift: int) -> tuple[torch.Tensor, torch.Tensor]:
    """a[t] beside b[t + shift]."""
    length = a.shape[1] - abs(shift)
    return a.narrow(1, max(-shift, 0), length), b.narrow(1, max(shift, 0), length)


def _equal(labels: torch.Tensor, tokens: torch.Tensor) -> bool:
    kept = labels >= 0
    return int(kept.sum()) > 4 and bool((labels == tokens)[kept].all())


def _planted(subject: Subject, axis: int, shift: int) -> torch.Tensor:
    """Scores that are sure of the label `shift` places ahead."""
    labels = subject.target.clamp(min=0).roll(-shift, 1)
    hot = torch.nn.functional.one_hot(labels, subject.pred.shape[axis])
    return _SURE * hot.movedim(-1, axis).to(subject.pred)
