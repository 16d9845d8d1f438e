"""A callback for Keras."""

from __future__ import annotations

from typing import Any

from losskit.doctor.callbacks.attendant import Attended
from losskit.errors import require

require("keras", "keras")

import keras  # noqa: E402


class KerasDoctor(Attended, keras.callbacks.Callback):
    """`model.fit(..., callbacks=[lk.KerasDoctor(metric="val_accuracy")])`: `lk.observe` and `lk.watch` while it fits.

    metric: its name in the logs of an epoch; None for no metric.
    better: whether a good metric is "high" or "low".
    loss: the loss that trains, for the least value that it can have.
    first_steps, mute, quiet: as in `lk.observe`.

    Keras gives the mean over the batches of an epoch so far: that is a step here. The report is printed at the end;
    `findings` has them, and `watch` the losses.
    """

    def on_train_begin(self, logs: Any = None) -> None:
        self._attendant.begin()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if logs and "loss" in logs:
            self.watch.step(logs["loss"])

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._attendant.epoch(logs or {}, (logs or {}).get("loss"))

    def on_train_end(self, logs: Any = None) -> None:
        self._attendant.end()
