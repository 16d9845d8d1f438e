"""The judge of the tests: values and derivatives of a definition to 50 digits, derived without the rule table.

The definition runs on SymPy symbols; SymPy differentiates it and mpmath evaluates it. Words built on exponentials
are functions of their own here, each with its textbook derivative in a form that keeps its digits at a score of
-10,000, where e^x has an exponent far beyond floating point but not beyond mpmath.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from losskit.errors import NotSupported
from losskit.ops import symbols
from losskit.ops.graph import in_order
from losskit.ops.oracle_by_differences import OracleByDifferences

_BRANCHES = 8  # each doubles what SymPy carries along
_DIGITS = 80  # 50 are promised; the rest pays for cancellations such as log1p(x) - x at x = 1e-8


class Softplus(sp.Function):
    def fdiff(self, argindex=1):
        return Sigmoid(self.args[0])


class Sigmoid(sp.Function):
    def fdiff(self, argindex=1):
        return Sigmoid(self.args[0]) * Sigmoid(-self.args[0])


class Log1p(sp.Function):
    def fdiff(self, argindex=1):
        return 1 / (1 + self.args[0])


class Expm1(sp.Function):
    def fdiff(self, argindex=1):
        return sp.exp(self.args[0])


class LogCosh(sp.Function):
    def fdiff(self, argindex=1):
        return Tanh(self.args[0])


class Tanh(sp.Function):
    def fdiff(self, argindex=1):
        return Sech(self.args[0]) ** 2


class Sech(sp.Function):
    def fdiff(self, argindex=1):
        return -Sech(self.args[0]) * Tanh(self.args[0])


class Size(sp.Function):
    """|x|, with slope 0 at 0."""

    def fdiff(self, argindex=1):
        return Sign(self.args[0])


class Sign(sp.Function):
    def fdiff(self, argindex=1):
        return sp.S.Zero


class Stop(sp.Function):
    def fdiff(self, argindex=1):
        return sp.S.Zero


class LogGamma(sp.Function):
    def fdiff(self, argindex=1):
        return sp.polygamma(0, self.args[0])


class LogSumExp(sp.Function):
    def fdiff(self, argindex=1):
        return Share(argindex - 1, *self.args)


class Share(sp.Function):
    """Share(j, z_0, ..., z_K) = e^(z_j) / Σ e^(z_k)."""

    def fdiff(self, argindex=2):
        j, i, z = int(self.args[0]), argindex - 2, self.args[1:]
        return self * _others(j, z) if i == j else -self * Share(i, *z)


class LogShare(sp.Function):
    """log Share(j, z_0, ..., z_K)."""

    def fdiff(self, argindex=2):
        j, i, z = int(self.args[0]), argindex - 2, self.args[1:]
        return _others(j, z) if i == j else -Share(i, *z)


def _others(j: int, z: Sequence[sp.Expr]) -> sp.Expr:
    return sp.Add(*(Share(k, *z) for k in range(len(z)) if k != j))


def _softplus(x):
    return max(x, mpmath.mpf(0)) + mpmath.log1p(mpmath.exp(-abs(x)))


def _log_share(j, *z):
    j = int(j)
    return -mpmath.log1p(mpmath.fsum(mpmath.exp(v - z[j]) for k, v in enumerate(z) if k != j))


def _log_cosh(x):
    return mpmath.log1p(2 * mpmath.sinh(x / 2) ** 2)


_NUMERIC: dict[str, Callable[..., Any]] = {
    "Add": lambda *xs: mpmath.fsum(xs),
    "Mul": lambda *xs: mpmath.fprod(xs),
    "Pow": lambda a, b: mpmath.power(a, b),
    "exp": mpmath.exp,
    "log": mpmath.log,
    "Softplus": _softplus,
    "Sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "Log1p": mpmath.log1p,
    "Expm1": mpmath.expm1,
    "LogCosh": _log_cosh,
    "Tanh": mpmath.tanh,
    "Sech": mpmath.sech,
    "Size": abs,
    "Sign": mpmath.sign,
    "Stop": lambda x: x,
    "LogGamma": mpmath.loggamma,
    "polygamma": mpmath.polygamma,
    "LogSumExp": lambda *z: z[0] - _log_share(0, *z),
    "Share": lambda j, *z: mpmath.exp(_log_share(j, *z)),
    "LogShare": _log_share,
    "StrictLessThan": operator.lt,
    "LessThan": operator.le,
    "StrictGreaterThan": operator.gt,
    "GreaterThan": operator.ge,
    "And": lambda *xs: all(xs),
    "Or": lambda *xs: any(xs),
    "Not": operator.not_,
    "ITE": lambda holds, a, b: a if holds else b,
    "Equality": operator.eq,
    "Unequality": operator.ne,
}


def number(x: Any) -> sp.Expr:
    """A float as the rational number it is."""
    return x if isinstance(x, sp.Basic) else sp.Rational(Fraction(x))


def evaluate(expression: sp.Basic, memo: dict[sp.Basic, Any]) -> Any:
    """`expression` as an mpmath number; `memo` holds the symbols' values and keeps shared parts."""
    found = memo.get(expression)
    if found is None:
        found = memo[expression] = _evaluate(expression, memo)
    return found


