"""The law of kernels: on large arrays a compiled kernel gives what the definition gives.

Both run one text. Where each of its steps v is within 4·eps of its own condition they differ by no more than
2·4·eps·Σ |v ∂f/∂v|, the sum over all steps, entry by entry; the derivatives are those of the loss's own graph. A step
below the least normal number may be 0 on one side: it counts as that number over eps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.core import acceleration
from losskit.core.loss import Loss
from losskit.errors import NotSupported
from losskit.ops import symbols as _symbols
from losskit.ops.graph import Node, constant
from losskit.ops.on_numpy import WORDS
from losskit.ops.program import Program
from losskit.ops.reverse import every_slope
from losskit.testing.case import listed
from losskit.testing.libraries import EPS, HALVES, Library
from losskit.testing.samples import sample

symbols: Any = _symbols  # its words are made from their list
ROWS = acceleration.LARGE + 3  # kernels are made from LARGE entries on
ASKED = {
    "each": ("each",),
    "__call__": ("each",),
    "value_and_gradient": ("each", "gradient"),
    "hessian": ("hessian",),
    "gradient_and_curvature": ("gradient", "curvature"),
}
_OPTIONS: tuple[tuple[str, ...], ...] = ((), ("where",), ("weight",), ("weight", "where"))
_OF_A_STEP = 4.0
_LEAST = {"float64": 2.0**-1022, "float32": 2.0**-126, "bfloat16": 2.0**-126, "float16": 2.0**-24}


def assert_kernels_are_plain(loss: Loss, library: Library, dtype: str) -> None:
    """Every method of a loss of single entries, each under a weight, a mask, both or none by lot."""
    trial = _Trial(loss, library, dtype)
    asked = set()
    for turn, (method, quantities) in enumerate(ASKED.items()):
        try:
            nodes = [(quantity, node) for quantity in quantities for node in loss.graphs().nodes(quantity)]
        except NotSupported:  # the loss has no such derivative
            continue
        options = _OPTIONS[(trial.lot + turn) % len(_OPTIONS)]
        trial.compare(method, nodes, tuple(x for x in options if x == "where" or method != "each"))
        asked |= {*quantities} - ({"each"} if method in ("__call__", "value_and_gradient") else set())
    if library is not Library.NUMPY:
        trial.compare_with_nan()
    served = {stored for task, kernel in loss.graphs().kernels.items() if kernel for stored in task.stored}
    assert asked <= served, f"{trial}: no kernel was asked for {', '.join(asked - served)}"


class _Trial:
    """One loss on one library in one dtype, on random numbers as that dtype has them."""

    def __init__(self, loss: Loss, library: Library, dtype: str):
        self.loss, self.library, self.dtype = loss, library, dtype
        working = "float32" if dtype in HALVES else dtype
        self.eps = EPS[working]
        self.least = _LEAST[working] / self.eps
        draw = np.random.default_rng(sum(map(ord, loss.name)))
        self.lot = int(draw.integers(len(_OPTIONS)))
        self.kept = draw.random(ROWS) < 0.7
        self.weight = self._rounded(draw.gamma(1.0, size=ROWS))
        self.inputs = {name: self._inside(name, self._rounded(x)) for name, x in sample(loss, ROWS).items()}

    def __str__(self) -> str:
        return f"{self.loss!r} on {self.library} {self.dtype}"

    def _rounded(self, x: np.ndarray) -> np.ndarray:
        return self.library.numbers(self.library.array(x, self.dtype))

    def _inside(self, name: str, x: np.ndarray) -> np.ndarray:
        """What was rounded to a bound that its domain leaves out comes back inside."""
        domain = self.loss.definition.inputs[name]
        return np.where(domain.holds(x), x, domain.interior)

    def compare(self, method: str, nodes: list[tuple[str, Node]], options: tuple[str, ...]) -> None:
        """A method with and without kernels; `nodes` are the graphs of what it gives."""
        found = self._results(method, options)
        with acceleration.plain():
            plain = self._results(method, options)
        weight = np.where(self.kept | ("where" not in options), self.weight if "weight" in options else 1.0, 0.0)
        share = weight / weight.sum() if method in ("__call__", "value_and_gradient") else weight
        for (quantity, node), ours, theirs in zip(nodes, found, plain, strict=True):
            value, size = self._value_and_size(node)
            bound = 2.0 * _OF_A_STEP * self.eps * size * share
            # a curvature of 0 is replaced, by 1 for example: next to 0 either may come
            near_0 = (quantity == "curvature") & (np.abs(value) * share <= bound)
            if ours.ndim == 0:
                bound = bound.sum()
            elif self.dtype in HALVES:
                bound = bound + EPS[self.dtype] * np.abs(theirs)
            with np.errstate(invalid="ignore"):
                alike = (ours == theirs) | (np.abs(ours - theirs) <= bound + _LEAST[self.dtype]) | near_0
            wrong = ~alike & ~(np.isnan(ours) & np.isnan(theirs))
            assert not wrong.any(), self._said(method, options, quantity, ours, theirs, wrong)

    def _results(self, method: str, options: tuple[str, ...]) -> list[np.ndarray]:
        """What the method gives as float64, with NaN under the mask."""
        hidden = ~self.kept if "where" in options else np.zeros(ROWS, bool)
        given = {
            "where": self.library.array(self.kept, "bool"),
            "weight": self.library.array(np.where(hidden, np.nan, self.weight), self.dtype),
        }
        inputs = [self.library.array(np.where(hidden, np.nan, x), self.dtype) for x in self.inputs.values()]
        with np.errstate(over="ignore"):  # a half may overflow, correctly
            found = getattr(self.loss, method)(*inputs, **{name: given[name] for name in options})
        return [self.library.numbers(y) for x in listed(found) for y in listed(x)]

    def compare_with_nan(self) -> None:
        """NaN in the open, where a library does not look at values, makes the same of both paths."""
        spoilt = [np.where(np.arange(ROWS) % 1000 == 0, np.nan, x) for x in self.inputs.values()]
        inputs = [self.library.array(x, self.dtype) for x in spoilt]
        found = [self.loss.each(*inputs), self.loss(*inputs)]
        with acceleration.plain():
            plain = [self.loss.each(*inputs), self.loss(*inputs)]
        for ours, theirs in zip(found, plain, strict=True):
            same = np.isnan(self.library.numbers(ours)) == np.isnan(self.library.numbers(theirs))
            assert same.all(), f"{self}: NaN comes out elsewhere with kernels than without"

    def _value_and_size(self, node: Node) -> tuple[np.ndarray, np.ndarray]:
        """The true value, and Σ (|v| + least) |∂f/∂v| of each entry over all steps v of its text, in float64."""
        slopes = every_slope(node).items()
        sizes = [(symbols.abs(v) + self.least) * symbols.abs(slope) for v, slope in slopes if v.word != "constant"]
        total = sum(sizes, constant(0.0))
        pred = self.inputs[self.loss.definition.lead]
        with WORDS.scope():
            value, size = Program([node, total]).run(WORDS, {**self.inputs, **self.loss.params}, pred)
        return value, np.where(np.isfinite(size), size, np.abs(value))

    def _said(self, method: str, options: Any, quantity: str, ours: Any, theirs: Any, wrong: np.ndarray) -> str:
        i = int(np.flatnonzero(wrong)[0])
        at = ", ".join(f"{name} = {x[i]!r}" for name, x in self.inputs.items()) if wrong.ndim else "all entries"
        return (
            f"{self}: the {quantity} of {method}{options} at {at} is {ours.flat[i]!r} by the kernel and "
            f"{theirs.flat[i]!r} by the definition ({int(wrong.sum())} of {wrong.size} differ)"
        )
