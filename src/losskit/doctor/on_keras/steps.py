"""Steps that are compiled: their first batches are run through the model once more, outside of them.

Nothing of the training changes: Keras' variables are read and not written meanwhile, what other random numbers come
next stays as it was, and the batch is one that the step itself gets.
"""

from __future__ import annotations

import functools
import itertools
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import keras
from keras.src.models.model import Trainer

from losskit.doctor.on_keras.losses import Losses
from losskit.doctor.on_keras.randomness import kept_randomness
from losskit.doctor.patches import Patches

if TYPE_CHECKING:
    from losskit.doctor.observe import Observation

Step = Callable[..., Any]
State = list[tuple[Any, Any]]  # variables and their values

_ORIGINAL = "losskit_original"  # an attribute of a step that is watched


class Steps:
    """Wraps the step that `fit` and `train_on_batch` make of a model."""

    def __init__(self, observation: Observation, losses: Losses):
        self._observation = observation
        self._losses = losses
        self._models: weakref.WeakSet[Any] = weakref.WeakSet()
        self._copied: weakref.WeakSet[Any] = weakref.WeakSet()
        self._patches = Patches()
        self._patches.replace(Trainer, "make_train_function", self._making)
        self._patches.replace(Trainer, "_symbolic_build", losses.unwatched)
        if keras.backend.backend() == "tensorflow":
            from losskit.doctor.on_keras.taps import watch_batches

            watch_batches(self._patches)

    def _making(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def make_train_function(model: Any, *args: Any, **named: Any) -> Any:
            result = original(model, *args, **named)
            if not hasattr(model.train_function, _ORIGINAL) and _is_hidden(model):
                model.train_function = self._watched(weakref.ref(model), model.train_function)
                self._models.add(model)
            return result

        return make_train_function

    def _watched(self, reference: weakref.ref[Any], original: Step) -> Step:
        run: Step = getattr(self, f"_on_{keras.backend.backend()}")

        def train_function(*args: Any) -> Any:
            model = reference()
            if model is None or not self._observation.looks("step of a model", id(model)):
                return original(*args)
            return run(model, original, *args)

        setattr(train_function, _ORIGINAL, original)
        return train_function

    def _on_torch(self, model: Any, original: Step, batches: list[Any]) -> Any:
        self._look(model, batches[0], [(variable, variable.value) for variable in model.variables])
        return original(batches)

    def _on_jax(self, model: Any, original: Step, state: Any, batches: Iterator[Any]) -> Any:
        first = list(itertools.islice(batches, 1))
        variables = (model.trainable_variables, model.non_trainable_variables, (), model.metrics_variables)
        pairs = [pair for known, held in zip(variables, state, strict=True) for pair in zip(known, held, strict=False)]
        for batch in first:
            self._look(model, batch, pairs)
        return original(state, itertools.chain(first, batches))

    def _on_tensorflow(self, model: Any, original: Step, batches: Any) -> Any:
        """What a dataset gives is known only after the step. A first step may turn the variables into NaN.

        So those that are there before the first one are copied; else they are taken as they are afterwards.
        """
        from losskit.doctor.on_keras.taps import seen_batch

        before = self._copied_once(model)
        batch, batches = seen_batch(batches)
        result = original(batches)
        known = {id(variable) for variable, _ in before}
        fresh = [(variable, variable.value) for variable in model.variables if id(variable) not in known]
        if batch:
            self._look(model, batch[-1], [*before, *fresh])
        return result

    def _copied_once(self, model: Any) -> State:
        state: State = []
        if model not in self._copied:
            self._copied.add(model)
            self._observation.examine(lambda: state.extend((v, keras.ops.copy(v.value)) for v in model.variables))
        return state

    def _look(self, model: Any, batch: Any, state: State) -> None:
        self._observation.examine(lambda: look(model, batch, state))

    def stop(self) -> None:
        self._patches.undo()
        for model in self._models:
            original = getattr(model.train_function, _ORIGINAL, None)
            if original is not None:
                model.train_function = original


def look(model: Any, batch: Any, state: Iterable[tuple[Any, Any]]) -> None:
    """Call the model, its loss and metrics on a batch, with the variables' values in `state`, and leave no trace."""
    x, y, weight = keras.utils.unpack_x_y_sample_weight(batch)
    with kept_randomness(), keras.StatelessScope(state_mapping=list(state), collect_losses=True):
        y_pred = model(x, training=False) if model._call_has_training_arg else model(x)
        model._compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=weight, training=False)
        model.compute_metrics(x, y, y_pred, sample_weight=weight)


def _is_hidden(model: Any) -> bool:
    """Whether the losses of a model's step are called where values cannot be seen, and the step is Keras' own."""
    by_hand = type(model).train_step is not Trainer.train_step
    eager = model.run_eagerly if keras.backend.backend() == "tensorflow" else not model.jit_compile
    return not by_hand and not (eager and keras.backend.backend() != "jax")
