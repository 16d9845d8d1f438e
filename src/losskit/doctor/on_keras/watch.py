"""Watch a Keras program: its losses and activations as long as it runs, and the first batches of compiled steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from losskit.doctor.on_keras.activations import Activations
from losskit.doctor.on_keras.losses import Losses
from losskit.doctor.on_keras.steps import Steps

if TYPE_CHECKING:
    from losskit.doctor.observe import Observation


def watch(observation: Observation) -> Callable[[], None]:
    """Watch until the function that this returns is called."""
    activations = Activations()
    losses = Losses(observation, activations)
    steps = Steps(observation, losses)

    def stop() -> None:
        for part in (steps, losses, activations):
            part.stop()

    return stop
