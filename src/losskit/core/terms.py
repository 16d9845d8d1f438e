"""A weighted sum of losses is a loss; its terms stay readable one by one."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from losskit.errors import InvalidType
from losskit.ops.dispatch import words_of


class Combinable:
    """`+` and `*` for losses."""

    def _terms(self) -> tuple[tuple[float, Any], ...]:
        return ((1.0, self),)

    def __add__(self, other: Any) -> WeightedSum:
        if not isinstance(other, Combinable):
            return NotImplemented
        return WeightedSum((*self._terms(), *other._terms()))

    def __mul__(self, factor: Any) -> WeightedSum:
        if not isinstance(factor, numbers.Real):
            raise InvalidType(f"a loss can be multiplied by a number, got {type(factor).__name__}", "0.5 * lk.huber()")
        return WeightedSum(tuple((float(factor) * c, loss) for c, loss in self._terms()))

    __rmul__ = __mul__


class WeightedSum(Combinable):
    """Σ cᵢ·lossᵢ, with the interface of a loss; `terms` names each part."""

    def __init__(self, parts: tuple[tuple[float, Any], ...]):
        self.parts = parts

    @property
    def terms(self) -> Mapping[str, tuple[float, Any]]:
        """Name of each term -> (its factor, its loss); a repeated name is numbered."""
        named: dict[str, tuple[float, Any]] = {}
        for factor, loss in self.parts:
            name, count = loss.name, 2
            while name in named:
                name, count = f"{loss.name}_{count}", count + 1
            named[name] = (factor, loss)
        return named

    @property
    def name(self) -> str:
        return " + ".join(loss.name for _, loss in self.parts)

    def _terms(self) -> tuple[tuple[float, Any], ...]:
        return self.parts

    def _sum(self, evaluate: Callable[[Any], Any]) -> Any:
        return _added([_times(evaluate(loss), factor) for factor, loss in self.parts])

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        return self._sum(lambda loss: loss(*inputs, **options))

    def each(self, *inputs: Any, **options: Any) -> Any:
        return self._sum(lambda loss: loss.each(*inputs, **options))

    def sum(self, *inputs: Any, **options: Any) -> Any:
        return self._sum(lambda loss: loss.sum(*inputs, **options))

    def gradient(self, *inputs: Any, **options: Any) -> Any:
        return self._sum(lambda loss: loss.gradient(*inputs, **options))

    def hessian(self, *inputs: Any, **options: Any) -> Any:
        return self._sum(lambda loss: loss.hessian(*inputs, **options))

    def curvature(self, *inputs: Any, **options: Any) -> Any:
        return self._sum(lambda loss: loss.curvature(*inputs, **options))

    def gradient_and_curvature(self, *inputs: Any, **options: Any) -> tuple[Any, Any]:
        return self._sum(lambda loss: loss.gradient_and_curvature(*inputs, **options))

    def value_and_gradient(self, *inputs: Any, out: Any = None, **options: Any) -> tuple[Any, Any]:
        pairs = [(factor, loss.value_and_gradient(*inputs, **options)) for factor, loss in self.parts]
        value = _added([factor * value for factor, (value, _) in pairs])
        gradient = _added([_times(gradient, factor) for factor, (_, gradient) in pairs])
        return value, gradient if out is None else _written(gradient, out)

    @property
    def formula(self) -> str:
        return " + ".join(f"{factor:g}\\left({loss.formula}\\right)" for factor, loss in self.parts)

    @property
    def gradient_formula(self) -> str:
        return " + ".join(f"{factor:g}\\left({loss.gradient_formula}\\right)" for factor, loss in self.parts)

    def to_dict(self) -> dict[str, Any]:
        return {"sum": [{"factor": factor, **loss.to_dict()} for factor, loss in self.parts]}

    def __repr__(self) -> str:
        return " + ".join(repr(loss) if factor == 1.0 else f"{factor:g} * {loss!r}" for factor, loss in self.parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WeightedSum) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(self.parts)


def _times(result: Any, factor: float) -> Any:
    """A result, or a tuple of them, times a number."""
    return tuple(_times(x, factor) for x in result) if isinstance(result, tuple) else factor * result


def _added(results: Sequence[Any]) -> Any:
    if isinstance(results[0], tuple):
        return tuple(map(_added, zip(*results, strict=True)))
    total = results[0]
    for value in results[1:]:
        total = total + value
    return total


def _written(gradient: Any, out: Any) -> Any:
    if isinstance(gradient, tuple):
        return tuple(map(_written, gradient, out))
    return words_of(gradient).write(gradient, out)
