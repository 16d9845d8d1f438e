"""LK501: a finite loss whose gradient is NaN, and the operation where that begins."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.origin import Node, operation
from losskit.doctor.on_torch.values import HALVES


class FirstBadGradient:
    """Hooks on the nodes of a graph, which remember the first that turns finite gradients into others.

    In half precision that is how a scaled loss overflows, which its scaler expects.
    """

    def __init__(self) -> None:
        self._finite_loss = False
        self._value = 0.0
        self._bad: tuple[Node, int] | None = None
        self._hooks: list[Any] = []

    def hook(self, roots: Sequence[torch.Tensor], nodes: Iterable[Node]) -> None:
        """Put hooks on `nodes`, behind the losses `roots`."""
        self._finite_loss = all(bool(x.isfinite().all()) for x in roots)
        self._value = roots[0].detach().mean().item()
        self._hooks += [node.register_hook(functools.partial(self._see, node)) for node in nodes]

    def _see(self, node: Node, after: Sequence[Any], before: Sequence[Any]) -> None:
        if self._bad is None and not _count_bad(before):
            count = _count_bad(x for x in after if x is not None and x.dtype not in HALVES)
            self._bad = (node, count) if count else None

    def remove_hooks(self) -> None:
        for hook in self._hooks:
            hook.remove()

    def findings(self, leaves: Iterable[torch.Tensor]) -> Iterator[tuple[Finding, Node]]:
        """LK501 with its node, if NaN has arrived in one of `leaves`."""
        if self._bad is None or not self._finite_loss:
            return
        lost = sum(x.grad is not None and bool(x.grad.isnan().any()) for x in leaves)
        if lost:
            node, count = self._bad
            name = operation(node).lower()
            yield (
                finding(
                    "LK501",
                    f"the loss is {self._value:.4g}, and the gradient of {name} is not finite at {count} entries: it "
                    f"makes the gradients of {lost} parameters NaN.",
                    {"loss": self._value, "entries": count, "parameters": lost, "operation": name},
                ),
                node,
            )


def _count_bad(gradients: Iterable[Any]) -> int:
    dense = (x for x in gradients if isinstance(x, torch.Tensor) and x.layout is torch.strided)
    return sum(int((~x.isfinite()).sum()) for x in dense)
