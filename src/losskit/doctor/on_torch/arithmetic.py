"""Operations on the first steps: where the singular ones stand, which sums hold a constant term, ids looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch.overrides import TorchFunctionMode

from losskit.doctor.on_torch.checks.constants import MARK
from losskit.doctor.on_torch.checks.pairs import note_pairs
from losskit.doctor.on_torch.notes import note_place
from losskit.doctor.on_torch.shift import Shift
from losskit.doctor.place import users_place

if TYPE_CHECKING:
    from losskit.doctor.observe import Observation

_PRODUCTS = frozenset({"mul", "div", "__mul__", "__rmul__", "__truediv__", "mean", "sum"})
_DIFFERENCES = frozenset({"sub", "__sub__", "__rsub__"})
_SUMS = _DIFFERENCES | {"add", "add_", "sub_", "__add__", "__radd__", "__iadd__"}
_NOTED = (
    _PRODUCTS
    | _DIFFERENCES
    | {"sqrt", "rsqrt", "pow", "__pow__", "log", "log2", "log10", "acos", "asin", "norm", "std"}
)


class Arithmetic(TorchFunctionMode):
    """Sees every operation of the thread that imported torch, until it is stopped."""

    def __init__(self, observation: Observation, shift: Shift):
        super().__init__()
        self._observation = observation
        self._shift = shift
        self._running = True
        self.__enter__()

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        if type(result) is torch.Tensor and (name in _NOTED or name in _SUMS):
            self._see(name, args, result)
        elif name == "embedding":
            self._shift.see_lookup((*args, *(kwargs or {}).values()))
        return result

    def _see(self, name: str, args: tuple[Any, ...], result: torch.Tensor) -> None:
        node: Any = result.grad_fn
        if node is not None and name in _NOTED:
            note_place(node, users_place())
        if node is not None and name in _DIFFERENCES:
            note_pairs(args, node)
        marks = [getattr(x, MARK) for x in args if hasattr(x, MARK)]
        if marks and not result.requires_grad:
            setattr(result, MARK, marks[0])
        elif name in _SUMS:
            for found, place in marks:
                self._observation.add(found, place)

    def stop(self) -> None:
        """Leave the stack of modes, wherever in it this one stands. While it handles a call it is not there."""
        if self._running:
            modes = _pop_all()
            self._running = self not in modes
            _push(mode for mode in modes if mode is not self)


def _pop_all() -> list[Any]:
    """All modes of this thread, the innermost last."""
    count = torch._C._len_torch_function_stack()
    return [torch._C._pop_torch_function_stack() for _ in range(count)][::-1]


def _push(modes: Iterable[Any]) -> None:
    for mode in modes:
        torch._C._push_on_torch_function_stack(mode)
