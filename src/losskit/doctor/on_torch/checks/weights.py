"""LK408: class weights that cancel, for a weighted mean divides by the weights of its own targets."""

from __future__ import annotations

from collections.abc import Iterator

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.call import Call
from losskit.doctor.on_torch.checks.masks import ignored
from losskit.doctor.on_torch.checks.registry import looks_at

_ENOUGH = 8  # calls in a row


@looks_at("cross_entropy", "nll_loss")
def weights_cancel(call: Call) -> Iterator[Finding]:
    """Every call at the place so far held targets of one class alone, and not always the same."""
    weight = call.arguments["weight"]
    if weight is None or call.reduction != "mean" or not call.counts_ids or call.arguments.get("label_smoothing"):
        return
    calls = call.memory.setdefault("classes of each call", [])
    calls.append(call.target[~ignored(call)].unique().tolist())
    classes = {each for found in calls for each in found}
    if len(calls) >= _ENOUGH and all(len(found) == 1 for found in calls) and len(weight[list(classes)].unique()) > 1:
        yield finding(
            "LK408",
            f"each of {len(calls)} calls held one class only: the mean divides by the weights that it multiplied by, "
            "and the class weights have no effect.",
            {"calls": len(calls), "classes": len(classes), "targets in a call": call.target.numel()},
        )
