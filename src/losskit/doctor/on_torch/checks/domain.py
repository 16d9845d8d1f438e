"""LK305: values that a loss of losskit does not take. Its calls check them on NumPy alone."""

from __future__ import annotations

from collections.abc import Iterator

from losskit.core.checks import check
from losskit.core.loss import Loss
from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.call import Call
from losskit.errors import InvalidInput


def outside_the_domain(loss: Loss, call: Call) -> Iterator[Finding]:
    inputs = [call.arguments[name] for name in loss.definition.inputs]
    try:
        check(loss, *inputs, weight=call.arguments.get("weight"), where=call.arguments.get("where"))
    except InvalidInput as error:
        target = call.target.detach()
        yield finding(
            "LK305",
            error.message,
            {"smallest target": target.min().item(), "largest target": target.max().item()},
            fix=error.remedy,
        )
