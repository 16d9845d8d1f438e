"""Graphs as formulas: LaTeX and plain text, printed from the graph that runs.

A prediction on the target's own scale is ŷ and a raw score z; the target is y, a class id y or soft labels q; r is
ŷ - y where nothing else of the two remains. Rows over classes are indexed by k. SymPy tidies the arithmetic.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from losskit.errors import require
from losskit.ops.graph import Node

if TYPE_CHECKING:
    import sympy as sp
    from sympy.printing.latex import LatexPrinter
    from sympy.printing.str import StrPrinter
else:
    sp = require("sympy", "formulas")
    LatexPrinter = require("sympy.printing.latex", "formulas").LatexPrinter
    StrPrinter = require("sympy.printing.str", "formulas").StrPrinter

_RESIDUAL = sp.Symbol("r", real=True)
_COUNT = sp.Symbol("K", integer=True, positive=True)


class Softplus(sp.Function):
    nargs = 1


class Sigmoid(sp.Function):
    nargs = 1


class Relu(sp.Function):
    nargs = 1


class Softmax(sp.Function):
    """Softmax(z, k): the share of class k."""

    nargs = 2


class Hit(sp.Function):
    """Hit(k, y): 1 where the two indices are one, else 0."""

    nargs = 2


class Total(sp.Function):
    """Total(e, j): the sum of e over the classes j."""

    nargs = 2


def latex(node: Node, definition: Any) -> str:
    """LaTeX of a graph of `definition`; raises MissingExtra without SymPy."""
    expression = _Reader(definition).read(node)
    said = r", \quad r = \hat{y} - y" if expression.has(_RESIDUAL) else ""
    return _Latex({"mul_symbol": r"\,"}).doprint(expression) + said


def text(node: Node, definition: Any) -> str:
    """The same formula for a terminal."""
    expression = _Reader(definition).read(node)
    said = ",  r = ŷ - y" if expression.has(_RESIDUAL) else ""
    return _Text().doprint(expression).replace("**", "^") + said


class _Reader:
    """From nodes to SymPy: `facts` are the conditions known to hold or fail in the branch being read."""

    def __init__(self, definition: Any):
        self.definition = definition
        lead, *others = definition.inputs.values()
        self.own_scale = others and lead.name == others[0].name
        self.with_residual = definition.kind == "pointwise"

    def read(self, node: Node) -> sp.Expr:
        index = sp.Symbol("k", integer=True) if self._is_row(node) else None
        expression = self._tidy(self._read(node, index, {}))
        if expression.has(_RESIDUAL) and expression.has(self._name("pred"), self._name("target")):
            self.with_residual = False
            expression = self._tidy(self._read(node, index, {}))
        return expression

    def _tidy(self, x: sp.Expr) -> sp.Expr:
        if self.definition.kind == "rowwise":
            return sp.expand(x)
        x = sp.piecewise_fold(x) if x.has(sp.Piecewise) else x
        if isinstance(x, sp.Piecewise):
            return x.func(*((sp.factor_terms(value), holds) for value, holds in x.args))
        return sp.factor_terms(x)

    def _name(self, name: str) -> sp.Symbol:
        if name == self.definition.lead:
            return sp.Symbol("ŷ" if self.own_scale else "z", real=True)
        if name in self.definition.inputs:
            return sp.Symbol("y", real=True)
        return sp.Symbol(name, positive=True)

    def _is_row(self, x: Node) -> bool:
        if x.word == "input":
            d = self.definition
            return x.value == d.lead and d.kind == "rowwise" or x.value in d.params and d.params[x.value].per_class
        if x.word in ("sum", "logsumexp", "take", "size"):
            return False
        return x.word in ("scatter", "expand", "broadcast") or any(self._is_row(a) for a in x.args)

    def _read(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        if x.word == "constant":
            return sp.Rational(Fraction(repr(x.value)))
        if x.word == "input":
            return self._input(x, k)
        if x.word == "where":
            return self._where(x, k, facts)
        if x.word in _ALONG_AXIS:
            return getattr(self, f"_{x.word}")(x, k, facts)
        if x.word == "sub" and self.with_residual and {a.value for a in x.args} == {"pred", "target"}:
            return _RESIDUAL if x.args[0].value == "pred" else -_RESIDUAL
        if x.word == "less" and x.args[0].value == 0.0 and x.args[1].word in ("one_minus_softmax", "softmax", "exp"):
            return sp.true
        return _POINTWISE[x.word](*(self._read(a, k, facts) for a in x.args))

    def _input(self, x: Node, k: Any) -> Any:
        symbol = self._name(str(x.value))
        if not self._is_row(x) or k is None:
            return symbol
        return sp.IndexedBase(symbol.name, real=True)[k]

    def _where(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        condition, a, b = x.args
        if condition in facts:
            return self._read(a if facts[condition] else b, k, facts)
        holds = self._read(condition, k, facts)
        if holds in (sp.true, sp.false):
            return self._read(a if holds else b, k, {**facts, condition: bool(holds)})
        yes = self._read(a, k, {**facts, condition: True})
        no = self._read(b, k, {**facts, condition: False})
        return sp.Piecewise((yes, holds), (no, True))

    def _softmax(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        return Softmax(self._read(x.args[0], None, facts), k)

    def _one_minus_softmax(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        return 1 - self._softmax(x, k, facts)

    def _log_softmax(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        return sp.log(self._softmax(x, k, facts))

    def _logsumexp(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        j = sp.Symbol("j", integer=True)
        return sp.log(Total(sp.exp(self._read(x.args[0], j, facts)), j))

    def _sum(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        j = sp.Symbol("j", integer=True)
        terms = sp.Add.make_args(sp.expand(self._read(x.args[0], j, facts)))
        return sp.Add(*(_total(term, j) for term in terms))

    def _take(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        return self._read(x.args[0], self._name("target"), facts)

    def _scatter(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        return self._read(x.args[0], None, facts) * Hit(k, self._name("target"))

    def _expand(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        return self._read(x.args[0], None, facts)

    def _broadcast(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        return self._read(x.args[0], k, facts)

    def _size(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        return _COUNT


def _total(term: sp.Expr, j: sp.Symbol) -> sp.Expr:
    """Σ_j of one product: what does not depend on j goes in front, and a Hit picks its one class."""
    hits = [f for f in sp.Mul.make_args(term) if isinstance(f, Hit)]
    if hits:
        return (term / hits[0]).subs(j, hits[0].args[1])
    front, rest = term.as_independent(j, as_Add=False)
    return front * (_COUNT if rest == 1 else Total(rest, j))


_ALONG_AXIS = ("softmax", "one_minus_softmax", "log_softmax", "logsumexp", "sum", "take", "scatter", "expand")
_ALONG_AXIS += ("broadcast", "size")

_POINTWISE = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "less": sp.Lt,
    "less_equal": sp.Le,
    "both": sp.And,
    "exp": sp.exp,
    "log": sp.log,
    "log1p": lambda a: sp.log(1 + a),
    "expm1": lambda a: sp.exp(a) - 1,
    "sqrt": sp.sqrt,
    "pow": sp.Pow,
    "abs": sp.Abs,
    "sign": sp.sign,
    "relu": Relu,
    "sigmoid": Sigmoid,
    "softplus": Softplus,
    "tanh": sp.tanh,
    "log_cosh": lambda a: sp.log(sp.cosh(a)),
    "log1pmx": lambda a: sp.log(1 + a) - a,
    "root1p": lambda a: sp.sqrt(1 + a**2) - 1,
    "sine": lambda a: a / sp.sqrt(1 + a**2),
    "cosine": lambda a: 1 / sp.sqrt(1 + a**2),
    "log_factorial": lambda a: sp.loggamma(1 + a),
    "stop_gradient": lambda a: a,
}


class _Latex(LatexPrinter):
    def _named(self, name: str, x: sp.Expr, exponent: str | None) -> str:
        power = f"^{{{exponent}}}" if exponent else ""
        return rf"{name}{power}\left({self._print(x)}\right)"

    def _print_Symbol(self, x, **_):
        if x.name == "ŷ":
            return r"\hat{y}"
        plain = x.name.replace("_", r"\_")
        return rf"\mathrm{{{plain}}}" if len(plain) > 1 and x.name not in _GREEK else super()._print_Symbol(x)

    def _print_Softplus(self, x, exp=None):
        return self._named(r"\operatorname{softplus}", x.args[0], exp)

    def _print_Sigmoid(self, x, exp=None):
        return self._named(r"\sigma", x.args[0], exp)

    def _print_Relu(self, x, exp=None):
        power = f"^{{{exp}}}" if exp else ""
        return rf"\max\left(0, {self._print(x.args[0])}\right){power}"

    def _print_Softmax(self, x, exp=None):
        z, k = map(self._print, x.args)
        power = f"^{{{exp}}}" if exp else ""
        return rf"\operatorname{{softmax}}\left({z}\right)_{{{k}}}{power}"

    def _print_Hit(self, x, exp=None):
        k, y = map(self._print, x.args)
        return rf"\mathbb{{1}}_{{{k} = {y}}}"

    def _print_Total(self, x, exp=None):
        inner = rf"\sum_{{{self._print(x.args[1])}}} {self._print(x.args[0])}"
        return rf"\left({inner}\right)^{{{exp}}}" if exp else inner


_GREEK = ("alpha", "beta", "gamma", "delta", "epsilon")


class _Text(StrPrinter):
    def _print_Piecewise(self, x):
        *cases, (last, _) = x.args
        shown = [f"{self._print(value)} if {self._print(holds)} else " for value, holds in cases]
        return "".join(shown) + self._print(last)

    def _print_Abs(self, x):
        return f"|{self._print(x.args[0])}|"

    def _print_Softplus(self, x):
        return f"softplus({self._print(x.args[0])})"

    def _print_Sigmoid(self, x):
        return f"sigmoid({self._print(x.args[0])})"

    def _print_Relu(self, x):
        return f"max(0, {self._print(x.args[0])})"

    def _print_Softmax(self, x):
        return f"softmax({self._print(x.args[0])})[{self._print(x.args[1])}]"

    def _print_Hit(self, x):
        return f"[{self._print(x.args[0])} = {self._print(x.args[1])}]"

    def _print_Total(self, x):
        return f"sum_{self._print(x.args[1])}({self._print(x.args[0])})"
