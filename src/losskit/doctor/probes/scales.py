"""LK705 and LK706: the scale of the targets against that of the predictions, and against a loss's own."""

from __future__ import annotations

import torch

from losskit.core.loss import Loss
from losskit.doctor.finding import finding
from losskit.doctor.on_torch.call import Call
from losskit.doctor.probes.probe import Outcome, probe
from losskit.doctor.probes.subject import Subject

_FAR = 100.0
_OF_TORCH = {"huber_loss": "delta", "smooth_l1_loss": "beta"}


@probe("scale of the targets", "2 evaluations")
def scale_of_targets(subject: Subject) -> Outcome | None:
    """Of losses of the residual: others have links, and predictions on another scale."""
    if not subject.is_residual:
        return None
    pred, target = subject.pred, subject.target
    seen = {"size of targets": _size(target), "size of predictions": _size(pred)}
    seen |= {"mean of targets": target.mean().item(), "their deviation": target.std().item()}
    if not seen["size of targets"] > _FAR * max(seen["size of predictions"], 1):
        return Outcome(seen)
    message = (
        f"targets are of the size {seen['size of targets']:.4g}, predictions of {seen['size of predictions']:.3g}: the "
        "model has a long way to go, and its gradients are as large."
    )
    return Outcome(seen, [finding("LK705", message, seen)])


@probe("scale of the loss", "1 evaluation")
def scale_of_the_loss(subject: Subject) -> Outcome | None:
    """Delta of Huber and its like against the median absolute deviation of the targets."""
    scales = [scale for call in subject.calls for scale in _scales(call)]
    if not subject.is_residual or not scales:
        return None
    target = subject.target.float()
    deviation = (target - target.median()).abs().median().item()
    seen: dict[str, float] = {"targets' deviation": deviation}
    findings = []
    for loss, name, value in scales:
        seen[name] = value
        if deviation > 0 and not 1 / _FAR < value / deviation < _FAR:
            what = "all residuals are large to it" if value < deviation else "no residual is large to it"
            message = f"{name} of {loss} is {value:.3g}, and the targets deviate by {deviation:.3g}: {what}."
            findings.append(finding("LK706", message, dict(seen)))
    return Outcome(seen, findings[:1])


def _size(x: torch.Tensor) -> float:
    return x.float().square().mean().sqrt().item()


def _scales(call: Call) -> list[tuple[str, str, float]]:
    """(loss, parameter, value) of what is measured in the target's units; 0 is a limit that is meant."""
    if isinstance(call.function, Loss):
        declared = call.function.definition.params
        named = [name for name, param in declared.items() if param.scales_with == "target"]
        values = {name: call.function.params[name] for name in named}
    else:
        name = _OF_TORCH.get(call.name, "")
        values = {name: call.arguments[name]} if name else {}
    numbers = {name: float(value) for name, value in values.items() if isinstance(value, (int, float))}
    return [(call.name, name, value) for name, value in numbers.items() if value > 0]
