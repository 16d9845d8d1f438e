"""A callback for Lightning."""

from __future__ import annotations

from typing import Any

from losskit.doctor.callbacks.attendant import Attended
from losskit.errors import require

require("lightning", "lightning")

import lightning  # noqa: E402


class LightningDoctor(Attended, lightning.Callback):
    """`Trainer(callbacks=[lk.LightningDoctor(metric="val_accuracy")])`: `lk.observe` and `lk.watch` while it fits.

    metric: the name under which the module logs it; None for no metric.
    better: whether a good metric is "high" or "low".
    loss: the loss that trains, for the least value that it can have.
    first_steps, mute, quiet: as in `lk.observe`.

    The report is printed at the end; `findings` has them, and `watch` the losses.
    """

    def on_fit_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self._attendant.begin()

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, *rest: Any
    ) -> None:
        loss = outputs.get("loss") if isinstance(outputs, dict) else outputs
        if loss is not None:  # a module that steps its optimizers by hand may return none
            self.watch.step(loss)

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self._attendant.epoch(trainer.callback_metrics)

    def on_exception(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, exception: BaseException
    ) -> None:
        self._attendant.end()

    def teardown(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, stage: str) -> None:
        self._attendant.end()
