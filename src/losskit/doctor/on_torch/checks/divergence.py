"""LK109, LK304 and LK403: the Kullback-Leibler divergence on the wrong scale."""

from __future__ import annotations

from collections.abc import Iterator

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.call import Call
from losskit.doctor.on_torch.checks.registry import looks_at
from losskit.doctor.on_torch.origin import made_by, made_of
from losskit.doctor.on_torch.values import tolerance


@looks_at("kl_div")
def not_log_probabilities(call: Call) -> Iterator[Finding]:
    activation = made_by(call.pred)
    if made_of(call.pred) & {"LogSoftmax", "Log"} or call.reduction == "none":
        return
    largest = call.pred.max().item()
    if activation == "Softmax" or largest > tolerance(call.pred):
        kind = "probabilities" if activation == "Softmax" else "values above 0"
        yield finding(
            "LK109",
            f"kl_div takes log-probabilities first and got {kind}: the result is no divergence, and can be negative.",
            {"smallest": call.pred.min().item(), "largest": largest, "result": call.result.mean().item()},
        )


@looks_at("kl_div")
def target_on_the_wrong_scale(call: Call) -> Iterator[Finding]:
    if call.reduction == "none":
        return
    target = call.target.detach()
    evidence = {"smallest": target.min().item(), "largest": target.max().item()}
    if call.arguments["log_target"]:
        if evidence["largest"] > tolerance(target):
            yield finding("LK304", "kl_div with log_target=True got a target above 0: no log-probability is.", evidence)
    elif evidence["smallest"] < -tolerance(target):
        yield finding("LK304", "kl_div takes probabilities as its target and got negative values.", evidence)


@looks_at("kl_div")
def mean_over_entries(call: Call) -> Iterator[Finding]:
    if call.reduction == "mean" and call.pred.ndim > 1:
        rows = call.pred.shape[0]
        yield finding(
            "LK403",
            f"kl_div(reduction='mean') divides by all {call.pred.numel()} entries, not by the {rows} rows.",
            {"entries": call.pred.numel(), "rows": rows},
        )
