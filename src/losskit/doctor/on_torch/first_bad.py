"""The first operation behind a loss that is not finite, as far as its graph has kept the numbers."""

from __future__ import annotations

from typing import Any

import torch

from losskit.doctor.on_torch.notes import noted_place
from losskit.doctor.on_torch.origin import Node, operation, walk

_SAVED = "_saved_"


def first_bad_operation(loss: torch.Tensor) -> str:
    """In words; "" where the graph tells nothing, as after backward."""
    nodes = list(walk([loss.grad_fn]))
    leaves = [node.variable for node in nodes if hasattr(node, "variable")]
    bad = [x for x in leaves if not bool(x.isfinite().all())]
    if bad:
        return f"{len(bad)} of {len(leaves)} parameters are not finite, so the gradient of a step before was not"
    for node in reversed(nodes):  # the inputs first
        found = _looks_bad(node)
        if found:
            place = noted_place(node)
            return f"{operation(node).lower()}: {found}" + (f", {place.file}:{place.line}" if place else "")
    return ""


def _looks_bad(node: Node) -> str:
    saved = _saved(node)
    if operation(node).startswith("Log") and "self" in saved and bool((saved["self"] <= 0).any()):
        return _share(saved["self"] <= 0, "values are 0 or below")
    if operation(node) == "Sqrt" and "result" in saved and bool(saved["result"].isnan().any()):
        return _share(saved["result"].isnan(), "values are below 0")
    if operation(node) == "Div" and "other" in saved and bool((saved["other"] == 0).any()):
        return _share(saved["other"] == 0, "divisors are 0")
    for name, x in saved.items():
        if not bool(x.isfinite().all()):
            return _share(~x.isfinite(), f"{'results' if name == 'result' else 'inputs'} are not finite")
    return ""


def _saved(node: Node) -> dict[str, torch.Tensor]:
    """The tensors of numbers that a node keeps for its gradient, by name."""
    names = [name for name in dir(node) if name.startswith(_SAVED)]
    found: dict[str, Any] = {}
    for name in names:
        try:
            found[name.removeprefix(_SAVED)] = getattr(node, name)
        except RuntimeError:  # freed by backward
            return {}
    return {name: x for name, x in found.items() if isinstance(x, torch.Tensor) and x.is_floating_point()}


def _share(bad: torch.Tensor, what: str) -> str:
    return f"{int(bad.sum())} of {bad.numel()} {what}"
