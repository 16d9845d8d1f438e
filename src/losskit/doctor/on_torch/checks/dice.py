"""LK110: Dice, written in whatever way, on the raw output of a linear or convolutional layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.origin import Node, inputs, look_through, operation
from losskit.doctor.on_torch.values import is_binary

_RAW = frozenset({"Addmm", "Mm", "Bmm", "Convolution", "MkldnnConvolution", "CudnnConvolution", "NativeBatchNorm"})
_INSIDE = frozenset({"Add", "Sub", "Mul", "Sum", "Mean", "Pow", "Clamp", "ClampMin", "View", "Squeeze", "Unsqueeze"})


def dice_on_logits(nodes: Iterable[Node]) -> Iterator[tuple[Finding, Node]]:
    """A quotient sum(x * mask) / (sum(x) + ...) with a mask of 0 and 1, where x is raw scores."""
    for node in nodes:
        if operation(node) != "Div" or len(inputs(node)) < 2:
            continue
        overlap, total = inputs(node)
        for scores, mask in _masked(overlap):
            if _is_raw(scores) and any(scores is look_through(x) for x in _inside(total)):
                yield (
                    finding(
                        "LK110",
                        "this quotient sum(p * y) / (sum(p) + sum(y)) takes probabilities p, and got raw scores.",
                        {"entries": mask.numel(), "share of 1 in the mask": mask.float().mean().item()},
                    ),
                    node,
                )
                return


def _is_raw(node: Node) -> bool:
    """The output of a linear or convolutional layer, or a tensor of its own with values beyond [0, 1]."""
    leaf = getattr(node, "variable", None)
    return operation(node) in _RAW if leaf is None else bool(((leaf < 0) | (leaf > 1)).any())


def _inside(node: Node) -> Iterator[Node]:
    """The nodes of an expression of sums and products, and what it is made of."""
    waiting, seen = [node], {node}
    while waiting:
        node = waiting.pop()
        yield node
        if operation(node) in _INSIDE:
            fresh = [before for before in inputs(node) if before not in seen]
            seen.update(fresh)
            waiting += fresh


def _masked(node: Node) -> Iterator[tuple[Node, torch.Tensor]]:
    """Each product with a constant mask of 0 and 1 in an expression: the other factor's origin, and the mask."""
    for inner in _inside(node):
        if operation(inner) != "Mul" or len(inputs(inner)) != 1:
            continue
        mask: Any = inner._saved_other if inner.next_functions[0][0] is not None else inner._saved_self
        scores = look_through(inputs(inner)[0])
        if scores is not None and isinstance(mask, torch.Tensor) and mask.numel() > 1 and is_binary(mask):
            yield scores, mask
