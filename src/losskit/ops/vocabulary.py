"""What every evaluator shares: words that no library has, written once with words that all have."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable
from typing import Any

from losskit.ops import normal

_LOG_2 = 0.6931471805599453
ONE_MINUS_EULER = 0.42278433509846713
# (-1)^k (ζ(k) - 1)/k for k = 2, 3, ...: log Γ(1+x) + log1p(x) - (1 - γ) x, Abramowitz and Stegun 6.1.33
LOG_FACTORIAL = (
    0.3224670334241132,
    -0.0673523010531981,
    0.020580808427784546,
    -0.007385551028673986,
    0.0028905103307415234,
    -0.001192753911703261,
    0.0005096695247430425,
    -0.00022315475845357939,
    9.945751278180853e-05,
    -4.492623673813314e-05,
    2.050721277567069e-05,
    -9.439488275268397e-06,
    4.374866789907488e-06,
    -2.039215753801366e-06,
    9.55141213040742e-07,
    -4.492469198764566e-07,
    2.1207184805554665e-07,
)


class Vocabulary:
    """The words on the arrays of one library; subclasses bring the native functions.

    Beside the words stand a few helpers that core needs around a formula: `cast`, `constant`, `total` ...
    """

    name: str
    checks_values = False  # value checks cost a pass over the data and cannot run under a tracer

    def log1pmx(self, x: Any) -> Any:
        """log1p(x) - x. Near 0, with s = x/(2+x): log1p(x) = 2 atanh(s) and 2s - x = -s x: nothing cancels."""
        near = (x > -0.5) & (x < 0.7)
        inner = self.where(near, x, 0.0 * x)
        s = inner / (2.0 + inner)
        s2 = s * s
        tail = 1.0 / 35.0
        for k in range(33, 1, -2):
            tail = tail * s2 + 1.0 / k
        outer = self.where(near, 1.0 + 0.0 * x, x)
        return self.where(near, s * (2.0 * s2 * tail - inner), self.log1p(outer) - outer)

    def log_cosh(self, x: Any) -> Any:
        """log(cosh(x)): below 1 log1p(sinh²)/2, exact near 0; beyond |x| + log1p(e^(-2|x|)) - log 2."""
        size = self.abs(x)
        near = size < 1.0
        sinh = self.sinh(self.where(near, x, 0.0 * x))
        return self.where(near, 0.5 * self.log1p(sinh * sinh), size + self.log1p(self.exp(-2.0 * size)) - _LOG_2)

    def root1p(self, x: Any) -> Any:
        """√(1+x²) - 1 as x²/(1+√(1+x²)): exact near 0."""
        return x * (x / (1.0 + self.sqrt(1.0 + x * x)))

    def sine(self, x: Any) -> Any:
        return x / self.sqrt(1.0 + x * x)

    def cosine(self, x: Any) -> Any:
        return 1.0 / self.sqrt(1.0 + x * x)

    def log_factorial(self, x: Any) -> Any:
        """log Γ(1+x): a series below 1/4, where the 1 would swallow x."""
        near = self.abs(x) < 0.25
        inner = self.where(near, x, 0.0 * x)
        tail = 0.0 * inner
        for coefficient in reversed(LOG_FACTORIAL):
            tail = tail * inner + coefficient
        series = inner * (inner * tail + ONE_MINUS_EULER) - self.log1p(inner)
        return self.where(near, series, self.lgamma(1.0 + self.where(near, 1.0 + 0.0 * x, x)))

    def log_ndtr(self, x: Any) -> Any:
        below, t, odds = self._tail(x)
        low = -0.5 * (t * t) - self.log(normal.ROOT_TWO_PI * (t + normal.excess(t)))
        return self.where(below, low, -self.log1p(odds))

    def inverse_mills(self, x: Any) -> Any:
        below, t, odds = self._tail(x)
        hazard = t + normal.excess(t)
        return self.where(below, hazard, hazard * odds)

    def mills_excess(self, x: Any) -> Any:
        below, t, _ = self._tail(x)
        return self.where(below, normal.excess(t), x + self.inverse_mills(x))

    def _tail(self, x: Any) -> tuple[Any, Any, Any]:
        """Where x < 0; t = |x|, with slope 1 at 0; Φ(-t)/Φ(t)."""
        below = x < 0.0
        t = self.where(below, -x, x)
        above = self.exp(-0.5 * (t * t)) / (normal.ROOT_TWO_PI * (t + normal.excess(t)))
        return below, t, above / (1.0 - above)

    def one_minus_softmax(self, x: Any) -> Any:
        """1 - p, for the largest p as the sum of the others."""
        p = self.softmax(x)
        first = self.first(x)
        others = self.sum(self.where(first, 0.0 * p, p))
        return self.where(first, self.expand(others, p), 1.0 - p)

    def one_hot_minus_softmax(self, x: Any, ids: Any) -> Any:
        """-p_j, and 1 - p_j at the id as the sum of the others."""
        p = self.softmax(x)
        others = p - self.scatter(self.take(p, ids), ids, p)
        return self.scatter(self.sum(others), ids, p) - others

    def softmax_pullback(self, g: Any, x: Any) -> Any:
        """p_j Σ_k p_k (g_j - g_k), from what g is beyond its entry at the largest p: the others are few then."""
        p = self.softmax(x)
        beyond = g - self.expand(self.take(g, self.argmax(x)), g)
        return p * (beyond - self.expand(self.sum(p * beyond), g))

    def first(self, x: Any) -> Any:
        return self.hits(self.argmax(x), x)

    def hits(self, ids: Any, like: Any) -> Any:
        """Where along the last axis of `like` each row's id stands."""
        return self.positions(like) == ids[..., None]

    def take(self, values: Any, ids: Any) -> Any:
        return values[..., int(ids)] if isinstance(ids, (int, float)) else self.gather(values, ids)

    def scatter(self, rows: Any, ids: Any, like: Any) -> Any:
        if isinstance(ids, (int, float)):
            hit = self.positions(like) == int(ids) % self.lengths(like)[-1]
            return self.where(hit, self.expand(rows, like), 0)
        return self.where(self.hits(ids, like), rows[..., None], 0)

    def expand(self, rows: Any, like: Any) -> Any:
        lengths = self.lengths(like)
        if len(self.shape(rows)) >= len(lengths):
            lengths = (*self.lengths(rows), lengths[-1])
        return self.spread(rows[..., None], lengths)

    def broadcast(self, x: Any, like: Any) -> Any:
        return self.spread(x, self.lengths(like))

    def index(self, x: Any) -> Any:
        return self.broadcast(self.cast_like(self.positions(x), x), x)

    def shift(self, x: Any, k: Any) -> Any:
        source = self.positions(x) + int(k)
        return self.where((source >= 0) & (source < self.lengths(x)[-1]), self.roll(x, -int(k)), 0)

    def distances(self, a: Any, b: Any) -> Any:
        difference = a[..., :, None, :] - b[..., None, :, :]
        squared = self.sum(difference * difference)
        apart = squared > 0.0
        return self.where(apart, self.sqrt(self.where(apart, squared, 1.0)), 0.0)

    def hide(self, mask: Any, x: Any, interior: float) -> Any:
        """`x`, and `interior` for the items that the mask leaves out; the mask may lack trailing axes of x."""
        for _ in range(len(self.shape(x)) - len(self.shape(mask))):
            mask = mask[..., None]
        return self.where(mask, x, self.cast_like(interior, x))

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """What our own evaluation of values and derivatives runs under."""
        return contextlib.nullcontext()

    def lengths(self, x: Any) -> tuple[Any, ...]:
        """The lengths of the axes, as numbers or whatever the library computes shapes with."""
        return tuple(x.shape)

    def flatten(self, x: Any, first: int, last: int) -> Any:
        """`x` with its axes `first` to `last` merged into one."""
        lengths = self.lengths(x)
        first, last = range(len(lengths))[first], range(len(lengths))[last]
        return self.reshape(x, (*lengths[:first], math.prod(lengths[first : last + 1]), *lengths[last + 1 :]))

    def reshape_like(self, x: Any, like: Any) -> Any:
        return self.reshape(x, self.lengths(like))

    def count(self, x: Any) -> Any:
        """The number of entries, at least 1: a number where shapes are static."""
        number = 1
        for length in self.shape(x):
            if length is None:
                return self.total(self.fill(1.0, x))
            number *= length
        return float(max(number, 1))

    def mean(self, x: Any) -> Any:
        """The mean over all entries, 0 where there are none."""
        return self.total(x) / self.count(x)

    def weighted_total(self, each: Any, weight: Any, divide_by: Any) -> Any:
        return self.total(each * weight) / divide_by

    def at_least_1(self, count: Any) -> Any:
        return self.where(count > 1.0, count, self.constant(1.0, count))

    def of_class(self, numbers: Any, ids: Any, like: Any) -> Any:
        """For each id its one of `numbers`, which hold one for each class of `like`, or are one for all."""
        return self.take(self.fill(numbers, like), ids)

    def constants(self, numbers: tuple[float, ...], like: Any) -> Iterable[Any]:
        """`numbers` in whatever form arithmetic with arrays like `like` is quickest."""
        return numbers

    def seen_without(self, ids: Any, number: int) -> bool:
        """True if a look at `ids`, where looking is cheap, shows no entry equal to `number`."""
        return False

    def takes_kernels(self, x: Any, large: int) -> bool:
        """Whether compiled kernels may look at `x`, whose values are there to be read and which nothing traces.

        `large` is the number of entries from which on they pay where a call of them costs more than the library's own.
        """
        return False

    def kernel(self, module: str, name: str, like: Any) -> Callable[..., Any] | None:
        """A library's own way to the loss `name` of `module` on arrays like `like`, or None.

        It takes the parameters, pred, target and a reduction ("none" or "mean"), and gives the losses of the items or
        their mean, which autograd differentiates; or None for whatever it does not serve, arrays that do not fit
        included. It stands for calls without weight, mask and normalizer; the definition runs for all others.
        """
        return None

    def __getattr__(self, word: str) -> Any:
        raise AttributeError(f"the vocabulary has no word {word!r} on {type(self).__name__}")
