"""A case to judge (one loss on one library in one dtype) and the list of laws it is judged by."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from losskit.core.loss import Loss
from losskit.errors import NotSupported
from losskit.ops import dispatch
from losskit.testing.libraries import EPS, HALVES, Library
from losskit.testing.samples import class_count, native, sample

ROWS = 6
KEEP = np.array([True, False, True, True, False, False])  # a mask over the rows; half of them, so that shapes are few
WEIGHTS = np.array([2.0, 1.0, 0.5, 0.25, 1.0, 3.0])


@dataclass(frozen=True)
class Case:
    """One loss on one library in one dtype, its classes as ids or soft; `main` at the default parameters."""

    loss: Loss
    backend: Library
    dtype: str
    soft: bool = False
    main: bool = True

    def __str__(self) -> str:
        return f"{self.loss!r} on {self.backend} {self.dtype}{' with soft labels' if self.soft else ''}"

    @property
    def scalar_dtype(self) -> str:
        return "float32" if self.dtype in HALVES else self.dtype

    @property
    def ids(self) -> str | None:
        """The name of the input that holds class ids here."""
        return None if self.soft else self.loss.definition.class_input

    @property
    def divisor_is_count(self) -> bool:
        """False with class weights and ids: the divisor is then the sum of the ids' weights."""
        return not (self.ids and self.loss.params["class_weight"] is not None)

    @property
    def axes(self) -> int:
        return len(self.loss.definition.inputs[self.loss.definition.lead].axes)

    @functools.cached_property
    def derivatives(self) -> tuple[str, ...]:
        """The derivatives this loss has."""
        return tuple(name for name in ("gradient", "hessian", "curvature") if _has(self.loss, name, self.soft))

    def sample(self, rows: int = ROWS, seed: int = 0) -> dict[str, np.ndarray]:
        return sample(self.loss, rows, seed, self.soft)

    def native(self, arrays: dict[str, np.ndarray]) -> tuple[Any, ...]:
        return native(arrays, self.backend, self.dtype)

    def inputs(self, rows: int = ROWS, seed: int = 0) -> tuple[Any, ...]:
        return self.native(self.sample(rows, seed))

    def array(self, values: Any, dtype: str | None = None) -> Any:
        return self.backend.array(values, dtype or self.dtype)

    def mask(self, keep: Any, dtype: str = "bool") -> Any:
        """A mask of the shape `where` has: over the items, or for lists over all items of each."""
        if self.loss.kind == "listwise":
            keep = np.repeat(np.reshape(keep, (-1, 1)), class_count(self.loss), axis=1)
        return self.array(keep, dtype)

    def junk(self) -> tuple[Any, ...]:
        """The sample with NaN (ids: a class that does not exist) in every entry that the mask hides."""
        arrays = self.sample()
        for array in arrays.values():
            array[~KEEP] = -7 if array.dtype.kind == "i" else np.nan
        return self.native(arrays)

    def autodiff(self, *inputs: Any, **options: Any) -> Any:
        """The library's own gradient of the call; on JAX, slow without its compiler, the compiled one."""
        if self.backend is Library.JAX and self.dtype == "float32":
            whole = {"weight": self.array(np.ones(ROWS)), "where": self.mask(np.ones(ROWS))} | options
            return self.compiled(*inputs, whole["weight"], whole["where"])["autodiff"]
        lead, *rest = inputs
        return self.backend.gradient(lambda x: self.loss(x, *rest, **options), lead)

    def everything(self, *arrays: Any) -> dict[str, Any]:
        """Value and derivatives, from the inputs, a weight and a mask."""
        *inputs, weight, where = arrays
        results = {"mean": self.loss(*inputs, weight=weight, where=where)}
        for name in self.derivatives[1:]:
            results[name] = getattr(self.loss, name)(*inputs)
        if self.derivatives:
            results["value"], results["gradient"] = self.loss.value_and_gradient(*inputs, weight=weight, where=where)
        return results

    @functools.cached_property
    def compiled(self) -> Callable[..., dict[str, Any]]:
        """`everything` and "autodiff" of the mean, compiled whole and once for all laws that ask."""
        examples = (*self.inputs(), self.array(WEIGHTS), self.mask(KEEP))
        if self.backend is Library.TORCH:  # it differentiates what it has compiled, not the other way
            whole = self.backend.compile(self.everything, *examples)
            return lambda *arrays: self._with_autodiff(whole, *arrays)
        return self.backend.compile(lambda *arrays: self._with_autodiff(self.everything, *arrays), *examples)

    def _with_autodiff(self, run: Callable[..., dict[str, Any]], lead: Any, *rest: Any) -> dict[str, Any]:
        if not self.derivatives:
            return run(lead, *rest)

        def mean_first(x: Any) -> tuple[Any, dict[str, Any]]:
            results = run(x, *rest)
            return results["mean"], results

        own, results = self.backend.gradient(mean_first, lead, has_aux=True)
        return {**results, "autodiff": own}

    def close(self, actual: Any, desired: Any, what: str) -> None:
        """Equal to a few units in the last place of the largest entry: two orders of one sum differ by that."""
        dtype = dispatch.words_of(actual).dtype(actual)
        a, d = self.backend.numbers(actual), self.backend.numbers(desired)
        assert a.shape == d.shape, f"{what}: shape {a.shape}, expected {d.shape}"
        bound = (4 if dtype in HALVES else 32) * EPS[dtype] * np.max(np.abs(d), initial=0.0)
        assert np.all(np.abs(a - d) <= bound), f"{what}: {a}, expected {d}"

    def exactly(self, actual: Any, desired: Any, what: str) -> None:
        a = self.backend.numbers(actual)
        assert np.array_equal(a, np.broadcast_to(desired, a.shape)), f"{what}: {a}, expected {desired}"


