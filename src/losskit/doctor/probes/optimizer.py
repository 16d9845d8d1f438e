"""LK701: parameters of the loss that the optimizer does not hold."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import torch

from losskit.doctor.finding import finding
from losskit.doctor.on_torch.modules import is_called_loss
from losskit.doctor.on_torch.origin import walk
from losskit.doctor.probes.probe import Outcome, probe
from losskit.doctor.probes.subject import Subject


@probe("parameters of the loss", "1 evaluation")
def parameters_of_the_loss(subject: Subject) -> Outcome | None:
    """Of those that the graph of the loss ends in, which the optimizer lacks."""
    total, optimized = subject.evaluation.total, subject.optimized
    leaves = [node.variable for node in walk([total.grad_fn]) if hasattr(node, "variable")]
    held = [x for x in leaves if isinstance(x, torch.nn.Parameter)]
    if optimized is None or not held:
        return None
    missing = list(_of_losses([x for x in held if id(x) not in optimized], subject))
    seen = {"parameters": len(held), "not in the optimizer": len(missing)}
    if not missing:
        return Outcome(seen)
    message = f"{len(missing)} parameters of the loss receive gradients, and the optimizer does not hold them."
    return Outcome(seen, [finding("LK701", message, {**seen, "entries": sum(x.numel() for x in missing)})])


def _of_losses(parameters: list[torch.nn.Parameter], subject: Subject) -> Iterator[torch.nn.Parameter]:
    """Those that a loss holds itself, or that no module does: a frozen network inside a loss is none of them."""
    if not parameters:
        return
    modules = [x for x in gc.get_objects() if issubclass(type(x), torch.nn.Module)]
    owners = {id(x): module for module in modules for x in module.parameters(recurse=False)}
    for x in parameters:
        owner = owners.get(id(x))
        if owner is None or owner is subject.loss or is_called_loss(owner):
            yield x
