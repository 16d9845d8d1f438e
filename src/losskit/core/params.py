"""Parameters of a loss: their range, default, and what the search and the docs need to know of them."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any

import numpy as np

from losskit.errors import InvalidInput


@dataclass(frozen=True)
class Param:
    """One declared parameter.

    A *data* parameter may be a number, an array that broadcasts against `pred`, or a tensor that is traced or
    learned. A *static* one is a plain Python value on which a definition may branch. `search` is the range worth
    trying, `scales_with="target"` says that it is measured in the target's units, `example` stands in for a
    required one where a test or a curve needs a value.
    """

    default: Any = None
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    static: bool = False
    required: bool = False
    optional: bool = False
    choices: tuple[Any, ...] = ()
    per_class: bool = False
    search: tuple[float, float] | None = None
    scales_with: str | None = None
    example: Any = None
    doc: str = ""

    @property
    def range(self) -> str:
        if self.choices:
            return " or ".join(map(repr, self.choices))
        if self.low == -math.inf and self.high == math.inf:
            return "a finite number"
        left = "" if self.low == -math.inf else f"{self.low:g} {'<' if self.open_low else '<='} "
        right = "" if self.high == math.inf else f" {'<' if self.open_high else '<='} {self.high:g}"
        return f"{left}value{right}"

    def check(self, loss: str, name: str, value: Any) -> Any:
        """`value` in the form it is kept in; raises InvalidInput when it is outside the declared range."""
        if value is None:
            if self.optional:
                return None
            raise InvalidInput(f"{loss} needs {name}=", f"give {name} ({self.doc or self.range})")
        if self.choices:
            if value not in self.choices:
                raise InvalidInput(f"{loss}({name}={value!r}): expected {self.range}", f"choose one of {self.choices}")
            return value
        kept = _keep(value)
        if isinstance(kept, (float, int, np.ndarray)):
            self._check_range(loss, name, kept)
            if self.static and not isinstance(kept, (float, int)):
                raise InvalidInput(
                    f"{loss}({name}=...): a static parameter is one number, got an array", "give a number"
                )
        elif self.static:
            raise InvalidInput(
                f"{loss}({name}=...): a static parameter cannot be traced or learned", "give a plain number"
            )
        return kept

    def _check_range(self, loss: str, name: str, value: Any) -> None:
        array = np.asarray(value)
        ok = np.isfinite(array)
        ok &= (array > self.low) if self.open_low else (array >= self.low)
        ok &= (array < self.high) if self.open_high else (array <= self.high)
        if not ok.all():
            bad = array[~ok].flat[0] if array.ndim else array
            raise InvalidInput(f"{loss}({name}={bad}): expected {self.range}", f"the default is {self.default!r}")


def _keep(value: Any) -> Any:
    """Numbers as they are, lists and NumPy arrays as read-only copies, other arrays (traced, learned) untouched."""
    if isinstance(value, (bool, np.bool_)):
        return int(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, (list, tuple, np.ndarray)):
        array = np.array(value, dtype=float)
        array.setflags(write=False)
        return array if array.ndim else float(array)
    return value


def Positive(default: float | None = None, **rest: Any) -> Param:
    """A data parameter > 0."""
    return Param(default, low=0.0, open_low=True, **rest)


def NonNegative(default: float | None = None, **rest: Any) -> Param:
    """A data parameter >= 0."""
    return Param(default, low=0.0, **rest)


def Between(low: float, high: float, default: float | None = None, **rest: Any) -> Param:
    """A data parameter strictly between two bounds."""
    return Param(default, low=low, high=high, open_low=True, open_high=True, **rest)


def Static(default: Any, choices: tuple[Any, ...] = (), **rest: Any) -> Param:
    """A plain Python value on which the definition may branch."""
    return Param(default, static=True, choices=choices, **rest)


def Flag(default: bool = False, **rest: Any) -> Param:
    """A static yes or no."""
    return Param(default, static=True, choices=(False, True), **rest)


def PerClass(default: Any = None, **rest: Any) -> Param:
    """A number for each class: a list or array of length K."""
    return Param(default, low=0.0, per_class=True, **rest)
