"""What every evaluator shares: words that no library has, written once with words that all have."""

from __future__ import annotations

import contextlib
from typing import Any

_LOG_2 = 0.6931471805599453


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

    def expand(self, rows: Any, like: Any) -> Any:
        return self.broadcast(rows[..., None], like)

    def both(self, a: Any, b: Any) -> Any:
        return a & b

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """What our own evaluation of values and derivatives runs under."""
        return contextlib.nullcontext()

    def __getattr__(self, word: str) -> Any:
        raise AttributeError(f"the vocabulary has no word {word!r} on {type(self).__name__}")
