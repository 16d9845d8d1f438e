"""Which module holds a parameter, and where the modules that are losses are called."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.nn.modules.loss import _Loss
from torch.nn.modules.module import register_module_parameter_registration_hook

from losskit.adapters.torch_loss import TorchLoss
from losskit.doctor.patches import Patches
from losskit.doctor.place import Place, users_place


class Modules:
    """The parameters of all modules, and of those among them that are losses, with the place of the last call if any.

    A hook on every call would make torch.compile warn: only the `forward` of users' classes that hold parameters
    themselves is watched, until `stop_calls`.
    """

    def __init__(self) -> None:
        self.owned: set[int] = set()
        self.of_losses: dict[int, tuple[str, Place | None]] = {}
        self._classes: set[type] = set()
        self.patches = Patches()
        self._hook = register_module_parameter_registration_hook(self._see_parameter)
        for module in _alive():
            for name, parameter in module.named_parameters(recurse=False):
                self._see_parameter(module, name, parameter)

    def _see_parameter(self, module: torch.nn.Module, name: str, parameter: torch.Tensor) -> None:
        self.owned.add(id(parameter))
        kind = type(module)
        if is_called_loss(module):
            self.of_losses[id(parameter)] = kind.__name__, None
        if kind not in self._classes and not kind.__module__.startswith("torch."):
            self._classes.add(kind)
            self.patches.replace(kind, "forward", self._watched)

    def _watched(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def forward(module: torch.nn.Module, *args: Any, **named: Any) -> Any:
            output = original(module, *args, **named)
            if not torch.compiler.is_compiling() and is_loss(module, [*args, *named.values()], output):
                place = users_place()
                for parameter in module.parameters(recurse=False):
                    self.of_losses[id(parameter)] = type(module).__name__, place
            return output

        return forward

    def stop_calls(self) -> None:
        self.patches.undo()

    def stop(self) -> None:
        self.stop_calls()
        self._hook.remove()


def _alive() -> Iterator[torch.nn.Module]:
    """The modules that were made before."""
    return (x for x in gc.get_objects() if issubclass(type(x), torch.nn.Module))


def is_loss(module: torch.nn.Module, given: list[Any], output: Any) -> bool:
    """A module called a loss; or one that compares two tensors, with parameters of its own and none in parts of it.

    That gives a number, or it makes scores of embeddings and labels, as margin heads do.
    """
    if is_called_loss(module):
        return True
    tensors = [x for x in given if isinstance(x, torch.Tensor)]
    if len(tensors) < 2 or any(True for child in module.children() for _ in child.parameters()):
        return False
    if not isinstance(output, torch.Tensor) or output.ndim == 0:
        return isinstance(output, torch.Tensor)
    labels = [x for x in tensors if x.ndim == 1 and not x.is_floating_point() and len(x) == len(output)]
    return output.ndim == 2 and bool(labels)


def is_called_loss(module: torch.nn.Module) -> bool:
    name = type(module).__name__
    return isinstance(module, (_Loss, TorchLoss)) or "Loss" in name or "Criterion" in name
