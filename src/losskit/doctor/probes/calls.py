"""The named losses, PyTorch's and losskit's, that an evaluation of a loss calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from losskit.doctor import own_losses
from losskit.doctor.observe import Observation
from losskit.doctor.on_torch.call import Call, bind_own
from losskit.doctor.on_torch.watch import Losses

_MANY = 1000  # calls at one place


class _Kept(Losses):
    """Keeps calls instead of checking them."""

    def __init__(self, observation: Observation):
        super().__init__(observation, ())
        self.calls: list[Call] = []

    def _examine(self, call: Call) -> None:
        self.calls.append(call)

    def _examine_own(self, *about: Any) -> None:
        self.calls.append(bind_own(*about))


def calls_of(evaluate: Callable[[], Any]) -> tuple[Any, list[Call]]:
    """What `evaluate` gives, and the losses that it called on the way."""
    observation = Observation(_MANY, frozenset())
    kept = _Kept(observation)
    stop = own_losses.watch(observation)
    try:
        return evaluate(), kept.calls
    finally:
        stop()
        kept.stop()
