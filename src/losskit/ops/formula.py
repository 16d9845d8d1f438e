"""Graphs as formulas: LaTeX and plain text, printed from the graph that runs.

A prediction on the target's own scale is ŷ and a raw score z; the target is y, a class id y or soft labels q; r is
ŷ - y where nothing else of the two remains; other inputs keep their names. Rows over classes are indexed by k. SymPy
tidies the arithmetic. What has no formula in one line, such as a sum over pairs, raises NotSupported.
"""

# ruff: noqa: N802 - SymPy finds a printer's methods by the names of its classes
from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from losskit.errors import NotSupported, require
from losskit.ops.graph import Node, in_order, node

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


class NormalShare(sp.Function):
    """Φ, the distribution function of a normal variable."""

    nargs = 1


class NormalDensity(sp.Function):
    """φ, its derivative."""

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


def latex(graph: Node, definition: Any) -> str:
    """LaTeX of a graph of `definition`; raises MissingExtra without SymPy, NotSupported where it has no formula."""
    expression = _Reader(definition).read(graph)
    said = r", \quad r = \hat{y} - y" if expression.has(_RESIDUAL) else ""
    return _Latex({"mul_symbol": r"\,"}).doprint(expression) + said


def text(graph: Node, definition: Any) -> str:
    """The same formula for a terminal."""
    expression = _Reader(definition).read(graph)
    said = ",  r = ŷ - y" if expression.has(_RESIDUAL) else ""
    return _Text().doprint(expression).replace("**", "^") + said


