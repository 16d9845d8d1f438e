"""A loss as a Keras loss, on whichever backend Keras runs."""

from __future__ import annotations

from typing import Any

from losskit.adapters.refusals import check_served, is_rowwise
from losskit.core.registry import get
from losskit.errors import require

require("keras", "keras")

import keras  # noqa: E402


@keras.saving.register_keras_serializable(package="losskit")
class KerasLoss(keras.losses.Loss):
    """What `to_keras` returns; saved with a model by its name and parameters."""

    def __init__(self, loss: Any, reduction: str | None = "sum_over_batch_size", name: str | None = None):
        super().__init__(name=name or loss.name.replace(" + ", "_plus_"), reduction=reduction)
        self.loss = loss
        self._class_axis = is_rowwise(loss)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        if self._class_axis:
            return self.loss.each(y_pred, _class_target(y_true, y_pred))
        if len(y_true.shape) == len(y_pred.shape) - 1 and y_pred.shape[-1] == 1:
            y_true = keras.ops.expand_dims(y_true, -1)
        elif len(y_true.shape) == len(y_pred.shape) + 1 and y_true.shape[-1] == 1:
            y_true = keras.ops.squeeze(y_true, -1)
        each = self.loss.each(y_pred, y_true)
        return each if len(each.shape) < 2 else keras.ops.mean(each, axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {"loss": self.loss.to_dict(), "reduction": self.reduction, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> KerasLoss:
        return cls(get(config["loss"]), config["reduction"], config["name"])

    def __repr__(self) -> str:
        return f"to_keras({self.loss!r})"


def _class_target(y_true: Any, y_pred: Any) -> Any:
    """Keras hands every label over as a float, often with a last axis of 1: back to ids, unless they are soft."""
    classes = y_pred.shape[-1]
    if len(y_true.shape) == len(y_pred.shape):
        if y_true.shape[-1] != 1 or classes == 1:
            return y_true
        y_true = keras.ops.squeeze(y_true, -1)
    return keras.ops.cast(y_true, "int32")


def to_keras(loss: Any, reduction: str | None = "sum_over_batch_size", name: str | None = None) -> keras.losses.Loss:
    """The loss as a `keras.losses.Loss`, called with `(y_true, y_pred)`; `compile(loss=to_keras(loss))`.

    y_pred: raw scores; over classes (..., K), the class axis last, as Keras has it.
    y_true: y_pred's shape, or without a last axis of 1; over classes ids (...) or (..., 1), as integers or as the
        floats that Keras makes of them, or soft labels (..., K).
    reduction: Keras' own, which divides by the number of items and not by Σ weight (for that:
        "mean_with_sample_weight"); entries equal to `ignore_index` are 0 and are counted.
    name: of the loss in logs; the loss's own by default.

    As in Keras a pointwise loss is averaged over the last axis, and `sample_weight` has one number for each sample.
    Saved models hold the loss by name; `import losskit.adapters.keras` before `load_model` in a new session.
    Runs on the TensorFlow, JAX and PyTorch backends.
    Where the raw score is not yet the prediction (binary_cross_entropy, poisson ...) apply `loss.link(raw)`.
    Raises NotSupported for a loss that cannot be trained or takes other inputs.
    """
    check_served(loss, "to_keras")
    return KerasLoss(loss, reduction, name)
