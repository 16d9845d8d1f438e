"""What is checked in a call of a loss or metric of Keras."""

from __future__ import annotations

from collections.abc import Iterator

from losskit.doctor.finding import Finding
from losskit.doctor.on_keras.call import Call
from losskit.doctor.on_keras.checks import activation, domain, masks, shapes, targets

CHECKS = (*activation.CHECKS, *shapes.CHECKS, *targets.CHECKS, *domain.CHECKS, *masks.CHECKS)


def examine(call: Call) -> Iterator[Finding]:
    """What all checks find. A metric trains nothing: only its prediction is looked at."""
    for check in activation.CHECKS if call.metric else CHECKS:
        yield from check(call)
