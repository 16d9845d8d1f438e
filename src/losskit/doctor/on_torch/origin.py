"""Which operation made a tensor, as the autograd graph tells it for certain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

Node = Any  # torch.autograd.graph.Node

# Views, casts, copies and picks: they keep values as they are.
_TRANSPARENT = frozenset(
    {
        *("View", "UnsafeView", "ReshapeAlias", "Squeeze", "Unsqueeze", "Permute", "Transpose", "T", "Expand"),
        *("ToCopy", "Clone", "Contiguous", "Alias", "AsStrided", "Slice", "Select", "Index", "IndexSelect"),
        *("MaskedSelect", "Gather", "Take", "Split", "SplitWithSizes", "Unbind", "Cat", "Stack", "Repeat"),
    }
)

_ON_ENTRIES = frozenset({"Add", "Sub", "Rsub", "Mul", "Div", "Neg", "Pow", "Where", "MaskedFill", "Clamp", "Logaddexp"})


def operation(node: Node) -> str:
    """ "SoftmaxBackward0" -> "Softmax"."""
    return node.name().partition("Backward")[0]


def is_transparent(node: Node) -> bool:
    return operation(node) in _TRANSPARENT


def inputs(node: Node) -> list[Node]:
    return [before for before, _ in node.next_functions if before is not None]


def look_through(node: Node | None) -> Node | None:
    """The first node at or behind `node` that changes values; None where joined parts differ in theirs."""
    while node is not None and is_transparent(node):
        behind = inputs(node)
        if len(behind) < len(node.next_functions) and operation(node) in ("Cat", "Stack"):
            return None  # joined with a constant
        origins = [look_through(each) for each in behind[1:]]
        first = look_through(behind[0]) if behind else None
        if any(o is None or first is None or operation(o) != operation(first) for o in origins):
            return None
        return first
    return node


def origin(tensor: torch.Tensor) -> Node | None:
    """The operation that made the values of `tensor`, seen through views, casts and indexing."""
    return look_through(tensor.grad_fn)


def made_by(tensor: torch.Tensor) -> str:
    """Its name, "Softmax" say, behind clamps too; "" where there is none or the graph does not tell."""
    node = origin(tensor)
    while node is not None and operation(node) in ("Clamp", "ClampMin", "ClampMax"):
        node = look_through(inputs(node)[0])
    return "" if node is None else operation(node)


def made_of(tensor: torch.Tensor) -> set[str]:
    """The operations behind `tensor` that are reached through arithmetic on entries alone."""
    found: set[str] = set()
    waiting = [] if tensor.grad_fn is None else [tensor.grad_fn]
    while waiting and len(found) < 100:
        node = look_through(waiting.pop())
        if node is not None and operation(node) not in found:
            found.add(operation(node))
            waiting += inputs(node) if operation(node) in _ON_ENTRIES else []
    return found


def walk(roots: list[Node], limit: int = 20_000) -> Iterator[Node]:
    """The nodes behind `roots`, each once, the nearest first."""
    seen, waiting = set(roots), list(roots)
    for node in waiting:
        yield node
        for before in inputs(node):
            if before not in seen and len(waiting) < limit:
                seen.add(before)
                waiting.append(before)
