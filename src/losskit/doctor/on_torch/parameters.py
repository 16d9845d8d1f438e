"""LK701: parameters of a loss that receive gradients and are in no optimizer that steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.modules import Modules
from losskit.doctor.place import Place

if TYPE_CHECKING:
    from losskit.doctor.observe import Observation


class Parameters:
    """Parameters of losses, or of no module, that get gradients; and those that an optimizer holds."""

    def __init__(self, observation: Observation):
        self.modules = Modules()
        self._observation = observation
        self._candidates: dict[int, tuple[torch.Tensor, torch.Tensor, str, Place]] = {}
        self._passes: Counter[int] = Counter()
        self._optimized: set[int] = set()
        self._optimizers: set[tuple[int, int]] = set()
        self._hook = register_optimizer_step_post_hook(self._see_step)

    def see_leaves(self, leaves: Iterable[torch.Tensor], place: Place) -> None:
        """`leaves` are about to receive gradients, in a backward pass at `place`."""
        for x in leaves:
            if not isinstance(x, torch.nn.Parameter):
                continue
            self._passes[id(x)] += 1
            if id(x) in self._candidates:
                continue
            if id(x) in self.modules.of_losses:
                owner, called = self.modules.of_losses[id(x)]
                self._candidates[id(x)] = (x, x.detach().clone(), owner, called or place)
            elif id(x) not in self.modules.owned:
                self._candidates[id(x)] = (x, x.detach().clone(), "", place)

    def _see_step(self, optimizer: torch.optim.Optimizer, args: Any, named: Any) -> None:
        key = (id(optimizer), len(optimizer.param_groups))
        if key not in self._optimizers:
            self._optimizers.add(key)
            self._optimized.update(id(x) for group in optimizer.param_groups for x in group["params"])

    def _findings(self) -> Iterator[tuple[Finding, Place]]:
        """What is known at the end. A parameter that has changed is updated by hand; one gradient may be for a look."""
        missing: dict[tuple[str, Place], list[torch.Tensor]] = {}
        for x, before, owner, place in self._candidates.values():
            often = self._passes[id(x)] > 1
            if often and id(x) not in self._optimized and torch.equal(x.detach(), before):
                missing.setdefault((owner, place), []).append(x)
        for (owner, place), parameters in missing.items() if self._optimized else ():
            count = sum(x.numel() for x in parameters)
            what = f"of {owner}" if owner else "that belong to no module"
            evidence = {"parameters": len(parameters), "entries": count, "optimizers": len(self._optimizers)}
            message = f"{len(parameters)} parameters {what} receive gradients, and no optimizer that steps holds them."
            yield finding("LK701", message, evidence), place

    def stop(self) -> None:
        self.modules.stop()
        self._hook.remove()
        for found, place in self._findings():
            self._observation.add(found, place)
