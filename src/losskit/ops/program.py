"""Run a graph on the arrays of one library."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from losskit.ops.graph import Node, in_order

_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "less": operator.lt,
    "less_equal": operator.le,
    "both": operator.and_,
}


# For these arguments a bare number would not do.
_TYPED = {"where": (1, 2), "expand": (0,), "scatter": (0,), "broadcast": (0,)}

# Here the second argument may be a number, and must stay one.
_PLAIN = ("pow", "take", "scatter", "shift", "one_hot_minus_softmax")


class Program:
    """Graph outputs in an order of execution; every intermediate array is dropped after its last use."""

    def __init__(self, outputs: Sequence[Node]):
        order = in_order(outputs)
        slot = {x: i for i, x in enumerate(order)}
        self.outputs = [slot[x] for x in outputs]
        self.inputs = [(slot[x], str(x.value)) for x in order if x.word == "input"]
        self.constants = [(slot[x], float(x.value or 0.0)) for x in order if x.word == "constant"]
        self.size = len(order)
        # what must stay a number: outputs, to be filled by the caller, exponents, for which libraries have powers, and
        # places along an axis
        self.plain = {*self.outputs, *(slot[x.args[1]] for x in order if x.word in _PLAIN)}
        last = {slot[a]: i for i, x in enumerate(order) for a in x.args}
        self.steps = []
        for i, x in enumerate(order):
            if x.args:
                args = tuple(slot[a] for a in x.args)
                free = tuple({a for a in args if last[a] == i and a not in self.outputs})
                self.steps.append((i, x.word, _ARITHMETIC.get(x.word), args, free, _TYPED.get(x.word, ())))

    def run(self, ops: Any, inputs: Mapping[str, Any], like: Any) -> list[Any]:
        """The outputs on arrays; numbers take the dtype of `like`, and constant outputs stay numbers."""
        values = self._start(ops, inputs, like)
        for i, word, function, args, free, typed in self.steps:
            arrays = [values[a] for a in args]
            for k in typed:
                if isinstance(arrays[k], float):
                    arrays[k] = ops.constant(arrays[k], like)
            values[i] = function(*arrays) if function else getattr(ops, word)(*arrays)
            for a in free:
                values[a] = None
        return [values[i] for i in self.outputs]

    def _start(self, ops: Any, inputs: Mapping[str, Any], like: Any) -> list[Any]:
        """The inputs and constants in their slots, numbers in the form in which the library is quickest with them."""
        values: list[Any] = [None] * self.size
        for i, name in self.inputs:
            values[i] = inputs[name]
        numbers = {i: values[i] for i, _ in self.inputs if isinstance(values[i], float) and i not in self.plain}
        for i, number in self.constants:
            if i in self.plain:
                values[i] = number
            else:
                numbers[i] = number
        for i, x in zip(numbers, ops.constants(tuple(numbers.values()), like), strict=True):
            values[i] = x
        return values