class _Reader:
    """From nodes to SymPy: `facts` are the conditions known to hold or fail in the branch being read."""

    def __init__(self, definition: Any):
        self.definition = definition
        lead, target = definition.inputs[definition.lead], definition.inputs.get("target")
        self.own_scale = target is not None and lead.name == target.name
        self.with_residual = definition.kind == "pointwise"
        self.soft = False

    def read(self, graph: Node) -> sp.Expr:
        if self.definition.kind not in ("pointwise", "rowwise", "listwise") or len(in_order([graph])) > _LONGEST:
            raise self._has_none()
        named = any(x.args[1].word == "input" for x in in_order([graph]) if x.word in _AT_IDS)
        self.soft = self.definition.kind != "pointwise" and not named  # labels that name no class are weights of all
        index = sp.Symbol("k", integer=True) if self._is_row(graph) else None
        expression = self._whole(graph, index)
        if expression.has(_RESIDUAL) and expression.has(self._name("pred"), self._name("target")):
            self.with_residual = False
            expression = self._whole(graph, index)
        if len(_Latex({"mul_symbol": r"\,"}).doprint(expression)) > _UNREADABLE:
            raise self._has_none()
        return expression

    def _whole(self, graph: Node, k: Any) -> sp.Expr:
        cases = self._cases(graph, k, {})
        target = self._name("target")
        from_zero = "target" in self.definition.inputs and self.definition.inputs["target"].low == 0.0
        if len(cases) == 2 and from_zero and cases[0][1] == (target > 0):
            (above, _), (at_zero, _) = cases
            cases = cases[:1] if above.subs(target, 0) == at_zero.subs(target, 0) else cases
        apart = {sp.expand(sp.expand_log(value, force=True)) for value, _ in cases}
        if len(apart) > 1:
            return sp.Piecewise(*cases)
        return cases[0][0] if len(cases) == 1 else _shortest(apart.pop())

    def _cases(self, graph: Node, k: Any, facts: dict[Node, bool]) -> list[tuple[sp.Expr, Any]]:
        """What the graph says under each outcome of its conditions, outermost first; equal outcomes are one."""
        condition = _first(graph, facts)
        if condition is None:
            return [(self._tidy(self._read(graph, k, facts)), sp.true)]
        holds = self._read(condition, k if k is not None else self._only_place(graph, condition), facts)
        yes = [] if holds == sp.false else self._cases(graph, k, {**facts, condition: True})
        no = [] if holds == sp.true else self._cases(graph, k, {**facts, condition: False})
        if not yes or not no or yes == no:
            return yes or no
        both = [(value, _both(holds, other)) for value, other in yes]
        return [case for case in both if case[1] != sp.false] + no

    def _only_place(self, graph: Node, condition: Node) -> Any:
        """The entry of each row at which a number for the row reads the condition, if it is a condition on entries."""
        if not self._is_row(condition):
            return None
        nodes = in_order([graph])
        places = {self._place(x) for x in nodes if x.word == "take"}
        if len(places) != 1 or any(x.word == "sum" for x in nodes):
            raise self._has_none()
        return places.pop()

    def _tidy(self, x: sp.Expr) -> sp.Expr:
        if self.definition.kind != "pointwise":
            x = sp.Add(*(_at_its_hit(term) for term in sp.Add.make_args(sp.expand(x))))
        return _shortest(x)

    def _name(self, name: str) -> sp.Symbol:
        if name not in self.definition.inputs:
            return sp.Symbol(name, positive=True)
        soft = self.soft and self.definition.kind == "rowwise"
        short = {"pred": "ŷ" if self.own_scale else "z", "target": "q" if soft else "y"}
        return sp.Symbol(short.get(name, name), real=True)

    def _is_row(self, x: Node) -> bool:
        if x.word == "input":
            d = self.definition
            if x.value in d.inputs:
                return bool(d.inputs[x.value].axes) or (d.inputs[x.value].classes and self.soft)
            return x.value in d.params and d.params[x.value].per_class
        if x.word in ("sum", "logsumexp", "take", "size"):
            return False
        return x.word in ("scatter", "expand", "broadcast") or any(self._is_row(a) for a in x.args)

    def _read(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        if x.word == "constant":
            return _number(float(x.value or 0.0))
        if x.word == "input":
            return self._input(x, k)
        if x.word == "where":
            return self._where(x, k, facts)
        if x.word in _ALONG_AXIS:
            return getattr(self, f"_{x.word}")(x, k, facts)
        if x.word == "relu" and (above := node("less", 0.0, x.args[0])) in facts:
            return self._read(x.args[0], k, facts) if facts[above] else sp.S.Zero
        if x.word == "sub" and self.with_residual and {a.value for a in x.args} == {"pred", "target"}:
            return _RESIDUAL if x.args[0].value == "pred" else -_RESIDUAL
        if _is_guard(x):
            return sp.true
        if x.word not in _POINTWISE:
            raise self._has_none()
        return _POINTWISE[x.word](*(self._read(a, k, facts) for a in x.args))

    def _has_none(self) -> NotSupported:
        return NotSupported(f"{self.definition.name} has no formula in one line", "the docstring has the formula")

    def _input(self, x: Node, k: Any) -> Any:
        symbol = self._name(str(x.value))
        if not self._is_row(x) or k is None:
            return symbol
        return sp.IndexedBase(symbol.name, real=True)[k]

    def _where(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        condition, a, b = x.args
        return self._read(a if facts[condition] else b, k, facts)

    def _softmax(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        return Softmax(self._read(x.args[0], None, facts), k)

    def _one_minus_softmax(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        return 1 - self._softmax(x, k, facts)

    def _log_softmax(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        return sp.log(self._softmax(x, k, facts))

    def _one_hot_minus_softmax(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        return Hit(k, self._place(x)) - self._softmax(x, k, facts)

    def _place(self, x: Node) -> Any:
        """The id that `x` picks in each row."""
        ids = x.args[1]
        if ids.word == "constant":
            return sp.Integer(int(float(ids.value or 0.0)))
        if ids.word != "input":
            raise self._has_none()
        return self._name(str(ids.value))

    def _softmax_pullback(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        g, z = x.args
        j, scores = sp.Symbol("j", integer=True), self._read(z, None, facts)
        terms = sp.Add.make_args(sp.expand(self._read(g, j, facts) * Softmax(scores, j)))
        return Softmax(scores, k) * (self._read(g, k, facts) - sp.Add(*(_total(term, j) for term in terms)))

    def _logsumexp(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        j = sp.Symbol("j", integer=True)
        return sp.log(Total(sp.exp(self._read(x.args[0], j, facts)), j))

    def _sum(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        j = sp.Symbol("j", integer=True)
        terms = sp.Add.make_args(sp.expand(self._read(x.args[0], j, facts)))
        return sp.Add(*(_total(term, j) for term in terms))

    def _take(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        return self._read(x.args[0], self._place(x), facts)

    def _scatter(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        if k is None:
            raise self._has_none()
        return self._read(x.args[0], None, facts) * Hit(k, self._place(x))

    def _expand(self, x: Node, k: Any, facts: dict[Node, bool]) -> Any:
        if self._is_row(x.args[0]):  # a matrix over pairs
            raise self._has_none()
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


def _undecided(outputs: list[Node], facts: dict[Node, bool]) -> list[Node]:
    """The conditions on which the outputs depend and which `facts` does not settle, outermost first."""
    found: dict[Node, None] = {}
    seen: set[Node] = set()
    stack = outputs[::-1]
    while stack:
        x = stack.pop()
        if x in seen:
            continue
        seen.add(x)
        condition = x.args[0] if x.word == "where" else None
        if condition in facts:
            stack.append(x.args[1] if facts[condition] else x.args[2])
        else:
            if condition is not None and not _undecided([condition], facts):
                found[condition] = None
            stack.extend(x.args[::-1])
    return list(found)


def _first(graph: Node, facts: dict[Node, bool]) -> Node | None:
    """The condition to split on first: the one that leaves the fewest others open."""
    conditions = _undecided([graph], facts)
    guards = [condition for condition in conditions if _is_guard(condition)]

    def left(condition: Node) -> int:
        return sum(len(_undecided([graph], {**facts, condition: outcome})) for outcome in (True, False))

    return guards[0] if guards else min(conditions, key=left, default=None)


def _both(a: Any, b: Any) -> Any:
    holds = sp.And(a, b)
    return sp.simplify(holds) if len(holds.free_symbols) == 1 else holds


def _is_guard(x: Node) -> bool:
    """Is it a comparison that fails where a quotient would be 0/0 and nowhere else?"""
    return x.word == "less" and x.args[0].value == 0.0 and _never_negative(x.args[1])


def _never_negative(x: Node) -> bool:
    return x.word in ("abs", "one_minus_softmax") or (x.word == "add" and all(map(_never_negative, x.args)))


def _at_its_hit(term: sp.Expr) -> sp.Expr:
    """A term that counts only where k = y, with its other k's written y."""
    hits = [f for f in sp.Mul.make_args(term) if isinstance(f, Hit)]
    return hits[0] * (term / hits[0]).subs(*hits[0].args) if hits else term


_KNOWN = [sp.S.One, sp.log(2), sp.pi, sp.pi**2, sp.sqrt(2), sp.sqrt(sp.pi), sp.sqrt(2 * sp.pi)]
_LONG = 120  # operations, beyond which trying ways to write it takes too long
_UNREADABLE = 1000  # characters of LaTeX
_LONGEST = 80  # nodes of a graph, past which SymPy takes minutes


def _number(value: float) -> sp.Expr:
    """A number as people write it: a short fraction, or one times a constant such as π; else its digits.

    A fraction with a long denominator would be a power of that degree to what simplifies exponentials.
    """
    for form in (*_KNOWN, *(1 / known for known in _KNOWN[1:])):
        short = Fraction(value / float(form)).limit_denominator(10_000)
        if abs(float(short) * float(form) - value) <= 4e-16 * abs(value):
            return sp.Rational(short) * form
    return sp.Float(value, 6)


def _shortest(x: sp.Expr) -> sp.Expr:
    """The shortest of a few ways to write x."""
    if sp.count_ops(x) > _LONG:
        return x
    plain = sp.Add(*(sp.cancel(a) * b for a, b in (t.as_independent(sp.Function) for t in sp.Add.make_args(x))))
    ways = [x, plain, sp.factor_terms(x), sp.together(x), sp.cancel(x), sp.factor(x)]
    ways = [w.subs(sp.Abs(_RESIDUAL) * sp.sign(_RESIDUAL), _RESIDUAL) for w in ways]
    return min(ways, key=_length)


def _length(x: sp.Expr) -> tuple[int, int]:
    return sum(part.is_Symbol for part in sp.preorder_traversal(x)), sp.count_ops(x)


def _sides(x: sp.Expr) -> tuple[sp.Expr, str, sp.Expr]:
    """A comparison with data on the left and without terms to subtract: |r| > δ for δ - |r| < 0."""
    a, b, sign = x.lhs, x.rhs, x.rel_op
    if b == 0 and isinstance(a, sp.Add):
        taken = [t for t in a.args if t.could_extract_minus_sign()]
        a, b = sp.Add(*(t for t in a.args if t not in taken)), -sp.Add(*taken)
    if not _is_data(a) and _is_data(b):
        a, b, sign = b, a, sign.translate(str.maketrans("<>", "><"))
    return a, sign, b


def _is_data(x: sp.Expr) -> bool:
    return any(s.name in ("r", "ŷ", "z", "y") for s in x.free_symbols)


_AT_IDS = ("take", "scatter", "one_hot_minus_softmax")

_ALONG_AXIS = (
    "softmax",
    "one_minus_softmax",
    "log_softmax",
    "one_hot_minus_softmax",
    "softmax_pullback",
    "logsumexp",
    "sum",
    "take",
    "scatter",
    "expand",
    "broadcast",
    "size",
)

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
    "log1p": lambda a: sp.log(min(1 + a, sp.cancel(1 + a), key=_length)),
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
    "arctan": sp.atan,
    "erf": sp.erf,
    "log_ndtr": lambda a: sp.log(NormalShare(a)),
    "inverse_mills": lambda a: NormalDensity(a) / NormalShare(a),
    "mills_excess": lambda a: a + NormalDensity(a) / NormalShare(a),
    "stop_gradient": lambda a: a,
}


class _PlusFirst:
    """Sums begin with a term that is added, where there is one."""

    def _as_ordered_terms(self, x, order=None):
        terms = super()._as_ordered_terms(x, order)  # type: ignore[misc] # of the printer it stands before
        return sorted(terms, key=lambda term: term.could_extract_minus_sign())


class _Latex(_PlusFirst, LatexPrinter):
    def _print_Relational(self, x):
        a, sign, b = _sides(x)
        shown = {"<=": r"\leq", ">=": r"\geq"}.get(sign, sign)
        return f"{self._print(a)} {shown} {self._print(b)}"

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

    def _print_NormalShare(self, x, exp=None):
        return self._named(r"\Phi", x.args[0], exp)

    def _print_NormalDensity(self, x, exp=None):
        return self._named(r"\varphi", x.args[0], exp)

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


class _Text(_PlusFirst, StrPrinter):
    def _print_Relational(self, x):
        a, sign, b = _sides(x)
        return f"{self._print(a)} {sign} {self._print(b)}"

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

    def _print_NormalShare(self, x):
        return f"Φ({self._print(x.args[0])})"

    def _print_NormalDensity(self, x):
        return f"φ({self._print(x.args[0])})"

    def _print_Relu(self, x):
        return f"max(0, {self._print(x.args[0])})"

    def _print_Softmax(self, x):
        return f"softmax({self._print(x.args[0])})[{self._print(x.args[1])}]"

    def _print_Hit(self, x):
        return f"[{self._print(x.args[0])} = {self._print(x.args[1])}]"

    def _print_Total(self, x):
        return f"sum_{self._print(x.args[1])}({self._print(x.args[0])})"
