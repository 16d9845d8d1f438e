"""LK406: what weights make of the counts of the classes."""

from __future__ import annotations

import math
from typing import Any

import torch

from losskit.core.loss import Loss
from losskit.doctor.finding import finding
from losskit.doctor.on_torch.call import Call
from losskit.doctor.probes.probe import Outcome, probe
from losskit.doctor.probes.subject import Subject

_ENOUGH = 5  # of each class, before a ratio says anything
_UNEVEN = 3.0  # the largest class against the smallest
_NEAR = 1.5


@probe("weights of the classes", "1 evaluation")
def class_weights(subject: Subject) -> Outcome | None:
    """The share of each class in the batch and, weighted, in the loss."""
    weighted = [(call, weight) for call in subject.calls if (weight := _class_weight(call)) is not None]
    if not weighted or subject.target.is_floating_point():
        return None
    weight = weighted[0][1].detach().float().cpu()
    target = subject.target.flatten()
    counts = torch.bincount(target[target >= 0].cpu(), minlength=len(weight))[: len(weight)].float()
    mass = counts * weight
    seen = {"shares of the classes": _shares(counts), "weighted": _shares(mass)}
    if not _follow(weight, counts):
        return Outcome(seen)
    message = "the weights of the classes grow with their counts: the frequent classes weigh the most twice over."
    evidence = {"counts": counts.int().tolist(), "weights": _rounded(weight), "weighted shares": _shares(mass)}
    return Outcome(seen, [finding("LK406", message, evidence)])


@probe("weight of the positives", "1 evaluation")
def positive_weight(subject: Subject) -> Outcome | None:
    """pos_weight against negatives / positives of the batch."""
    weights = [call.arguments["pos_weight"] for call in subject.calls if call.arguments.get("pos_weight") is not None]
    if not weights:
        return None
    positives = int((subject.target > 0.5).sum())
    negatives = subject.target.numel() - positives
    return Outcome({"pos_weight": weights[0].mean().item(), "negatives / positives": negatives / max(positives, 1)})


def _class_weight(call: Call) -> torch.Tensor | None:
    weight: Any = None
    if isinstance(call.function, Loss):
        weight = call.function.params.get("class_weight")
    elif call.name in ("cross_entropy", "nll_loss"):
        weight = call.arguments["weight"]
    return None if weight is None else torch.as_tensor(weight)


def _follow(weight: torch.Tensor, counts: torch.Tensor) -> bool:
    """Whether weights are near a multiple of counts that are far from even."""
    enough = (counts >= _ENOUGH) & (weight > 0)
    if enough.sum() < 2 or counts[enough].max() < _UNEVEN * counts[enough].min():
        return False
    ratio = (weight[enough] / counts[enough]).log()
    return bool(((ratio - ratio.mean()).abs() < math.log(_NEAR)).all())


def _shares(x: torch.Tensor) -> list[float]:
    return _rounded(x / x.sum().clamp(min=1e-30))


def _rounded(x: torch.Tensor) -> list[float]:
    return [round(value, 3) for value in x.tolist()]
