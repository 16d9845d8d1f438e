"""LK301 to LK303: targets in another encoding than the loss expects."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.call import CROSS_ENTROPIES, Call
from losskit.doctor.on_torch.checks.registry import looks_at
from losskit.doctor.on_torch.values import is_binary


@looks_at("soft_margin_loss", "hinge_embedding_loss", "cosine_embedding_loss", "margin_ranking_loss")
def zero_one_for_signs(call: Call) -> Iterator[Finding]:
    zeros = int((call.target == 0).sum())
    if call.reduction != "none" and zeros and is_binary(call.target):
        yield finding(
            "LK301",
            f"{call.name} takes targets of -1 and 1 and got {zeros} of 0: these are not seen as a class.",
            {"targets of 0": zeros, "targets of 1": int((call.target == 1).sum()), "targets of -1": 0},
        )


@looks_at("binary_cross_entropy", "binary_cross_entropy_with_logits", "multilabel_soft_margin_loss")
def outside_unit_interval(call: Call) -> Iterator[Finding]:
    """Beyond 1 a margin is left for noisy labels, which are sometimes drawn up to 1.2 on purpose."""
    target, weight = call.target.detach(), call.arguments.get("weight")
    if call.reduction == "none":  # what is masked afterwards may hold anything
        return
    if weight is not None:
        target = target[(weight != 0).expand_as(target)]
    outside = ((target < -1e-3) | (target > 1.5)).sum().item()
    if outside:
        yield finding(
            "LK302",
            f"{call.name} takes targets in [0, 1] and got {outside} outside: the loss has no minimum there and falls "
            "without limit.",
            {"smallest": target.min().item(), "largest": target.max().item(), "outside": outside},
        )


@looks_at(*CROSS_ENTROPIES)
def soft_targets_off_one(call: Call) -> Iterator[Finding]:
    """Rows of nothing but 0 are a way to mask, those of one entry to weigh, negative ones to weigh by an advantage."""
    soft = isinstance(call.target, torch.Tensor) and call.target.is_floating_point()
    if not soft or call.reduction == "none" or (call.target < 0).any():
        return
    rows = call.rows(call.target)
    sums = rows.sum(-1)
    off = ((sums - 1).abs() > 0.02) & ((rows != 0).sum(-1) > 1)
    if off.any():
        yield finding(
            "LK303",
            f"{call.name} got soft targets of which {off.sum().item()} rows of {len(sums)} do not sum to 1: each row "
            "weighs as much as its sum.",
            {"smallest sum": sums.min().item(), "largest sum": sums.max().item(), "rows off 1": off.sum().item()},
        )
