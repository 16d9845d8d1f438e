"""Watch a PyTorch program: its losses as long as it runs, all else on the first steps only."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812

from losskit.adapters.torch_loss import TorchLoss
from losskit.core.loss import Loss
from losskit.doctor.on_torch.accumulation import Accumulation
from losskit.doctor.on_torch.arithmetic import Arithmetic
from losskit.doctor.on_torch.backward import Backward
from losskit.doctor.on_torch.call import LOSSES, Call, bind, bind_own
from losskit.doctor.on_torch.checks import constants, registry
from losskit.doctor.on_torch.checks.domain import outside_the_domain
from losskit.doctor.on_torch.compilers import Compilers
from losskit.doctor.on_torch.parameters import Parameters
from losskit.doctor.on_torch.readable import are_readable
from losskit.doctor.on_torch.shift import Shift
from losskit.doctor.patches import Patches
from losskit.doctor.place import Place, users_place

if TYPE_CHECKING:
    from losskit.doctor.observe import Observation


def watch(observation: Observation) -> Callable[[], None]:
    """Watch until the function that this returns is called."""
    registry.load()
    shift = Shift(observation)
    accumulation = Accumulation(observation)
    losses = Losses(observation, [accumulation.see_call, shift.see_call])
    arithmetic = Arithmetic(observation, shift)
    parameters = Parameters(observation)
    on_last = [arithmetic.stop, parameters.modules.stop_calls]
    backward = Backward(observation, parameters, accumulation, shift, on_last)
    compilers = Compilers(arithmetic.stop, [losses.patches, parameters.modules.patches])

    def stop() -> None:
        for part in (compilers, backward, arithmetic, parameters, accumulation, losses):
            part.stop()

    return stop


def _only_compiled(original: Callable[..., Any]) -> Callable[..., Any]:
    """The module of one of losskit's losses calls the loss itself, where it is seen, and takes no way around it."""

    @functools.wraps(original)
    def natively(*args: Any) -> Any:
        return original(*args) if torch.compiler.is_compiling() else None

    return natively


class Losses:
    """The functional losses, which the modules call, and losskit's own. `others` look at each call too."""

    def __init__(self, observation: Observation, others: Sequence[Callable[[Call], None]]):
        self._observation = observation
        self._others = others
        self._memory: dict[tuple[str, Place], dict[str, Any]] = {}
        self.patches = Patches()
        self.patches.replace_everywhere(F, {name: functools.partial(self._watched, name) for name in LOSSES})
        self.patches.replace(TorchLoss, "_natively", _only_compiled)
        observation.own_loss_watchers.append(self._see_own)

    def _watched(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(original)

        def see(args: tuple[Any, ...], named: dict[str, Any], result: Any) -> None:
            self._observation.calls += 1
            place = users_place()
            if self._observation.looks(name, place):
                self._observation.examine(
                    lambda: self._examine(bind(name, signature, original, args, named, result, place))
                )

        watched = self._observation.wrap(original, see)

        @functools.wraps(original)
        def loss(*args: Any, **named: Any) -> Any:
            return original(*args, **named) if torch.compiler.is_compiling() else watched(*args, **named)

        return loss

    def _see_own(self, loss: Loss, args: tuple[Any, ...], named: dict[str, Any], result: Any, place: Place) -> None:
        if any(isinstance(x, torch.Tensor) for x in (*args, *named.values())):
            self._observation.examine(lambda: self._examine_own(loss, args, named, result, place))

    def _examine_own(self, loss: Loss, args: tuple[Any, ...], named: dict[str, Any], result: Any, place: Place) -> None:
        call = bind_own(loss, args, named, result, place)
        self._examine(call)
        if are_readable(call.tensors):
            for found in outside_the_domain(loss, call):
                self._observation.add(found, place)

    def _examine(self, call: Call) -> None:
        if not are_readable(call.tensors) or not call.pred.numel():
            return
        call.memory = self._memory.setdefault((call.name, call.place), {})
        if constants.is_cut_off(call):
            constants.mark(call)
        with torch.no_grad():
            for found in registry.examine(call):
                self._observation.add(found, call.place)
            for look in self._others:
                look(call)

    def stop(self) -> None:
        self.patches.undo()
        self._observation.own_loss_watchers.remove(self._see_own)
