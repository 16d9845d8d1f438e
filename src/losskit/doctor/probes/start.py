"""LK704, LK101 and LK102: the loss before training, and the floor that it reaches on one batch."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F  # noqa: N812

from losskit.doctor.finding import finding
from losskit.doctor.on_torch.call import LOGITS, SCORES, Call
from losskit.doctor.on_torch.origin import made_by
from losskit.doctor.on_torch.values import is_binary, looks_like_simplex
from losskit.doctor.probes.probe import Outcome, probe
from losskit.doctor.probes.subject import Subject

_STEPS = 100
_RATE = 0.01
_FAR = 3.0


@probe("first loss", "2 evaluations")
def first_loss(subject: Subject) -> Outcome | None:
    """Against that of a model that gives every class the same score: ln C for C classes."""
    if not subject.calls or not all(_takes_scores(call, subject.pred) for call in subject.calls):
        return None
    first, guess = subject.value(subject.pred), subject.value(torch.zeros_like(subject.pred))
    seen = {"loss": first, "equal scores": guess, "largest score": subject.pred.abs().max().item()}
    far = subject.fresh and first > _FAR * guess > 0
    message = f"the first loss is {first:.4g}, and equal scores would give {guess:.4g}: the model is sure and wrong."
    return Outcome(seen, [finding("LK704", message, seen)] if far else [])


def _takes_scores(call: Call, pred: torch.Tensor) -> bool:
    """Whether a loss on scores got the prediction itself, in whatever shape."""
    given = call.pred.detach()
    alike = given.numel() == pred.numel() and torch.equal(given.flatten().sort().values, pred.flatten().sort().values)
    return call.takes in (SCORES, LOGITS) and alike


@probe("one batch", f"{_STEPS} steps of training")
def one_batch(subject: Subject) -> Outcome | None:
    """How far the loss falls on one batch, and whether that is the floor of an activation applied twice."""
    twice = list(_applied_twice(subject))
    first, least = _overfit(subject)
    seen = {"loss": first, "least in training": least}
    if not twice:
        return Outcome(seen)
    code, floor, message = twice[0]
    seen["floor"] = floor
    return Outcome(seen, [finding(code, f"{message}: it cannot fall below {floor:.3f}.", seen)])


def _overfit(subject: Subject) -> tuple[float, float]:
    """The first and the least loss of a twin in training by Adam: torch.optim's would run users' hooks."""
    model, loss = subject.twin()
    trained = [x for each in (model, loss) if isinstance(each, torch.nn.Module) for x in each.parameters()]
    trained = [x for x in trained if x.requires_grad]
    means, squares = ([torch.zeros_like(x) for x in trained] for _ in range(2))
    values = []
    for step in range(1, _STEPS + 1):
        value = loss(subject.predict(model=model), subject.target)
        values.append(float(value.detach()))
        gradients = torch.autograd.grad(value, trained, allow_unused=True)
        with torch.no_grad():
            for x, gradient, mean, square in zip(trained, gradients, means, squares, strict=True):
                if gradient is not None:
                    mean.lerp_(gradient, 0.1)
                    square.lerp_(gradient.square(), 0.001)
                    unbiased = (square / (1 - 0.999**step)).sqrt() + 1e-8
                    x.addcdiv_(mean, unbiased, value=-_RATE / (1 - 0.9**step))
    return values[0], min(values)


def _applied_twice(subject: Subject) -> Iterator[tuple[str, float, str]]:
    """Code, floor and message where the loss equals, on random predictions, cross-entropy after what it should not."""
    z, target = subject.random(), subject.target
    axis = subject.class_axis
    value = subject.value(z)
    if axis is not None and bool((target >= 0).all()):
        classes = z.shape[axis]
        floor = math.log(math.e + classes - 1) - 1
        where = f"with {classes} classes"
        entropy = F.cross_entropy(z.movedim(axis, 1), target).item()
        twice = F.cross_entropy(z.softmax(axis).movedim(axis, 1), target).item()
        rows = subject.pred.movedim(axis, -1).flatten(0, -2).float()
        if _equal(value, twice):
            yield "LK101", floor, f"the loss is a cross-entropy that applies softmax twice, {where}"
        elif _equal(value, entropy) and looks_like_simplex(rows):
            yield "LK101", floor, f"the loss applies softmax to what the model's softmax gave, {where}"
    elif target.is_floating_point() and target.shape == z.shape and is_binary(target):
        positive = target.float().mean().item()
        floor = positive * math.log1p(math.exp(-1)) + (1 - positive) * math.log(2)
        if _equal(value, F.binary_cross_entropy_with_logits(z.sigmoid(), target).item()):
            yield "LK102", floor, "the loss is a binary cross-entropy that applies the sigmoid twice"
        elif _equal(value, F.binary_cross_entropy_with_logits(z, target).item()) and _ends_in_sigmoid(subject):
            yield "LK102", floor, "the loss applies the sigmoid to what the model's sigmoid gave"


def _ends_in_sigmoid(subject: Subject) -> bool:
    return made_by(subject.predict()) == "Sigmoid"


def _equal(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-4)
