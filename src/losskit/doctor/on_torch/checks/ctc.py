"""LK901 to LK903: connectionist temporal classification."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.call import Call
from losskit.doctor.on_torch.checks.registry import looks_at
from losskit.doctor.on_torch.values import tolerance


@looks_at("ctc_loss")
def blank_in_targets(call: Call) -> Iterator[Finding]:
    blank = call.arguments["blank"]
    found = sum(int((labels == blank).sum()) for labels in _labels(call))
    if found:
        yield finding(
            "LK901",
            f"{found} labels are {blank}, the blank's index: CTC reads a blank where a label is meant.",
            {"blank": blank, "labels that are the blank": found},
        )


@looks_at("ctc_loss")
def not_log_probabilities(call: Call) -> Iterator[Finding]:
    totals = call.pred.detach().flatten(0, -2).float().logsumexp(-1)
    off = (totals.abs() > max(0.01, tolerance(call.pred))).float().mean().item()
    if off > 0.5:
        yield finding(
            "LK902",
            "ctc_loss takes log-probabilities, and the probabilities of a frame do not sum to 1 but to "
            f"{totals.exp().median().item():.3g}.",
            {"median sum": totals.exp().median().item(), "share of frames off 1": off},
        )


@looks_at("ctc_loss")
def too_short(call: Call) -> Iterator[Finding]:
    lengths = _numbers(call.arguments["input_lengths"])
    needed = [len(labels) + int((labels[1:] == labels[:-1]).sum()) for labels in _labels(call)]
    short = sum(have < need for have, need in zip(lengths, needed, strict=True))
    if short:
        fate = "count as 0, as if they were learnt" if call.arguments["zero_infinity"] else "have an infinite loss"
        yield finding(
            "LK903",
            f"{short} of {len(lengths)} samples have fewer frames than their labels need, and {fate}.",
            {"too short": short, "samples": len(lengths), "frames": min(lengths), "needed": max(needed)},
        )


def _labels(call: Call) -> list[torch.Tensor]:
    """The labels of each sample, padding left out."""
    targets, lengths = call.target.detach().cpu(), _numbers(call.arguments["target_lengths"])
    if targets.ndim == 2:
        return [row[:length] for row, length in zip(targets, lengths, strict=True)]
    return list(targets.split(lengths))


def _numbers(lengths: object) -> list[int]:
    return torch.as_tensor(lengths).flatten().tolist()
