"""LK502: a loss that overflows because it is computed in half precision."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.call import Call
from losskit.doctor.on_torch.checks.registry import ANY, looks_at
from losskit.doctor.on_torch.values import HALVES


@looks_at(ANY)
def overflow(call: Call) -> Iterator[Finding]:
    if call.result.dtype not in HALVES or bool(call.result.isfinite().all()):
        return
    given = [x for x in call.arguments.values() if isinstance(x, torch.Tensor)]
    if not all(bool(x.isfinite().all()) for x in given):
        return
    with torch.autocast(call.pred.device.type, enabled=False):
        full = call.function(**{name: _widen(value) for name, value in call.arguments.items()})
    if bool(full.isfinite().all()):
        half = str(call.result.dtype).removeprefix("torch.")
        yield finding(
            "LK502",
            f"{call.name} in {half} is not finite; in float32 it is {full.float().mean().item():.4g}.",
            {"in float32": full.float().mean().item(), f"largest in {half}": torch.finfo(call.result.dtype).max},
        )


def _widen(value: object) -> object:
    return value.float() if isinstance(value, torch.Tensor) and value.dtype in HALVES else value