def _evaluate(x: sp.Basic, memo: dict[sp.Basic, Any]) -> Any:
    if x.is_Rational:
        return mpmath.mpf(x.p) / x.q
    if x in (sp.true, sp.false):
        return bool(x)
    if isinstance(x, sp.Piecewise):  # the branch not taken is never evaluated
        return next(evaluate(value, memo) for value, holds in x.args if evaluate(holds, memo))
    return _NUMERIC[type(x).__name__](*(evaluate(a, memo) for a in x.args))


class Entries:
    """What a definition works on here: one expression, or a row of them over the class axis."""

    def __init__(self, *entries: Any, row: bool = False):
        self.entries = tuple(number(e) for e in entries)
        self.row = row

    def map(self, function: Callable[..., Any], *others: Any) -> Entries:
        parts = [self, *(o if isinstance(o, Entries) else Entries(o) for o in others)]
        row = any(p.row for p in parts)
        length = max(len(p.entries) for p in parts)
        columns = [p.entries if p.row else p.entries * length for p in parts]
        return Entries(*(function(*each) for each in zip(*columns, strict=True)), row=row)

    def __neg__(self):
        return self.map(operator.neg)

    def __add__(self, other):
        return self.map(operator.add, other)

    def __sub__(self, other):
        return self.map(operator.sub, other)

    def __mul__(self, other):
        return self.map(operator.mul, other)

    def __truediv__(self, other):
        return self.map(operator.truediv, other)

    def __rsub__(self, other):
        return (-self) + other

    def __rtruediv__(self, other):
        return self.map(lambda a, b: b / a, other)

    __radd__ = __add__
    __rmul__ = __mul__

    def __lt__(self, other):
        return self.map(sp.Lt, other)

    def __le__(self, other):
        return self.map(sp.Le, other)

    def __gt__(self, other):
        return self.map(sp.Gt, other)

    def __ge__(self, other):
        return self.map(sp.Ge, other)

    def __and__(self, other):
        return self.map(sp.And, other)


def _word(function: Callable[..., Any]) -> Callable[..., Entries]:
    def apply(self, x, *others):
        return (x if isinstance(x, Entries) else Entries(x)).map(function, *others)

    return apply


class SymPyWords:
    """The vocabulary on SymPy expressions."""

    name = "sympy"

    exp = _word(sp.exp)
    log = _word(sp.log)
    log1p = _word(Log1p)
    expm1 = _word(Expm1)
    sqrt = _word(sp.sqrt)
    pow = _word(sp.Pow)
    abs = _word(Size)
    sign = _word(Sign)
    relu = _word(lambda x: sp.Piecewise((x, x > 0), (0, True)))
    sigmoid = _word(Sigmoid)
    softplus = _word(Softplus)
    tanh = _word(Tanh)
    log_cosh = _word(LogCosh)
    log1pmx = _word(lambda x: Log1p(x) - x)
    root1p = _word(lambda x: x**2 / (1 + sp.sqrt(1 + x**2)))
    sine = _word(lambda x: x / sp.sqrt(1 + x**2))
    cosine = _word(lambda x: 1 / sp.sqrt(1 + x**2))
    log_factorial = _word(lambda x: LogGamma(1 + x))
    where = _word(lambda holds, a, b: sp.Piecewise((a, holds), (b, True)))
    stop_gradient = _word(Stop)

    def sum(self, x):
        return Entries(sp.Add(*x.entries))

    def logsumexp(self, x):
        return Entries(LogSumExp(*x.entries))

    def softmax(self, x):
        return Entries(*(Share(j, *x.entries) for j in range(len(x.entries))), row=True)

    def one_minus_softmax(self, x):
        return Entries(*(_others(j, x.entries) for j in range(len(x.entries))), row=True)

    def log_softmax(self, x):
        return Entries(*(LogShare(j, *x.entries) for j in range(len(x.entries))), row=True)

    def one_hot_minus_softmax(self, x, ids):
        return self.scatter(Entries(sp.S.One), ids, x) - self.softmax(x)

    def take(self, values, ids):
        return Entries(values.entries[ids])

    def scatter(self, rows, ids, like):
        return Entries(*(rows.entries[0] if k == ids else 0 for k in range(len(like.entries))), row=True)

    def expand(self, rows, like):
        return self.broadcast(rows, like)

    def broadcast(self, values, like):
        return like.map(lambda _, v: v, values)

    def size(self, x):
        return len(x.entries)


