"""The first operation behind a loss that is not finite, as far as its graph has kept the numbers."""

from __future__ import annotations

from typing import Any

import torch

from losskit.doctor.on_torch.arithmetic import noted_place
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
            return f"{found} in {operation(node).lower()}" + (f", {place.file}:{place.line}" if place else "")
    return ""


def _looks_bad(node: Node) -> str:
    saved = _saved(node)
    given, other = saved.get("self"), saved.get("other")
    if operation(node).startswith("Log") and given is not None and _count(given <= 0):
        return f"{_count(given <= 0)} values of 0 or below"
    if operation(node) == "Sqrt" and "result" in saved and _count(saved["result"].isnan()):
        return f"{_count(saved['result'].isnan())} values below 0"
    if operation(node) == "Div" and other is not None and _count(other == 0):
        return f"{_count(other == 0)} zeros as divisors"
    for name, x in saved.items():
        if _count(~x.isfinite()):
            return f"{_count(~x.isfinite())} {'results' if name == 'result' else 'inputs'} that are not finite"
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


def _count(mask: torch.Tensor) -> int:
    return int(mask.sum())
