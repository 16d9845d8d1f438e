"""LK702 and LK707: the share that each named loss has in the gradient."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.call import Call
from losskit.doctor.on_torch.origin import walk
from losskit.doctor.probes.probe import Outcome, probe
from losskit.doctor.probes.subject import Subject

_LEAST = 1e-3


@probe("terms", "1 evaluation, 2 backward passes a term")
def terms(subject: Subject) -> Outcome | None:
    """The norm of each term's gradient in the prediction, its factor in the sum included."""
    leaf, total, calls = subject.evaluation
    parts = [call for call in calls if call.result.requires_grad and call.result.numel() == 1]
    if len(parts) < 2:
        return None
    norms = [_norm(total, call, leaf) for call in parts]
    names = _numbered([call.name for call in parts])
    seen = {f"share of {name}": norm / max(sum(norms), 1e-30) for name, norm in zip(names, norms, strict=True)}
    findings = [
        found for call, share in zip(parts, seen.items(), strict=True) for found in _judge(call, total, leaf, *share)
    ]
    return Outcome(seen, findings)


def _norm(total: torch.Tensor, call: Call, leaf: torch.Tensor) -> float:
    factor = torch.autograd.grad(total, call.result, retain_graph=True, allow_unused=True)[0]
    gradient = torch.autograd.grad(call.result, leaf, retain_graph=True, allow_unused=True)[0]
    return 0.0 if factor is None or gradient is None else abs(factor.item()) * gradient.norm().item()


def _judge(call: Call, total: torch.Tensor, leaf: torch.Tensor, name: str, share: float) -> Iterator[Finding]:
    evidence = {name: share, "its value": call.result.item()}
    if 0 < share < _LEAST:
        message = f"the {name} in the gradient is {share:.2g}: this term hardly trains the model."
        yield finding("LK707", message, evidence)
    elif share == 0 and call.result != 0 and _counts(total, call) and all(x is leaf for x in _leaves(call.result)):
        yield finding("LK702", f"the {name} in the gradient is 0, and this term is not.", evidence)


def _counts(total: torch.Tensor, call: Call) -> bool:
    factor = torch.autograd.grad(total, call.result, retain_graph=True, allow_unused=True)[0]
    return factor is not None and bool(factor != 0)


def _leaves(tensor: torch.Tensor) -> list[torch.Tensor]:
    return [node.variable for node in walk([tensor.grad_fn]) if hasattr(node, "variable")]


def _numbered(names: list[str]) -> list[str]:
    return [name if names.count(name) == 1 else f"{name} {names[:i].count(name) + 1}" for i, name in enumerate(names)]
