"""The vocabulary with every discrete decision taken once: nearby points then run through the same smooth pieces.

Differences between such evaluations are derivatives of the pieces, with slope 0 where a kink is declared to have it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.ops.on_numpy import NumpyWords


class Decisions:
    """What is discrete in an evaluation, in the order in which it is asked for: found once, repeated afterwards."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self._next: int | None = None

    def repeat(self) -> None:
        """From here on another evaluation begins, which decides as the first one did."""
        self._next = 0

    def decide(self, found: Any) -> Any:
        if self._next is None:
            self.taken.append(found)
            return found
        self._next += 1
        return self.taken[self._next - 1]


class Numbers(np.ndarray):
    """An array whose comparisons are decisions."""

    decisions: Decisions

    def __array_finalize__(self, origin: Any) -> None:
        if isinstance(origin, Numbers):
            self.decisions = origin.decisions

    def _compared(self, outcome: Any) -> Any:
        return self.decisions.decide(np.asarray(outcome, bool))

    def __lt__(self, other):
        return self._compared(np.asarray(self) < np.asarray(other))

    def __le__(self, other):
        return self._compared(np.asarray(self) <= np.asarray(other))

    def __gt__(self, other):
        return self._compared(np.asarray(self) > np.asarray(other))

    def __ge__(self, other):
        return self._compared(np.asarray(self) >= np.asarray(other))


class FrozenWords(NumpyWords):
    """NumPy's words on `Numbers`. Arrays need an axis before those of an item: NumPy makes scalars of arrays with none.

    Ids and masks are plain arrays: they are the same at every point.
    """

    def __init__(self, decisions: Decisions):
        self.decisions = decisions

    def numbers(self, x: Any) -> Any:
        """`x` as Numbers, ids and masks as they are."""
        x = np.asarray(x)
        if x.dtype.kind in "biu":
            return x
        x = x.view(Numbers)
        x.decisions = self.decisions
        return x

    def where(self, condition, a, b):  # type: ignore[override] # a static method there
        return self.numbers(np.where(condition, a, b))

    def spread(self, x, lengths):  # type: ignore[override]
        return self.numbers(np.broadcast_to(x, lengths))

    def cast_like(self, x, like):
        return self.numbers(super().cast_like(x, like))

    def sign(self, x):  # type: ignore[override]
        return self.decisions.decide(np.sign(x))

    def abs(self, x):  # type: ignore[override]
        return x * self.sign(x)

    def relu(self, x):
        return self.where(x > 0, x, 0.0 * x)

    def _others(self, x):
        top = self.take(x, self.argmax(x))[..., None]
        return top, self.sum(self.where(self.first(x), 0.0, self.exp(x - top)))

    def argmax(self, x):
        return self.decisions.decide(super().argmax(np.asarray(x)))

    def argsort(self, x):
        return self.decisions.decide(super().argsort(np.asarray(x)))

    def stop_gradient(self, x):
        return self.decisions.decide(x)
