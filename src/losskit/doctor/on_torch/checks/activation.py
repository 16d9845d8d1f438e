"""LK101 to LK108: an activation before a loss that applies its own, or lacks one."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.call import CROSS_ENTROPIES, LOG_PROBS, LOGITS, SCORES, Call
from losskit.doctor.on_torch.checks.registry import looks_at
from losskit.doctor.on_torch.origin import made_by, made_of
from losskit.doctor.on_torch.values import in_simplex, looks_like_simplex, tolerance


@looks_at(SCORES)
def softmax_before_cross_entropy(call: Call) -> Iterator[Finding]:
    if call.pred.shape[call.class_axis] < 2:
        return
    rows = call.rows(call.pred)
    if made_by(call.pred) == "Softmax" or looks_like_simplex(rows):
        yield finding(
            "LK101",
            f"{call.name} takes raw scores and got probabilities: {_floor(call)}.",
            _range(rows) | {"row sum": rows.sum(-1).mean().item(), "classes": rows.shape[-1]},
        )


@looks_at(LOGITS)
def probabilities_as_logits(call: Call) -> Iterator[Finding]:
    activation = made_by(call.pred)
    if activation in ("Sigmoid", "Softmax"):
        yield finding(
            "LK102",
            f"{call.name} takes logits and got the output of a {activation.lower()}: it is squashed twice, and no "
            "predicted probability can lie below 0.5.",
            _range(call.pred),
        )


@looks_at(*CROSS_ENTROPIES)
def log_softmax_before_cross_entropy(call: Call) -> Iterator[Finding]:
    if made_by(call.pred) == "LogSoftmax":
        yield finding("LK103", f"{call.name} applies log_softmax to what has had it already.", _range(call.pred))


@looks_at(LOG_PROBS)
def nll_of_logits(call: Call) -> Iterator[Finding]:
    rows = call.rows(call.pred)
    if made_of(call.pred) & {"LogSoftmax", "Softmax", "Log"} or in_simplex(rows):
        return  # weighted logarithms are how focal losses and policy gradients are written
    totals = rows.logsumexp(-1)
    if rows.max().item() > tolerance(call.pred):
        yield finding(
            "LK104",
            f"nll_loss takes log-probabilities and got scores whose exponentials sum to {totals.exp().max().item():.3g}"
            ": nothing normalises them, and the loss can fall without limit.",
            _range(rows) | {"largest log-sum-exp": totals.max().item()},
        )


@looks_at(LOG_PROBS)
def nll_of_probabilities(call: Call) -> Iterator[Finding]:
    rows = call.rows(call.pred)
    if made_by(call.pred) == "Softmax" or in_simplex(rows):
        yield finding(
            "LK105",
            "nll_loss takes log-probabilities and got probabilities: the loss lies between -1 and 0, and its gradient "
            "does not grow where the model is wrong.",
            _range(rows) | {"row sum": rows.sum(-1).mean().item()},
        )


@looks_at(SCORES, LOGITS)
def relu_before_logits(call: Call) -> Iterator[Finding]:
    if made_by(call.pred) == "Relu":
        zeros = (call.pred == 0).float().mean().item()
        yield finding(
            "LK106",
            f"{call.name} takes raw scores and got the output of a ReLU: no score is negative, and those at 0 have no "
            "gradient.",
            _range(call.pred) | {"share at 0": zeros},
        )


@looks_at(SCORES)
def sigmoid_before_cross_entropy(call: Call) -> Iterator[Finding]:
    if made_by(call.pred) == "Sigmoid" and call.pred.shape[call.class_axis] > 1:
        yield finding(
            "LK107", f"{call.name} takes raw scores and got the output of a sigmoid: {_floor(call)}.", _range(call.pred)
        )


@looks_at(*CROSS_ENTROPIES)
def one_class(call: Call) -> Iterator[Finding]:
    """Over several rows: a single one may be the last of a list, or choose from a list of one."""
    if call.pred.ndim > 1 and call.pred.shape[call.class_axis] == 1 and call.pred.numel() > 1:
        yield finding(
            "LK108",
            f"{call.name} got scores over one class, {tuple(call.pred.shape)}: the loss and its gradient are 0 "
            "whatever the model says.",
            {"classes": 1, "loss": call.result.detach().float().mean().item()},
        )


def _floor(call: Call) -> str:
    """What comes of scores that lie between 0 and 1."""
    if call.name not in CROSS_ENTROPIES:
        return "scores that differ by 1 at most say nothing with certainty"
    classes = call.pred.shape[call.class_axis]
    least = math.log(math.e + classes - 1) - 1
    return f"softmax is applied to them, and with {classes} classes the loss cannot fall below {least:.3f}"


def _range(values: torch.Tensor) -> dict[str, float]:
    return {"smallest": values.min().item(), "largest": values.max().item()}
