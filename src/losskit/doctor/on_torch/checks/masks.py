"""LK601 and LK602: targets that are ignored."""

from __future__ import annotations

from collections.abc import Iterator

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.call import Call
from losskit.doctor.on_torch.checks.registry import looks_at
from losskit.doctor.on_torch.origin import Node, inputs, operation, walk


@looks_at("cross_entropy", "nll_loss")
def all_ignored(call: Call) -> Iterator[Finding]:
    ignored = _ignored(call)
    if call.reduction == "mean" and ignored and ignored == call.target.numel():
        yield finding(
            "LK601",
            f"all {ignored} targets are {call.arguments['ignore_index']}, which {call.name} ignores: the mean over "
            "nothing is NaN.",
            {"ignored": ignored, "targets": call.target.numel()},
        )


@looks_at("cross_entropy", "nll_loss")
def class_ignored(call: Call) -> Iterator[Finding]:
    """Only where each row is a sample: in sequences and pictures padding or background is ignored on purpose."""
    ignore, ignored = call.arguments["ignore_index"], _ignored(call)
    classes = call.pred.shape[call.class_axis]
    if ignored and 0 <= ignore < classes and call.target.ndim == 1 and _rows_are_samples(call.pred):
        yield finding(
            "LK602",
            f"ignore_index is {ignore}, one of the {classes} classes: {ignored} of {call.target.numel()} samples are "
            "left out, and this class is never learnt.",
            {"ignore_index": ignore, "ignored": ignored, "targets": call.target.numel()},
        )


def _ignored(call: Call) -> int:
    if call.target.is_floating_point():
        return 0
    return int((call.target == call.arguments["ignore_index"]).sum())


def _rows_are_samples(pred: object) -> bool:
    """The last layer is linear, on one row a sample, and nothing behind it looks up tokens."""
    node: Node = getattr(pred, "grad_fn", None)
    if node is None or operation(node) != "Addmm":
        return False
    rows = pred.shape[0]  # type: ignore[attr-defined]
    flattened = [each for each in inputs(node) if operation(each) in ("View", "UnsafeView", "ReshapeAlias")]
    if any(getattr(each, "_saved_self_sym_sizes", [rows])[0] != rows for each in flattened):
        return False
    return not any(operation(each) == "Embedding" for each in walk([node]))
