"""Reverse mode as a transformation of graphs: a graph in, the graph of its gradient out."""

from __future__ import annotations

from collections.abc import Sequence

from losskit.ops import rules, symbols
from losskit.ops.graph import Node, constant, in_order, is_constant


def differentiate(output: Node, wrt: Node) -> Node:
    """The graph of d(sum of `output`)/d`wrt`, written in the same vocabulary."""
    return differentiate_all(output, [wrt])[0]


def differentiate_all(output: Node, wrts: Sequence[Node]) -> list[Node]:
    """The graphs of d(sum of `output`)/d`wrt` for each of several inputs, in one pass."""
    order = in_order([output])
    depends = set(wrts)
    for x in order:
        if any(a in depends for a in x.args):
            depends.add(x)
    gradients: dict[Node, Node] = {output: constant(1.0)}
    for x in reversed(order):
        if x in depends and x in gradients and x not in wrts:
            _push(x, gradients, depends)
    return [gradients.get(wrt, constant(0.0)) for wrt in wrts]


def every_slope(output: Node) -> dict[Node, Node]:
    """Every step on the way to `output`, and the graph of d(sum of `output`)/d(step)."""
    order = in_order([output])
    steps = set(order)
    slopes: dict[Node, Node] = {output: constant(1.0)}
    for x in reversed(order):
        if x in slopes and x.args and x.word not in rules.WITHOUT_RULE:
            _push(x, slopes, steps)
    return slopes


def _push(x: Node, gradients: dict[Node, Node], depends: set[Node]) -> None:
    if is_constant(gradients[x], 0.0):
        return
    if x.word in rules.WITHOUT_RULE:
        raise NotImplementedError(f"{x.word} has no derivative rule: use it on targets and parameters only")
    for argument, rule in zip(x.args, rules.RULES[x.word], strict=True):
        if rule is not None and argument in depends:
            part = rule(symbols, gradients[x], x, *x.args)
            gradients[argument] = gradients[argument] + part if argument in gradients else part
