"""A callback for Hugging Face's Trainer."""

from __future__ import annotations

from typing import Any

from losskit.doctor.callbacks.attendant import Attended
from losskit.errors import require

require("transformers", "huggingface")

import transformers  # noqa: E402


class TrainerDoctor(Attended, transformers.TrainerCallback):
    """`Trainer(callbacks=[lk.TrainerDoctor(metric="eval_accuracy")])`: `lk.observe` and `lk.watch` while it trains.

    metric: its name among what `evaluate` gives; None for no metric.
    better: whether a good metric is "high" or "low".
    loss: the loss that trains, for the least value that it can have.
    first_steps, mute, quiet: as in `lk.observe`.

    A step is what the Trainer logs (`logging_steps`), an epoch is an evaluation, with its loss. The report is printed
    at the end; `findings` has them, and `watch` the losses.
    """

    def on_train_begin(self, args: Any, state: Any, control: Any, **named: Any) -> None:
        self._attendant.begin()

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **named: Any) -> None:
        if logs and "loss" in logs:
            self.watch.step(logs["loss"])

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **named: Any) -> None:
        self._attendant.epoch(metrics or {}, (metrics or {}).get("eval_loss"))

    def on_train_end(self, args: Any, state: Any, control: Any, **named: Any) -> None:
        self._attendant.end()
