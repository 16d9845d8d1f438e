"""Print a graph as straight-line scalar Python: one assignment a node, so that what is shared is computed once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from losskit.errors import NotSupported
from losskit.ops.graph import Node, in_order
from losskit.ops.symbols import POINTWISE

_OPERATORS: Mapping[str, str] = {
    "add": "{} + {}",
    "sub": "{} - {}",
    "mul": "{} * {}",
    "div": "{} / {}",
    "neg": "-{}",
    "less": "{} < {}",
    "less_equal": "{} <= {}",
    "both": "{} & {}",
    "where": "{1} if {0} else {2}",
}


class Lines(NamedTuple):
    """The body of a scalar function: its assignments, the names they end in, and what they use from outside."""

    assignments: list[str]
    results: list[str]
    constants: dict[str, float]
    functions: set[str]


def lines(outputs: Sequence[Node], inputs: Mapping[str, str]) -> Lines:
    """`outputs` as assignments to v0, v1, ...; constants are c0, c1, ..., `inputs` says what each input is called.

    Raises NotSupported for words along an axis, which a single number has not.
    """
    names: dict[Node, str] = {}
    body = Lines([], [], {}, set())
    for x in in_order(outputs):
        if x.word == "input":
            names[x] = inputs[str(x.value)]
        elif x.word == "constant":
            names[x] = f"c{len(body.constants)}"
            body.constants[names[x]] = float(x.value or 0.0)
        elif x.word == "stop_gradient":
            names[x] = names[x.args[0]]
        else:
            names[x] = f"v{len(body.assignments)}"
            body.assignments.append(f"{names[x]} = {_right_side(x, [names[a] for a in x.args], body.functions)}")
    body.results.extend(names[x] for x in outputs)
    return body


def _right_side(x: Node, args: list[str], functions: set[str]) -> str:
    if x.word in _OPERATORS:
        return _OPERATORS[x.word].format(*args)
    if x.word not in POINTWISE:
        raise NotSupported(f"{x.word} is no function of single numbers", "the plain path serves it")
    functions.add(x.word)
    return f"{x.word}({', '.join(args)})"


def literal(number: float) -> str:
    """A number as Python reads it back, infinities included."""
    return repr(number) if math.isfinite(number) else f"float('{number!r}')"
