"""LK702: a term without a gradient, because its prediction was rounded."""

from __future__ import annotations

from collections.abc import Iterator

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.call import Call
from losskit.doctor.on_torch.checks.registry import ANY, looks_at
from losskit.doctor.on_torch.origin import made_by

MARK = "_losskit_constant"  # an attribute of tensors
_STEPS = {"Round": "round", "Sign": "sign", "Floor": "floor", "Ceil": "ceil", "Trunc": "trunc"}


@looks_at(ANY)
def rounded_prediction(call: Call) -> Iterator[Finding]:
    step = _STEPS.get(made_by(call.pred))
    if step:
        yield finding(
            "LK702",
            f"the prediction of {call.name} comes out of {step}, whose gradient is 0 everywhere: the model learns "
            "nothing from this term.",
            {"gradient": 0.0},
        )


def is_cut_off(call: Call) -> bool:
    """Whether the prediction is whole numbers without a graph, as argmax and thresholds leave it."""
    pred = call.pred.detach()
    if call.result.requires_grad or not call.recording or pred.numel() < 2:
        return False
    return not pred.is_floating_point() or bool((pred == pred.round()).all())


def mark(call: Call) -> None:
    """Let the result carry what is wrong with it, to be found once it is added to a loss that has a gradient."""
    found = finding(
        "LK702",
        f"the prediction of {call.name} holds whole numbers only and has no gradient, as after argmax or a threshold: "
        "this term of the loss is a constant.",
        {"value": call.result.float().mean().item(), "entries": call.pred.numel()},
    )
    setattr(call.result, MARK, (found, call.place))
