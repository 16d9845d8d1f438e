"""LK201 in a loss written by hand: the mean of (prediction - target)**2 or its absolute value, over all pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.origin import Node, inputs, is_transparent, operation

_KEY = "losskit_pairs"  # of a node's metadata


def note_pairs(args: tuple[Any, ...], node: Node) -> None:
    """Note a difference of an output (n, 1), fresh from its layer, and constants (n,)."""
    if len(args) != 2 or not all(isinstance(x, torch.Tensor) for x in args):
        return
    column, row = sorted(args, key=lambda x: -x.ndim)
    n = row.numel()
    made = column.grad_fn is not None and not is_transparent(column.grad_fn)  # unsqueezed, it is done on purpose
    if made and n > 1 and column.shape == (n, 1) and row.shape == (n,) and not row.requires_grad:
        node.metadata[_KEY] = n


def mean_over_pairs(nodes: Iterable[Node]) -> Iterator[tuple[Finding, Node]]:
    for node in nodes:
        if operation(node) not in ("Mean", "Sum"):
            continue
        for power in inputs(node):
            for difference in inputs(power) if operation(power) in ("Pow", "Abs", "Mul") else ():
                n = difference.metadata.get(_KEY)
                if n:
                    yield (
                        finding(
                            "LK201",
                            f"a prediction ({n}, 1) less a target ({n},): every prediction is compared with every "
                            f"target, {n * n} pairs, and the best fit is a constant.",
                            {"prediction": [n, 1], "target": [n], "compared": n * n},
                        ),
                        difference,
                    )
                    return
