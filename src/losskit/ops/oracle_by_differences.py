"""The judge of losses that SymPy does not serve: over pairs, batches, boxes, pictures, or with more inputs than two.

The definition runs on mpmath numbers at 150 digits. Its derivatives are central differences with steps of 10⁻⁴⁰, which
leave 80 digits of a gradient and 70 of a Hessian, with every discrete decision kept as it is at the point itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import numpy as np

from losskit.ops.frozen import Decisions, FrozenWords

_DIGITS = 150
_STEPS = ("1e-40", "1e-42")  # the second looks again at what may be nothing but the error of the first
_NOTHING = "1e-30"
_PART = 1e-10  # step of the condition, which need not be exact


def _each(function: Callable[..., Any]) -> Callable[..., Any]:
    """A word that works on entries."""
    over_entries = np.frompyfunc(function, function.__code__.co_argcount, 1)
    return lambda self, *arrays: over_entries(*arrays)


def _exact(x: Any) -> Any:
    return mpmath.mpf(x) if isinstance(x, (int, float)) else x


def _ndtr(x: Any) -> Any:
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def _inverse_mills(x: Any) -> Any:
    return mpmath.npdf(x) / _ndtr(x)


class MpmathWords(FrozenWords):
    """The vocabulary on arrays of mpmath numbers, in textbook forms: digits are there to be lost."""

    name = "mpmath"

    exp = _each(lambda x: mpmath.exp(x))
    log = _each(lambda x: mpmath.log(x))
    log1p = _each(lambda x: mpmath.log1p(x))
    expm1 = _each(lambda x: mpmath.expm1(x))
    sqrt = _each(lambda x: mpmath.sqrt(x))
    pow = _each(lambda x, y: mpmath.power(x, y))
    tanh = _each(lambda x: mpmath.tanh(x))
    arctan = _each(lambda x: mpmath.atan(x))
    erf = _each(lambda x: mpmath.erf(x))
    sigmoid = _each(lambda x: 1 / (1 + mpmath.exp(-x)))
    softplus = _each(lambda x: max(x, mpmath.mpf(0)) + mpmath.log1p(mpmath.exp(-abs(x))))
    log_cosh = _each(lambda x: mpmath.log1p(2 * mpmath.sinh(x / 2) ** 2))
    log1pmx = _each(lambda x: mpmath.log1p(x) - x)
    root1p = _each(lambda x: x**2 / (1 + mpmath.sqrt(1 + x**2)))
    sine = _each(lambda x: x / mpmath.sqrt(1 + x**2))
    cosine = _each(lambda x: 1 / mpmath.sqrt(1 + x**2))
    log_factorial = _each(lambda x: mpmath.loggamma(1 + x))
    log_ndtr = _each(lambda x: mpmath.log(_ndtr(x)) if x < 0 else mpmath.log1p(-_ndtr(-x)))
    inverse_mills = _each(_inverse_mills)
    mills_excess = _each(lambda x: x + _inverse_mills(x))
    _sign = _each(lambda x: mpmath.sign(x))

    def numbers(self, x: Any) -> Any:
        x = np.asarray(x)
        if x.dtype.kind not in "biu":
            x = np.asarray(np.frompyfunc(_exact, 1, 1)(x), object)
        return super().numbers(x)

    def cast_like(self, x, like):
        return self.numbers(np.asarray(x, float))

    def constant(self, number, like):
        return self.numbers(np.asarray(number, float))

    def sign(self, x):  # type: ignore[override]
        return self.decisions.decide(self._sign(x))

    def _odds_against(self, x: Any) -> Any:
        """Σ_k≠j e^(x_k - x_j) for each entry j."""
        ratios = self.exp(x[..., None, :] - x[..., :, None])
        return self.sum(ratios * (1 - np.eye(x.shape[-1], dtype=int)))

    def softmax(self, x):
        return 1 / (1 + self._odds_against(x))

    def one_minus_softmax(self, x):
        odds = self._odds_against(x)
        return odds / (1 + odds)

    def log_softmax(self, x):
        return -self.log1p(self._odds_against(x))

    def logsumexp(self, x):
        return (x + self.log1p(self._odds_against(x)))[..., 0]


class OracleByDifferences:
    """`loss` to 50 digits: object arrays of mpmath numbers in the shapes that the loss itself gives.

    Derivatives come as a list, one for each input of the definition's `wrt`.
    """

    def __init__(self, loss: Any):
        self.loss = loss

    def value(self, *inputs: Any) -> np.ndarray:
        """`loss.each(*inputs)`."""
        with mpmath.workdps(_DIGITS):
            point = _Point(self.loss, inputs, MpmathWords)
            return point.value({}).reshape(point.batch)

    def gradient(self, *inputs: Any) -> list[np.ndarray]:
        """`loss.gradient(*inputs)`."""
        return self._differences(inputs, lambda up, here, down, h: (up - down) / (2 * h))

    def hessian(self, *inputs: Any) -> list[np.ndarray]:
        """`loss.hessian(*inputs)`, the diagonal, for losses of every kind."""
        return self._differences(inputs, lambda up, here, down, h: (up - 2 * here + down) / h**2)

    def _differences(self, inputs: tuple[Any, ...], quotient: Callable[..., Any]) -> list[np.ndarray]:
        with mpmath.workdps(_DIGITS):
            point = _Point(self.loss, inputs, MpmathWords)
            here = point.value({})

            def slopes(name: str, entry: int, length: str) -> np.ndarray:
                h = mpmath.mpf(length)
                up, down = (point.value({name: point.moved(name, entry, step)}) for step in (h, -h))
                return quotient(up, here, down, h)

            def settled(name: str, entry: int) -> np.ndarray:
                found = slopes(name, entry, _STEPS[0])
                if np.all(np.abs(found) > mpmath.mpf(_NOTHING)):
                    return found
                again = slopes(name, entry, _STEPS[1])
                return np.where(np.abs(found - again) > 0.01 * np.abs(found), mpmath.mpf(0), found)

            return [
                np.stack([settled(name, k) for k in range(point.entries(name))], -1).reshape(point.shapes[name])
                for name in self.loss.definition.wrt
            ]

    def condition(self, *inputs: Any, of: str = "value") -> Any:
        """Σ_i |x_i ∂f/∂x_i| over the entries of every input and parameter, for f = `of`; a list for a derivative.

        In float64 and from the graphs: it is the scale that errors are measured against, no more.
        """
        point = _Point(self.loss, inputs, FrozenWords)
        output, names = ("each", [""]) if of == "value" else (of, self.loss.definition.wrt)
        with np.errstate(all="ignore"):
            totals = [np.zeros(point.shape_of(item)) for item in names]
            point.run(output, {})
            for name in point.real:
                for k in range(point.entries(name)):
                    ends = (point.run(output, {name: point.moved(name, k, relative=h)}) for h in (_PART, -_PART))
                    for total, up, down in zip(totals, *ends, strict=True):
                        total += np.abs(np.asarray(up) - np.asarray(down)) / (2 * _PART)
        found = [np.nan_to_num(x).reshape(point.shapes[name]) for x, name in zip(totals, names, strict=True)]
        return found[0] if of == "value" else found


class _Point:
    """A loss at one point: evaluations with some of its inputs and parameters changed, all with the same decisions."""

    def __init__(self, loss: Any, inputs: tuple[Any, ...], words: type[FrozenWords]):
        self.loss, d = loss, loss.definition
        call = loss._prepare(tuple(map(np.asarray, inputs)), {}, None, None)
        self.soft, lead = call.soft, call.inputs[d.lead]
        self.batch = lead.shape[: lead.ndim - len(d.inputs[d.lead].axes)]
        self.shapes = {name: np.shape(x) for name, x in zip(d.inputs, inputs, strict=True)} | {"": self.batch}
        self.decisions = Decisions()
        self.ops = words(self.decisions)
        data = {k: v for k, v in loss.params.items() if not (d.params[k].static or v is None)}
        self.real = [*(k for k, x in call.inputs.items() if x.dtype.kind == "f"), *data]
        arrays = {k: x if self.batch else x[None] for k, x in call.inputs.items()}
        self.values = {k: self.ops.numbers(x) for k, x in (arrays | data).items()}
        self.static = {k: v for k, v in loss.params.items() if k not in data}

    def shape_of(self, name: str) -> tuple[int, ...]:
        """Of an input here, where a batch always has an axis, or of the losses of the items."""
        return self.values[name].shape if name else self.batch or (1,)

    def value(self, changed: Mapping[str, Any]) -> np.ndarray:
        """The definition itself."""
        inputs, params = self._named(changed)
        each = self.loss.definition.call(self.ops, inputs, params, self.soft)
        self.decisions.repeat()
        return np.broadcast_to(np.asarray(each, object), self.shape_of(""))

    def run(self, output: str, changed: Mapping[str, Any]) -> list[Any]:
        """A graph of the definition."""
        inputs, params = self._named(changed)
        program = self.loss._graphs[self.soft, "where" in inputs].program(output)
        found = program.run(self.ops, {**inputs, **params}, inputs[self.loss.definition.lead])
        self.decisions.repeat()
        return found

    def _named(self, changed: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        values = {**self.values, **changed}
        params = {k: values[k] if k in values else self.static[k] for k in self.loss.params}
        return {k: x for k, x in values.items() if k not in params}, params

    def entries(self, name: str) -> int:
        """How many numbers of that name each item has; those of a parameter are for all items."""
        return self._items(name).shape[1]

    def moved(self, name: str, entry: int, step: Any = 0, relative: float = 0.0) -> Any:
        """The array of that name with one entry of each item moved by a step, or by a part of itself."""
        items = self._items(name)
        items[:, entry] += step + relative * items[:, entry]
        return self.ops.numbers(items.reshape(self.values[name].shape))

    def _items(self, name: str) -> np.ndarray:
        count = math.prod(self.batch) if name in self.shapes else 1
        return np.array(self.values[name]).reshape(count, -1)