def _has(loss: Loss, derivative: str, soft: bool) -> bool:
    try:
        loss.graphs(soft).program(derivative)
    except NotSupported:
        return False
    return True


@dataclass(frozen=True)
class Law:
    """An assert-function with the cases it is for."""

    check: Callable[[Case], None]
    when: Callable[[Case], bool]

    def __call__(self, case: Case) -> None:
        if not self.when(case):
            return
        try:
            self.check(case)
        except Exception as broken:
            raise AssertionError(f"{case} breaks the law of {self}: {broken}") from broken

    def __str__(self) -> str:
        return f"{self.check.__name__} ({(self.check.__doc__ or '').strip().partition(chr(10))[0]})"


def law(when: Callable[[Case], bool] = lambda case: True) -> Callable[[Callable[[Case], None]], Law]:
    """Make an assert-function a law, for the cases `when` picks."""
    return lambda check: Law(check, when)


# Which cases a law is for.


def once(case: Case) -> bool:
    """Structure does not depend on the dtype."""
    return case.dtype == "float32"


def double(case: Case) -> bool:
    return case.dtype == "float64"


def few_dtypes(case: Case) -> bool:
    """JAX and TensorFlow make code for each dtype anew: there one whole and one half precision speak for all."""
    return case.backend in (Library.NUMPY, Library.TORCH) or case.dtype in ("float32", "bfloat16")


def main(case: Case) -> bool:
    """Compilers see the same words in each variant of a loss: they are asked at the default parameters."""
    return case.main and case.backend is not Library.NUMPY


def pointwise(case: Case) -> bool:
    return case.loss.kind == "pointwise"


def trainable(case: Case) -> bool:
    return case.loss.definition.trainable


def differentiates(case: Case) -> bool:
    """The library has autodiff of its own; where each gradient is compiled anew, at the default parameters."""
    return trainable(case) and (main(case) or case.backend is Library.TORCH)


def on(*libraries: Library) -> Callable[[Case], bool]:
    return lambda case: case.backend in libraries


def both(*conditions: Callable[[Case], bool]) -> Callable[[Case], bool]:
    return lambda case: all(condition(case) for condition in conditions)
