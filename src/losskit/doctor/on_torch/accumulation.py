"""LK405: gradients accumulated over masked means of differing counts, so that targets weigh differently."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.call import Call
from losskit.doctor.on_torch.checks.masks import ignored
from losskit.doctor.on_torch.origin import Node
from losskit.doctor.place import Place

if TYPE_CHECKING:
    from losskit.doctor.observe import Observation

_KEY = "losskit_share"  # of a node's metadata


class Share(NamedTuple):
    """How many targets one backward pass counted at a place, whether others were left out, and what each weighed."""

    counted: int
    masked: bool
    weight: float


class Accumulation:
    """The backward passes since the last step of an optimizer that add to the same gradients.

    What a target weighs is told by the gradient that arrives at the loss: whatever the program does to the loss before
    `backward` is in it.
    """

    def __init__(self, observation: Observation):
        self._observation = observation
        self._passes: list[dict[Place, list[Share]]] = []
        self._hooks: list[Any] = []
        self._step = register_optimizer_step_post_hook(self._see_step)

    def see_call(self, call: Call) -> None:
        """Note on the node of a loss over classes what it counts."""
        node: Any = call.result.grad_fn
        if node is not None and call.counts_ids and call.arguments.get("weight") is None:
            node.metadata[_KEY] = call.place, _share(call)

    def begin(self, nodes: Iterable[Node], leaves: Iterable[torch.Tensor]) -> None:
        """A backward pass through `nodes` begins; hooks weigh its losses until `end`."""
        if not any(_holds_gradient(x) for x in leaves):
            self._passes.clear()  # there is nothing that it adds to
        self._passes.append({})
        noted = [(node, node.metadata[_KEY]) for node in nodes if _KEY in node.metadata]
        self._hooks += [node.register_prehook(functools.partial(self._see_gradient, *note)) for node, note in noted]

    def _see_gradient(self, place: Place, share: Share, given: tuple[Any, ...]) -> None:
        def look() -> None:
            gradient = given[0]
            if gradient is not None:
                scaled = [share._replace(weight=share.weight * gradient.item())] if gradient.ndim == 0 else None
                self._passes[-1].setdefault(place, []).extend(scaled or _of_entries(gradient))

        self._observation.examine(look)

    def end(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    def _see_step(self, optimizer: torch.optim.Optimizer, args: Any, named: Any) -> None:
        passes, self._passes = self._passes, []
        for place in passes[0] if passes else ():
            shares = [each.get(place, []) for each in passes]
            if all(len(each) == 1 for each in shares):
                for found in _uneven([share for (share,) in shares]):
                    self._observation.add(found, place)

    def stop(self) -> None:
        self._step.remove()


def _holds_gradient(leaf: torch.Tensor) -> bool:
    grad = leaf.grad
    return grad is not None and (grad.layout is not torch.strided or bool((grad != 0).any()))


def _share(call: Call) -> Share:
    """What a loss counts, and what each of its targets weighs where the gradient that arrives is 1."""
    where, normalizer = call.arguments.get("where"), call.arguments.get("normalizer")
    kept = ~ignored(call)
    count = int((kept if where is None else kept & where).sum())
    divisor = float(count if normalizer is None else normalizer) if call.reduction == "mean" else 1.0
    return Share(count, count < kept.numel(), 1 / (divisor or 1.0))


def _of_entries(gradient: torch.Tensor) -> list[Share]:
    """Where a loss of each entry was masked and averaged afterwards: entries weigh 0 or all the same."""
    weights = gradient[gradient != 0]
    if not len(weights) or (weights.max() - weights.min()) > 1e-3 * weights.max().abs():
        return []
    return [Share(len(weights), len(weights) < gradient.numel(), weights[0].item())]


def _uneven(shares: Sequence[Share]) -> Iterator[Finding]:
    """Passes that count differently many targets and weigh the same in all, to within rounding."""
    counts, totals = [s.counted for s in shares], [s.counted * s.weight for s in shares]
    if len(shares) < 2 or not any(s.masked for s in shares) or min(totals) <= 0:
        return
    if max(counts) > 1.1 * min(counts) and max(totals) < 1.02 * min(totals):
        ratio = max(counts) / min(counts)
        yield finding(
            "LK405",
            f"{len(shares)} backward passes before one step each take the mean over their own targets, {min(counts)} "
            f"to {max(counts)} that are not masked: some targets weigh {ratio:.3g} times as much as others.",
            {"passes": len(shares), "fewest": min(counts), "most": max(counts), "ratio of weights": ratio},
        )
