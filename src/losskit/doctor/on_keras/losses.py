"""Keras' losses, as objects and as functions, and its metrics that are made of functions."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras.src.backend import get_keras_mask
from keras.src.trainers.compile_utils import CompileLoss

from losskit.doctor.on_keras.activations import Activations
from losskit.doctor.on_keras.arrays import is_placeholder
from losskit.doctor.on_keras.call import LOSSES, METRICS, Call, bind
from losskit.doctor.on_keras.checks import examine
from losskit.doctor.on_keras.tracing import is_compiling
from losskit.doctor.patches import Patches
from losskit.doctor.place import users_place

if TYPE_CHECKING:
    from losskit.doctor.observe import Observation


class Losses:
    """Each call of a loss or metric that is Keras' own is examined; a user's own is not, what it calls is."""

    def __init__(self, observation: Observation, activations: Activations):
        self._observation = observation
        self._activations = activations
        self._memory: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._training = self._building = False
        self._patches = Patches()
        self._patches.replace(keras.losses.Loss, "__call__", self._watched_object)
        self._patches.replace(keras.metrics.MeanMetricWrapper, "update_state", self._watched_metric)
        self._patches.replace(CompileLoss, "__call__", self._marked_as_training)
        watch = {name: functools.partial(self._watched_function, function) for function, name in LOSSES.items()}
        self._patches.replace_everywhere(keras.losses, watch)
        for module in _other_public_modules():
            for name in [name for name in watch if hasattr(module, name)]:
                self._patches.replace(module, name, watch[name])

    def _marked_as_training(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(*args: Any, **named: Any) -> Any:
            if is_compiling():
                return original(*args, **named)
            before, self._training = self._training, True
            try:
                return original(*args, **named)
            finally:
                self._training = before

        return call

    def unwatched(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """`original`, which calls losses to work out shapes, and whose arrays are none of the user's."""

        @functools.wraps(original)
        def call(*args: Any, **named: Any) -> Any:
            self._building = True
            try:
                return original(*args, **named)
            finally:
                self._building = False

        return call

    def _watched_object(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def see(args: tuple[Any, ...], named: dict[str, Any], result: Any) -> None:
            def bound() -> Call:
                loss, target, pred, weight = _four(*args, **named)
                call = self._bind(LOSSES, loss.fn, loss._fn_kwargs, pred, target, weight)
                call.reduced = loss.reduction not in (None, "none")
                return call

            self._see(bound, id(args[0]))

        watched = self._observation.wrap(original, see)

        @functools.wraps(original)
        def call(loss: Any, *args: Any, **named: Any) -> Any:
            known = not is_compiling() and _plain(getattr(loss, "fn", None)) in LOSSES
            return (watched if known else original)(loss, *args, **named)

        return call

    def _watched_metric(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def bound(*args: Any, **named: Any) -> Call:
            metric, target, pred, weight = _four(*args, **named)
            call = self._bind(METRICS, metric._fn, metric._fn_kwargs, pred, target, weight)
            call.metric = True
            return call

        @functools.wraps(original)
        def update_state(metric: Any, *args: Any, **named: Any) -> Any:
            result = original(metric, *args, **named)
            if not is_compiling() and _plain(metric._fn) in METRICS:
                self._see(lambda: bound(metric, *args, **named), id(metric))
            return result

        return update_state

    def _watched_function(self, function: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
        def see(args: tuple[Any, ...], named: dict[str, Any], result: Any) -> None:
            def bound() -> Call:
                arguments = bind(function, args, named)
                options = {name: value for name, value in arguments.items() if name not in ("y_true", "y_pred")}
                call = self._bind(LOSSES, function, options, arguments["y_pred"], arguments["y_true"], None)
                call.reduced = call.instance = False
                return call

            self._see(bound)

        watched = self._observation.wrap(original, see)

        @functools.wraps(original)
        def loss(*args: Any, **named: Any) -> Any:
            return (original if is_compiling() else watched)(*args, **named)

        return loss

    def _bind(self, names: Any, function: Any, options: dict[str, Any], pred: Any, target: Any, weight: Any) -> Call:
        plain = _plain(function)
        return Call(
            names[plain],
            bind(plain, (target, pred), options),
            _array(pred),
            _array(target),
            users_place(),
            activation=self._activations.made(pred),
            trainer=self._training,
            keep=tuple(x for x in (weight, get_keras_mask(pred)) if x is not None),
        )

    def _see(self, bound: Callable[[], Call], *which: Any) -> None:
        """Examine a call, of the loss or metric `which`."""
        if not self._building:
            self._observation.examine(lambda: self._examine(bound(), *which))

    def _examine(self, call: Call, *which: Any) -> None:
        if is_placeholder(call.pred):
            return
        self._observation.calls += not call.metric
        if self._observation.looks(call.name, call.place, *which):
            call.memory = self._memory.setdefault((call.name, call.place, *which), {})
            for found in examine(call):
                self._observation.add(found, call.place)

    def stop(self) -> None:
        self._patches.undo()


def _other_public_modules() -> Iterator[ModuleType]:
    """Where users find the functions too. Keras' own modules keep theirs: its loss objects hold and save them."""
    yield keras.metrics
    inside_tensorflow = sys.modules.get("keras._tf_keras.keras.losses")
    if inside_tensorflow is not None:
        yield inside_tensorflow


def _plain(function: Any) -> Any:
    """The function that is watched, or itself."""
    return inspect.unwrap(function) if callable(function) else None


def _array(given: Any) -> Any:
    """Lists of numbers are taken too."""
    return given if hasattr(given, "shape") else np.asarray(given)


def _four(owner: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tuple[Any, Any, Any, Any]:
    return owner, y_true, y_pred, sample_weight
