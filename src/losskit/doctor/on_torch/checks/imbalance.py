"""LK401 and LK402: a pos_weight of the wrong sign, or upside down."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.call import Call
from losskit.doctor.on_torch.checks.registry import looks_at

_ENOUGH = 5  # of each class, before a ratio says anything


@looks_at("binary_cross_entropy_with_logits")
def negative_pos_weight(call: Call) -> Iterator[Finding]:
    weight = call.arguments["pos_weight"]
    if weight is not None and (weight < 0).any():
        least = weight.min().item()
        yield finding(
            "LK401",
            f"pos_weight is {least:.3g}: the loss of a positive falls as the model gets it wrong.",
            {"pos_weight": least},
        )


@looks_at("binary_cross_entropy_with_logits")
def inverted_pos_weight(call: Call) -> Iterator[Finding]:
    """Over all calls at the place: pos_weight is near positives / negatives, and that is far from 1."""
    weight = call.arguments["pos_weight"]
    if weight is None or (weight <= 0).any():
        return
    for label, (positives, negatives) in enumerate(_count(call, weight.numel())):
        w = weight.flatten()[label].item()
        if min(positives, negatives) < _ENOUGH:
            continue
        ratio = negatives / positives
        if abs(math.log(ratio)) > math.log(2) and abs(math.log(w * ratio)) < math.log(1.5):
            yield finding(
                "LK402",
                f"pos_weight is {w:.3g} where negatives / positives is {ratio:.3g}: it makes the imbalance worse.",
                {"pos_weight": w, "positives": positives, "negatives": negatives},
            )
            return


def _count(call: Call, labels: int) -> list[tuple[int, int]]:
    """(positives, negatives) seen so far at this place, for each label that has a pos_weight of its own."""
    target = call.target.detach()
    columns = target.reshape(-1, labels) if labels > 1 and target.shape[-1] == labels else target.reshape(-1, 1)
    positive = (columns > 0.5).sum(0)
    seen: torch.Tensor = torch.stack([positive, len(columns) - positive], 1).cpu()
    total = call.memory["counts"] = call.memory.get("counts", 0) + seen
    return [(int(p), int(n)) for p, n in total.tolist()]
