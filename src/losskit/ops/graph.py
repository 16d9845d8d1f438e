"""The graph a definition leaves behind when it runs on symbols.

A node is a word and its arguments. Equal nodes are one object, so shared subexpressions are shared for free
and nodes compare by identity. A few rewrites keep derivative graphs short and, where a branch is dropped,
finite: `where(c, a, 0) * x` becomes `where(c, a * x, 0)`, so that an overflow of x in the branch not taken
never meets the zero.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Iterable

from losskit.errors import InvalidType

_interned: weakref.WeakValueDictionary[tuple, Node] = weakref.WeakValueDictionary()


class Node:
    """One word applied to nodes; `value` holds a constant's number or an input's name."""

    __slots__ = ("__weakref__", "args", "value", "word")

    word: str
    args: tuple[Node, ...]
    value: float | str | None

    def __repr__(self) -> str:
        if self.word in ("constant", "input"):
            return str(self.value)
        return f"{self.word}({', '.join(map(repr, self.args))})"

    def __add__(self, other):
        return node("add", self, other)

    def __radd__(self, other):
        return node("add", other, self)

    def __sub__(self, other):
        return node("sub", self, other)

    def __rsub__(self, other):
        return node("sub", other, self)

    def __mul__(self, other):
        return node("mul", self, other)

    def __rmul__(self, other):
        return node("mul", other, self)

    def __truediv__(self, other):
        return node("div", self, other)

    def __rtruediv__(self, other):
        return node("div", other, self)

    def __neg__(self):
        return node("neg", self)

    def __lt__(self, other):
        return node("less", self, other)

    def __gt__(self, other):
        return node("less", other, self)

    def __le__(self, other):
        return node("less_equal", self, other)

    def __ge__(self, other):
        return node("less_equal", other, self)

    def __and__(self, other):
        return node("both", self, other)

    def __bool__(self):
        raise InvalidType("a definition may not branch on an array", "use ops.where, or a static parameter")


def constant(value: float) -> Node:
    return _intern("constant", (), float(value))


def input_node(name: str) -> Node:
    return _intern("input", (), name)


def node(word: str, *args: Node | float) -> Node:
    """The node for `word` on `args`; numbers become constants and trivial arithmetic is done at once."""
    nodes = tuple(a if isinstance(a, Node) else constant(a) for a in args)
    rewritten = _rewrite(word, nodes)
    return _intern(word, nodes) if rewritten is None else rewritten


def _intern(word: str, args: tuple[Node, ...], value: float | str | None = None) -> Node:
    sign = math.copysign(1.0, value) if isinstance(value, float) else None  # 0.0 and -0.0 are two constants
    key = (word, tuple(map(id, args)), value, sign)
    found = _interned.get(key)
    if found is None:
        found = object.__new__(Node)
        found.word, found.args, found.value = word, args, value
        _interned[key] = found
    return found


def is_constant(x: Node, value: float) -> bool:
    return x.word == "constant" and x.value == value


_FOLD: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "neg": lambda a: -a,
}


def _rewrite(word: str, args: tuple[Node, ...]) -> Node | None:
    if word in _FOLD and all(a.word == "constant" for a in args):
        return constant(_FOLD[word](*(a.value for a in args)))
    if word == "add":
        return _rewrite_add(*args)
    if word == "sub":
        return _rewrite_sub(*args)
    if word == "mul":
        return _rewrite_mul(*args)
    if word == "div" and is_constant(args[1], 1):
        return args[0]
    if word == "neg":
        return _rewrite_neg(*args)
    if word == "where" and args[1] is args[2]:
        return args[1]
    return None


def _rewrite_add(a: Node, b: Node) -> Node | None:
    if is_constant(a, 0):
        return b
    if is_constant(b, 0):
        return a
    if a is b:
        return 2.0 * a
    if b.word == "neg":
        return a - b.args[0]
    if a.word == b.word == "where" and a.args[0] is b.args[0]:
        c, (_, a1, a2), (_, b1, b2) = a.args[0], a.args, b.args
        if (is_constant(a2, 0) and is_constant(b1, 0)) or (is_constant(a1, 0) and is_constant(b2, 0)):
            return node("where", c, a1 + b1, a2 + b2)
    return None


def _rewrite_sub(a: Node, b: Node) -> Node | None:
    if is_constant(b, 0):
        return a
    if is_constant(a, 0):
        return -b
    if b.word == "neg":
        return a + b.args[0]
    return None


def _rewrite_mul(a: Node, b: Node) -> Node | None:
    for x, y in ((a, b), (b, a)):
        if is_constant(x, 0):
            return x
        if is_constant(x, 1):
            return y
        if is_constant(x, -1):
            return -y
        if x.word == "neg":
            return -(x.args[0] * y)
        if x.word == "scatter":  # zero elsewhere: only the named entry of y counts
            rows, ids, like = x.args
            named = y if y.word == "constant" else node("take", node("broadcast", y, like), ids)
            return node("scatter", named * rows, ids, like)
        if x.word == "where" and (is_constant(x.args[1], 0) or is_constant(x.args[2], 0)):
            return node("where", x.args[0], x.args[1] * y, x.args[2] * y)
        if x.word == "constant" and y.word == "mul" and y.args[0].word == "constant":
            return (x * y.args[0]) * y.args[1]
    if b.word == "constant":
        return node("mul", b, a)
    return None


def _rewrite_neg(a: Node) -> Node | None:
    if a.word == "neg":
        return a.args[0]
    if a.word == "scatter":
        return node("scatter", -a.args[0], *a.args[1:])
    if a.word == "sub":
        return a.args[1] - a.args[0]
    if a.word == "mul" and a.args[0].word == "constant":
        return (-a.args[0]) * a.args[1]
    return None


def in_order(outputs: Iterable[Node]) -> list[Node]:
    """Every node the outputs need, each after its arguments."""
    order: list[Node] = []
    seen: set[Node] = set()
    stack = [(x, False) for x in reversed(list(outputs))]
    while stack:
        x, ready = stack.pop()
        if ready:
            order.append(x)
        elif x not in seen:
            seen.add(x)
            stack.append((x, True))
            stack.extend((a, False) for a in reversed(x.args))
    return order
