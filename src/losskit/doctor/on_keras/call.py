"""One call of a loss or metric of Keras, as the checks see it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from keras.src.losses import losses
from keras.src.metrics import accuracy_metrics

from losskit.doctor.on_keras.arrays import values
from losskit.doctor.place import Place

OVER_CLASSES = ("categorical_crossentropy", "categorical_focal_crossentropy", "sparse_categorical_crossentropy")
BINARY = ("binary_crossentropy", "binary_focal_crossentropy")
OVERLAPS = ("dice", "tversky")
ALIGNS = (  # prediction and target by their last axis, when called as functions
    *("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error"),
    *("mean_squared_logarithmic_error", "huber", "log_cosh"),
)
ON_ENTRIES = (*ALIGNS, "poisson", "kl_divergence", "hinge", "squared_hinge")

LOSSES: dict[Callable[..., Any], str] = {
    getattr(losses, name): name for name in (*OVER_CLASSES, *BINARY, *OVERLAPS, *ON_ENTRIES)
}
METRICS: dict[Callable[..., Any], str] = LOSSES | {accuracy_metrics.binary_accuracy: "binary_accuracy"}


@dataclass
class Call:
    """Which loss was called, with what, and what it gave.

    activation: what made the prediction, as far as it is known.
    reduced: whether one number came out, to be trained on.
    trainer: whether the model's own training called it.
    memory: what belongs to the place and lasts from one call there to the next.
    """

    name: str
    arguments: Mapping[str, Any]
    pred: Any
    target: Any
    place: Place
    activation: str = ""
    reduced: bool = True
    trainer: bool = False
    metric: bool = False
    instance: bool = True
    keep: tuple[Any, ...] = ()  # weights and masks
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """What the call is named in a message."""
        return f"the metric {self.name}" if self.metric else self.name

    @property
    def from_logits(self) -> bool:
        return bool(self.arguments.get("from_logits", False))

    @property
    def axis(self) -> int:
        axis = self.arguments.get("axis")
        return axis if isinstance(axis, int) else -1

    @property
    def classes(self) -> int | None:
        return self.pred.shape[self.axis] if len(self.pred.shape) else None

    @functools.cached_property
    def scores(self) -> np.ndarray | None:
        """The prediction with its classes last, if it can be read."""
        found = values(self.pred)
        return found if found is None or not found.ndim else np.moveaxis(found, self.axis, -1)

    @functools.cached_property
    def targets(self) -> np.ndarray | None:
        """The targets that neither a weight nor a mask leaves out, if they can be read."""
        found = values(self.target)
        if found is None:
            return None
        for each in self.keep:
            kept = values(each)
            if kept is None:
                return None
            kept = kept.reshape(kept.shape[: -1 if kept.ndim > 1 and kept.shape[-1] == 1 else None])
            if kept.ndim > found.ndim or kept.shape != found.shape[: kept.ndim]:
                return None
            found = np.where((kept != 0).reshape(kept.shape + (1,) * (found.ndim - kept.ndim)), found, np.nan)
        return found


def bind(function: Callable[..., Any], args: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a functional loss by name, its defaults among them."""
    bound = inspect.signature(function).bind(*args, **named)
    bound.apply_defaults()
    return bound.arguments
