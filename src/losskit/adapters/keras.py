"""A loss as a Keras loss, on whichever backend Keras runs."""

from __future__ import annotations

import functools
import operator
import sys
from typing import Any

from losskit.adapters.refusals import check_kind, check_served
from losskit.core.define import LossFactory
from losskit.core.registry import get
from losskit.core.terms import WeightedSum
from losskit.errors import InvalidInput, require
from losskit.ops.dispatch import words_of

require("keras", "keras")

import keras  # noqa: E402
from keras.src.backend import set_keras_mask  # noqa: E402

_KINDS = ("pointwise", "rowwise", "vectorwise", "batchwise", "imagewise")


@keras.saving.register_keras_serializable(package="losskit")
class KerasLoss(keras.losses.Loss):
    """What `to_keras` returns; saved with a model by the names and parameters of its terms."""

    def __init__(self, loss: Any, reduction: str | None = "sum_over_batch_size", name: str | None = None):
        at_least_float32 = keras.backend.result_type(keras.config.floatx(), "float32")  # bfloat16 holds ids up to 256
        super().__init__(name or loss.name.replace(" + ", "_plus_"), reduction, at_least_float32)
        self.loss = loss
        self._over_classes = loss._terms()[0][1].definition.class_input is not None
        self._labels = any(domain.labels for domain in loss._terms()[0][1].definition.inputs.values())
        ignored = {part.params.get("ignore_index") for _, part in loss._terms()}
        self._ignored = () if None in ignored else tuple(ignored)  # an id that one term keeps is kept

    def call(self, y_true: Any, y_pred: Any) -> Any:
        if self._over_classes:
            return self._each_row(_class_target(y_true, y_pred), y_pred)
        if self._labels:
            return self.loss.each(y_pred, keras.ops.cast(keras.ops.reshape(y_true, (-1,)), "int32"))
        if len(y_true.shape) == len(y_pred.shape) - 1 and y_pred.shape[-1] == 1:
            y_true = keras.ops.expand_dims(y_true, -1)
        elif len(y_true.shape) == len(y_pred.shape) + 1 and y_true.shape[-1] == 1:
            y_true = keras.ops.squeeze(y_true, -1)
        each = self.loss.each(y_pred, y_true)
        return each if len(each.shape) < 2 else keras.ops.mean(each, axis=-1)

    def _each_row(self, target: Any, y_pred: Any) -> Any:
        """One loss for each row; ids that every term leaves out are masked, as Keras masks its `ignore_class`."""
        each = self.loss.each(y_pred, target)
        if self._ignored and len(target.shape) < len(y_pred.shape):
            ops = words_of(target)
            if not all(ops.seen_without(target, number) for number in self._ignored):
                set_keras_mask(each, functools.reduce(operator.or_, [target != number for number in self._ignored]))
        return each

    def get_config(self) -> dict[str, Any]:
        terms = [
            {"factor": factor, "module": part.definition.module, "loss": _spec(part)}
            for factor, part in self.loss._terms()
        ]
        return {"terms": terms, "reduction": self.reduction, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> KerasLoss:
        """Raises InvalidInput where the definition of a loss of one's own is not at hand."""
        parts = tuple((term["factor"], _restore(term["module"], term["loss"])) for term in config["terms"])
        loss = parts[0][1] if len(parts) == 1 and parts[0][0] == 1.0 else WeightedSum(parts)
        return cls(loss, config["reduction"], config["name"])

    def __repr__(self) -> str:
        reduction = "" if self.reduction == "sum_over_batch_size" else f", reduction={self.reduction!r}"
        return f"to_keras({self.loss!r}{reduction})"


def _spec(part: Any) -> dict[str, Any]:
    """The loss as JSON can hold it: tensors among its parameters become lists."""
    return {
        name: keras.ops.convert_to_numpy(value).tolist() if keras.ops.is_tensor(value) else value
        for name, value in part.to_dict().items()
    }


def _restore(module: str, spec: dict[str, Any]) -> Any:
    """A loss of the catalogue, or one of the user's: from `custom_objects` or a module that is imported already.

    As in Keras a file never decides what is imported.
    """
    if module.startswith("losskit."):
        return get(spec)
    name, params = spec["loss"], {k: v for k, v in spec.items() if k != "loss"}
    for found in (keras.saving.get_registered_object(name), getattr(sys.modules.get(module), name, None)):
        if isinstance(found, LossFactory):
            return found(**params)
    raise InvalidInput(
        f"the saved loss {name} was defined in the module {module}, which is not imported or does not define it now",
        f"import it before loading, or pass custom_objects={{{name!r}: {name}}}, or load with compile=False",
    )


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
    reduction: Keras' own: "sum_over_batch_size" or "mean" divide by the number of items that no mask leaves out,
        "mean_with_sample_weight" by Σ weight; "sum"; "none" or None. Ids equal to `ignore_index` are masked.
    name: of the loss in logs; the loss's own by default.

    As in Keras a pointwise loss is averaged over the last axis, and `sample_weight` has one number for each sample.
    Saved models hold the loss by name. Keras imports nothing that a file names: in a new session import losskit
    after keras (or touch `lk.to_keras`), and for a loss of your own its module (or pass `custom_objects`).
    The arithmetic is in float32 at least, under mixed precision too. Runs on the TensorFlow, JAX and PyTorch backends.
    Where the raw score is not yet the prediction (binary_cross_entropy, poisson ...) apply `loss.link(raw)`.
    Raises ValueError, Keras' own, for an unknown reduction; NotSupported for a loss that cannot be trained, ranks
    lists or takes other inputs.
    """
    check_served(loss, "to_keras")
    check_kind(loss, "to_keras", _KINDS, "Keras hands a loss no mask over the items of a list")
    return KerasLoss(loss, reduction, name)
