"""LK601 and LK602: targets that are ignored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch

from losskit.core.loss import Loss
from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.call import Call
from losskit.doctor.on_torch.checks.registry import looks_at
from losskit.doctor.on_torch.notes import note_place
from losskit.doctor.on_torch.origin import Node, inputs, operation, walk

_KEY = "losskit_ignored"  # of a node's metadata


@looks_at("cross_entropy", "nll_loss")
def all_ignored(call: Call) -> tuple[()]:
    """Only noted: a program may look at the NaN and pass over it. `mean_over_nothing` finds one that does not."""
    count = count_ignored(call)
    node: Node = call.result.grad_fn
    if call.reduction == "mean" and count and count == call.target.numel() and node is not None:
        note_place(node, call.place)
        node.metadata[_KEY] = finding(
            "LK601",
            f"all {count} targets are {call.arguments['ignore_index']}, which {call.name} ignores: the mean over "
            "nothing is NaN.",
            {"ignored": count, "targets": call.target.numel()},
        )
    return ()


def mean_over_nothing(roots: Iterable[torch.Tensor], nodes: Iterable[Node]) -> Iterator[tuple[Finding, Node]]:
    """The means over nothing behind a loss that is NaN."""
    if any(bool(root.isnan().any()) for root in roots):
        yield from ((node.metadata[_KEY], node) for node in nodes if _KEY in node.metadata)


@looks_at("cross_entropy", "nll_loss")
def class_ignored(call: Call) -> Iterator[Finding]:
    """Only where each row is a sample: in sequences and pictures padding or background is ignored on purpose."""
    ignore, count = call.arguments["ignore_index"], count_ignored(call)
    classes = call.pred.shape[call.class_axis]
    if count and 0 <= ignore < classes and call.target.ndim == 1 and _rows_are_samples(call.pred):
        yield finding(
            "LK602",
            f"ignore_index is {ignore}, one of the {classes} classes: {count} of {call.target.numel()} samples are "
            "left out, and this class is never learnt.",
            {"ignore_index": ignore, "ignored": count, "targets": call.target.numel()},
        )


def ignored(call: Call) -> torch.Tensor:
    """Where the target is the id to leave out."""
    options = call.function.params if isinstance(call.function, Loss) else call.arguments
    ignore = None if call.target.is_floating_point() else options.get("ignore_index")
    return torch.zeros_like(call.target, dtype=torch.bool) if ignore is None else call.target == ignore


def count_ignored(call: Call) -> int:
    return int(ignored(call).sum())


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
