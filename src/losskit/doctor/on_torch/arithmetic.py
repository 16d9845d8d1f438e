"""Operations on the first steps: where the singular ones stand, and which sums hold a constant term."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from losskit.doctor.on_torch.checks.constants import MARK
from losskit.doctor.patches import Patches
from losskit.doctor.place import Place, users_place

if TYPE_CHECKING:
    from losskit.doctor.observe import Observation

_SINGULAR = ("sqrt", "rsqrt", "pow", "log", "log2", "log10", "div", "acos", "asin", "reciprocal", "norm", "std")
_SINGULAR_METHODS = (*_SINGULAR, "mul", "__pow__", "__truediv__", "__mul__", "__rmul__")
_SUMS = ("__add__", "__radd__", "__iadd__", "__sub__", "__rsub__")
_PRODUCTS = ("__mul__", "__rmul__", "__truediv__", "mean", "sum")
_NOTE = "losskit"  # a key of a node's metadata


def noted_place(node: Any) -> Place | None:
    """Where the operation of an autograd node was called, if it is one of those that are noted."""
    return node.metadata.get(_NOTE)


class Arithmetic:
    """Replaces the operations until it is stopped."""

    def __init__(self, observation: Observation):
        self._observation = observation
        self._patches = Patches()
        for owner, names in ((torch, _SINGULAR), (torch.Tensor, _SINGULAR_METHODS)):
            for name in names:
                self._patches.replace(owner, name, functools.partial(_then, self._note))
        for name in _SUMS:
            self._patches.replace(torch.Tensor, name, functools.partial(_then, self._see_sum))
        for name in _PRODUCTS:
            self._patches.replace(torch.Tensor, name, functools.partial(_then, self._see_product))

    def _note(self, args: tuple[Any, ...], result: torch.Tensor) -> None:
        if result.grad_fn is not None:
            result.grad_fn.metadata.setdefault(_NOTE, users_place())

    def _see_sum(self, args: tuple[Any, ...], result: torch.Tensor) -> None:
        marks = _marks(args)
        if marks and result.requires_grad:
            for found, place in marks:
                self._observation.add(found, place)
        elif marks:
            setattr(result, MARK, marks[0])

    def _see_product(self, args: tuple[Any, ...], result: torch.Tensor) -> None:
        marks = _marks(args)
        if marks and not result.requires_grad:
            setattr(result, MARK, marks[0])

    def stop(self) -> None:
        self._patches.undo()


def _marks(args: tuple[Any, ...]) -> list[Any]:
    return [getattr(x, MARK) for x in args if hasattr(x, MARK)]


def _then(see: Callable[[tuple[Any, ...], torch.Tensor], None], original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def operation(*args: Any, **named: Any) -> Any:
        result = original(*args, **named)
        if not torch.compiler.is_compiling() and type(result) is torch.Tensor:
            see(args, result)
        return result

    return operation