class Expressions:
    """The symbolic loss for one kind of target, and its derivatives in pred, each differentiated once."""

    def __init__(self, loss: Any, classes: int, label: int | None):
        d = loss.definition
        self.row = d.kind != "pointwise"
        self.symbols: dict[str, Entries] = {}
        inputs: dict[str, Any] = {}
        for name, domain in d.inputs.items():
            if domain.classes and label is not None:
                inputs[name] = label
            else:
                inputs[name] = self._symbol(name, classes if self.row else None)
        self.pred = inputs[d.lead].entries
        self.known: dict[sp.Symbol, float] = {}
        params = {k: v if d.params[k].static else self._parameter(k, v) for k, v in loss.params.items()}
        self.value = d.call(SymPyWords(), inputs, params, soft=label is None).entries[0]

    def _symbol(self, name: str, classes: int | None) -> Entries:
        names = [name] if classes is None else [f"{name}_{k}" for k in range(classes)]
        self.symbols[name] = entries = Entries(*(sp.Symbol(n, real=True) for n in names), row=classes is not None)
        return entries

    def _parameter(self, name: str, value: Any) -> Any:
        """Zeros and nothing at all stay as they are, for a definition may branch on them."""
        if isinstance(value, (bool, int, str)) or value is None or (np.ndim(value) == 0 and value == 0.0):
            return value
        entries = self._symbol(name, len(value) if np.ndim(value) else None)
        self.known |= dict(zip(entries.entries, np.ravel(value).tolist(), strict=True))
        return entries

    @functools.cached_property
    def gradient(self) -> list[sp.Expr]:
        return [sp.diff(self.value, z) for z in self.pred]

    @functools.cached_property
    def hessian(self) -> list[sp.Expr]:
        return [sp.diff(g, z) for g, z in zip(self.gradient, self.pred, strict=True)]

    @functools.cache  # noqa: B019 - lives as long as the oracle that holds it
    def sensitivity(self, quantity: str) -> list[list[tuple[sp.Symbol, sp.Expr]]]:
        """For each output of `quantity` its derivatives in every entry of every input and parameter."""
        inputs = [x for entries in self.symbols.values() for x in entries.entries]
        return [[(x, sp.diff(output, x)) for x in inputs] for output in self.outputs(quantity)]

    @functools.cache  # noqa: B019
    def sensitivity_to(self, word: str, quantity: str) -> list[list[tuple[sp.Expr, sp.Expr]]]:
        """For each output of `quantity` its derivatives in every place where `word` stands."""
        return [
            [(place, _slope_in(output, place)) for place in sorted(output.atoms(_PLACES[word]), key=str)]
            for output in self.outputs(quantity)
        ]

    def outputs(self, quantity: str) -> list[sp.Expr]:
        return [self.value] if quantity == "value" else getattr(self, quantity)


_PLACES = {"log1p": Log1p, "softmax": Share, "log_softmax": LogShare, "log_factorial": LogGamma}


def _slope_in(output: sp.Expr, place: sp.Expr) -> sp.Expr:
    stand_in = sp.Dummy(real=True)
    return sp.diff(output.xreplace({place: stand_in}), stand_in).xreplace({stand_in: place})


