"""The first backward passes: the graph that they run through, and the first gradient that is not finite."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import torch

from losskit.doctor.on_torch.accumulation import Accumulation
from losskit.doctor.on_torch.checks.dice import dice_on_logits
from losskit.doctor.on_torch.checks.masks import mean_over_nothing
from losskit.doctor.on_torch.checks.pairs import mean_over_pairs
from losskit.doctor.on_torch.checks.singular import FirstBadGradient
from losskit.doctor.on_torch.notes import noted_place
from losskit.doctor.on_torch.origin import walk
from losskit.doctor.on_torch.parameters import Parameters
from losskit.doctor.on_torch.readable import are_readable
from losskit.doctor.on_torch.shift import Shift
from losskit.doctor.patches import Patches
from losskit.doctor.place import users_place

if TYPE_CHECKING:
    from losskit.doctor.observe import Observation


class Backward:
    """Replaces `torch.autograd.backward`, which `Tensor.backward` calls, until the first steps are over.

    That is noticed in `Tensor.backward`: further inside, the mode that sees operations cannot be left.
    """

    def __init__(
        self,
        observation: Observation,
        parameters: Parameters,
        accumulation: Accumulation,
        shift: Shift,
        on_last: list[Callable[[], None]],
    ):
        self._observation = observation
        self._parameters = parameters
        self._accumulation = accumulation
        self._shift = shift
        self._on_last = on_last
        self._patches = Patches()
        self._passes = 0
        self._patches.replace(torch.Tensor, "backward", self._counted)
        self._patches.replace(torch.autograd, "backward", self._watched)

    def _counted(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def backward(tensor: torch.Tensor, *args: Any, **named: Any) -> None:
            if self._passes >= self._observation.first_steps:
                self.stop()
                for stop in self._on_last:
                    stop()
            original(tensor, *args, **named)

        return backward

    def _watched(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def backward(tensors: Any, *args: Any, **named: Any) -> None:
            roots = [tensors] if isinstance(tensors, torch.Tensor) else list(tensors)
            if torch.compiler.is_compiling() or not are_readable(roots) or not self._observation.looks("backward"):
                original(tensors, *args, **named)
            else:
                self._passes += 1
                self._look(roots, lambda: original(tensors, *args, **named))

        return backward

    def _look(self, roots: list[torch.Tensor], run: Callable[[], None]) -> None:
        place = users_place()
        nodes = list(walk([x.grad_fn for x in roots if x.grad_fn is not None]))
        leaves = [node.variable for node in nodes if hasattr(node, "variable")]

        def look_before() -> None:
            self._parameters.see_leaves(leaves, place)
            self._accumulation.begin(nodes, leaves)
            self._shift.end_of_pass()
            self._add(dice_on_logits(nodes), place)
            self._add(mean_over_pairs(nodes), place)
            self._add(mean_over_nothing(roots, nodes), place)

        self._observation.examine(look_before)
        first_bad = FirstBadGradient()
        self._observation.examine(lambda: first_bad.hook(roots, nodes))
        try:
            run()
        finally:
            first_bad.remove_hooks()
            self._accumulation.end()
        self._observation.examine(lambda: self._add(first_bad.findings(leaves), place))

    def _add(self, findings: Iterable[tuple[Any, Any]], place: Any) -> None:
        for found, node in findings:
            self._observation.add(found, noted_place(node) or place)

    def stop(self) -> None:
        self._patches.undo()
