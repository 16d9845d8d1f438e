"""One forward and backward pass under observation, whose gradients go nowhere."""

from __future__ import annotations

import torch

from losskit.doctor.observe import Observation
from losskit.doctor.on_torch.origin import walk
from losskit.doctor.probes.subject import Subject
from losskit.errors import InvalidInput


def observed_pass(subject: Subject, observation: Observation) -> None:
    """Run it as a step of training would. What the loss holds beyond the copies keeps its gradients."""
    with observation:
        value = subject.loss(subject.predict(), subject.target)
        if not isinstance(value, torch.Tensor) or value.numel() != 1:
            got = f"shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else type(value).__name__
            raise InvalidInput(f"the loss must give a scalar tensor, got {got}", 'reduction="mean", say')
        if not value.requires_grad:
            raise InvalidInput("the loss has no gradient in the model", "it is cut off: see argmax, detach, no_grad")
        nodes = list(walk([value.grad_fn]))
        leaves = [node.variable for node in nodes if hasattr(node, "variable")]
        kept = [leaf.grad for leaf in leaves]
        try:
            for leaf in leaves:
                leaf.grad = None
            value.backward()
        finally:
            for leaf, gradient in zip(leaves, kept, strict=True):
                leaf.grad = gradient