class Oracle:
    """`loss` to 50 digits: NumPy object arrays of mpmath numbers, in the shapes that the loss itself gives."""

    def __init__(self, loss: Any):
        self.loss = loss
        self._expressions: dict[Any, Expressions] = {}
        self._memos: dict[Any, dict[sp.Basic, Any]] = {}

    def value(self, pred: Any, target: Any) -> np.ndarray:
        """`loss.each(pred, target)`."""
        return self._outputs("value", pred, target)

    def gradient(self, pred: Any, target: Any) -> np.ndarray:
        """`loss.gradient(pred, target)`."""
        return self._outputs("gradient", pred, target)

    def hessian(self, pred: Any, target: Any) -> np.ndarray:
        """`loss.hessian(pred, target)`."""
        return self._outputs("hessian", pred, target)

    def _outputs(self, quantity: str, pred: Any, target: Any) -> np.ndarray:
        return self._each_item(pred, target, lambda e, memo: [evaluate(x, memo) for x in e.outputs(quantity)])

    def condition(self, pred: Any, target: Any, of: str = "value") -> np.ndarray:
        """Σ_i |x_i ∂f/∂x_i| over inputs and parameters: what a relative rounding of each does to f, the `of` named."""

        def total(e: Expressions, memo: dict[sp.Basic, Any]) -> list[Any]:
            return [
                mpmath.fsum(abs(memo[x] * evaluate(slope, memo)) for x, slope in row if memo[x] != 0)
                for row in e.sensitivity(of)
            ]

        return self._each_item(pred, target, total)

    def propagated(
        self, pred: Any, target: Any, of: str, word: str, relative: float = 0.0, absolute: float = 0.0
    ) -> np.ndarray:
        """Σ |∂f/∂w|·(relative·|w| + absolute) over the places w where `word` stands: what its own error does to f."""

        def total(e: Expressions, memo: dict[sp.Basic, Any]) -> list[Any]:
            return [
                mpmath.fsum(abs(evaluate(s, memo)) * (relative * abs(evaluate(w, memo)) + absolute) for w, s in row)
                for row in e.sensitivity_to(word, of)
            ]

        return self._each_item(pred, target, total)

    def _each_item(self, pred: Any, target: Any, compute: Callable[..., list[Any]]) -> np.ndarray:
        pred, target = np.asarray(pred), np.asarray(target)
        rowwise = self.loss.kind != "pointwise"
        classes = pred.shape[-1] if rowwise else 1
        preds = pred.reshape(-1, classes)
        targets = target.reshape(len(preds), -1)
        found = []
        with mpmath.workdps(_DIGITS):
            for z, y in zip(preds, targets, strict=True):
                found.append(compute(*self._at(z, y, rowwise and target.ndim < pred.ndim)))
        wide = rowwise and len(found[0]) > 1
        out = np.array(found, dtype=object)
        return out.reshape(pred.shape) if wide or not rowwise else out.reshape(pred.shape[:-1])

    def _at(self, z: np.ndarray, y: np.ndarray, labelled: bool) -> tuple[Expressions, dict[sp.Basic, Any]]:
        label = int(y[0]) if labelled else None
        kind = (len(z), label)
        if kind not in self._expressions:
            self._expressions[kind] = Expressions(self.loss, len(z), label)
        e = self._expressions[kind]
        point = (kind, tuple(z.tolist()), tuple(y.tolist()))
        if point not in self._memos:
            arrays = dict(zip(self.loss.definition.inputs, (z, y), strict=True))
            values = dict(e.known)
            for name in self.loss.definition.inputs.keys() & e.symbols.keys():
                values |= dict(zip(e.symbols[name].entries, arrays[name].tolist(), strict=True))
            self._memos[point] = {symbol: mpmath.mpf(float(v)) for symbol, v in values.items()}
        return e, self._memos[point]


def oracle(loss: Any) -> Oracle:
    """The oracle of one loss, kept; raises NotSupported for a loss that only `judge` serves."""
    if not serves(loss):
        raise NotSupported(f"{loss.name} is not for SymPy: its inputs, axes or words", "use judge(loss)")
    return _kept(loss.definition, loss)


def judge(loss: Any) -> Oracle | OracleByDifferences:
    """SymPy's oracle where it serves, else the one by differences, whose derivatives come as a list."""
    return oracle(loss) if serves(loss) else OracleByDifferences(loss)


def serves(loss: Any) -> bool:
    """Entries or rows of pred and target, differentiated in pred, in words known here and branches that are few?"""
    d = loss.definition
    if d.wrt != ("pred",) or [*d.inputs] != ["pred", "target"] or d.kind not in ("pointwise", "rowwise", "listwise"):
        return False
    labels = (False, True) if d.class_input else (False,)
    nodes = in_order([loss.graphs(soft).each for soft in labels])
    if any(x.word in ("take", "scatter") and x.args[1].word != "input" for x in nodes):
        return False
    words = [x.word for x in nodes if x.word not in ("constant", "input", *symbols.ARITHMETIC)]
    return words.count("where") <= _BRANCHES and all(hasattr(SymPyWords, word) for word in words)


@functools.lru_cache(maxsize=256)
def _kept(definition: Any, loss: Any) -> Oracle:
    """By definition too: losses of one name compare equal after their definition was written anew."""
    return Oracle(loss)
