"""LK201 and LK202: prediction and target whose shapes differ, and broadcast without an error."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.call import Call
from losskit.doctor.on_torch.checks.registry import looks_at


@looks_at(
    *("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "poisson_nll_loss", "gaussian_nll_loss"),
    *("soft_margin_loss", "hinge_embedding_loss", "kl_div"),
)
def broadcast(call: Call) -> Iterator[Finding]:
    pred, target = tuple(call.pred.shape), tuple(call.target.shape)
    if pred == target or min(call.pred.numel(), call.target.numel()) <= 1:
        return
    if call.reduction == "none" and len(pred) == len(target):
        return  # all pairs on purpose
    joint = tuple(torch.broadcast_shapes(pred, target))
    entries = math.prod(joint)
    evidence = {"prediction": list(pred), "target": list(target), "compared": entries}
    if entries > max(call.pred.numel(), call.target.numel()):
        yield finding(
            "LK201",
            f"{call.name} got a prediction {pred} and a target {target}: every prediction is compared with every "
            f"target, {entries} pairs, and the best fit is a constant.",
            evidence,
        )
    elif len(pred) == len(target):
        yield finding(
            "LK202",
            f"{call.name} got a prediction {pred} and a target {target}: the smaller is repeated to {joint}.",
            evidence,
        )
