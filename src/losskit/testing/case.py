"""A case to judge (one loss on one library in one dtype) and the list of laws it is judged by."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from losskit.core.loss import Loss
from losskit.errors import NotSupported
from losskit.ops import dispatch
from losskit.ops.graph import in_order
from losskit.testing.libraries import EPS, HALVES, Library
from losskit.testing.samples import items_of, native, sample

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
        """False with class weights and one id for each item: the divisor is then the sum of the ids' weights."""
        one_id = self.ids and self.loss.kind == "rowwise"
        return not (one_id and self.loss.params["class_weight"] is not None)

    @property
    def leads(self) -> list[int]:
        """Where the differentiated inputs stand among all."""
        names = list(self.loss.definition.inputs)
        return [names.index(name) for name in self.loss.definition.wrt]

    def has_items(self, name: str) -> bool:
        """Whether the second axis of an input, or of `where`, counts the items of a list, batch or picture."""
        d = self.loss.definition
        domain = d.inputs.get(name)
        of_items = domain is None or domain.classes or domain.axes[:1] == d.inputs[d.lead].axes[:1]
        return d.over_items and of_items

    def last_axis_is_bound(self, position: int) -> bool:
        """Whether an earlier input or the domain itself says how long the last axis of an input is."""
        domains = list(self.loss.definition.inputs.values())
        known = {axis for domain in domains[:position] for axis in domain.axes}
        own = domains[position]
        return bool(own.axes) and (own.axes[-1] in known or own.length is not None)

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
        """A mask of the shape `where` has: over the rows, or over all items of each list, batch or picture."""
        keep, items = np.asarray(keep), items_of(self.loss)
        return self.array(np.broadcast_to(keep.reshape(*keep.shape, *(1 for _ in items)), (*keep.shape, *items)), dtype)

    def junk(self) -> tuple[Any, ...]:
        """The sample with NaN (ids: a class that does not exist) in every entry that the mask hides."""
        arrays = self.sample()
        for array in arrays.values():
            array[~KEEP] = -7 if array.dtype.kind == "i" else np.nan
        return self.native(arrays)

    def derivative(self, name: str, *inputs: Any, **options: Any) -> list[Any]:
        """A derivative as a list, of one array for each differentiated input."""
        return listed(getattr(self.loss, name)(*inputs, **options))

    def results(self, *inputs: Any, where: Any = None) -> dict[str, Any]:
        """Values and derivatives by name; on JAX, which compiles each step on its own, compiled as one."""

        def run(*arrays: Any) -> dict[str, Any]:
            options = {} if where is None else {"where": arrays[len(inputs)]}
            given = arrays[: len(inputs)]
            found = {"each": self.loss.each(*given, **options), "the mean": self.loss(*given, **options)}
            return found | {name: getattr(self.loss, name)(*given, **options) for name in self.derivatives}

        arrays = inputs if where is None else (*inputs, where)
        return self.backend.compile(run, *arrays)(*arrays) if self.backend is Library.JAX else run(*arrays)

    def traced(self, check: Callable[..., None], *inputs: Any) -> None:
        """Run `check`, which asks for shapes and dtypes alone; on JAX with tracers, so that nothing is compiled."""
        if self.backend is Library.JAX:
            import jax

            jax.eval_shape(check, *inputs)
        else:
            check(*inputs)

    def apart(self, function: Callable[..., Any], inputs: Sequence[Any]) -> tuple[Callable[..., Any], list[Any]]:
        """`function` of the differentiated inputs alone, the others as they are, and those inputs."""

        def of_leads(*leads: Any) -> Any:
            given = dict(zip(self.leads, leads, strict=True))
            return function(*(given.get(i, x) for i, x in enumerate(inputs)))

        return of_leads, [inputs[i] for i in self.leads]

    def autodiff(self, *inputs: Any, **options: Any) -> list[Any]:
        """The library's own gradients of the call; on JAX, slow without its compiler, compiled ones."""
        if self.backend is Library.JAX and self.dtype == "float32":
            whole = {"weight": self.array(np.ones(ROWS)), "where": self.mask(np.ones(ROWS))} | options
            return self.compiled(*inputs, whole["weight"], whole["where"])["autodiff"]
        function, leads = self.apart(functools.partial(self.loss, **options), inputs)
        gradients = functools.partial(self.backend.gradients, function)
        return (self.backend.compile(gradients) if self.backend is Library.JAX else gradients)(*leads)

    @functools.cached_property
    def sum_and_gradients(self) -> Callable[..., tuple[Any, list[Any]]]:
        """The sum and its gradients; on JAX compiled, once for all laws that ask."""

        def run(*inputs: Any) -> tuple[Any, list[Any]]:
            return self.loss.sum(*inputs), self.derivative("gradient", *inputs)

        return self.backend.compile(run) if self.backend is Library.JAX else run

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
        unknown = 1 + len(items_of(self.loss))
        whole = functools.partial(self._with_autodiff, self.everything)
        return self.backend.compile(whole, *examples, unknown=unknown)

    def _with_autodiff(self, run: Callable[..., dict[str, Any]], *arrays: Any) -> dict[str, Any]:
        if not self.derivatives:
            return run(*arrays)

        def mean_first(*arrays: Any) -> tuple[Any, dict[str, Any]]:
            results = run(*arrays)
            return results["mean"], results

        function, leads = self.apart(mean_first, arrays)
        own, results = self.backend.gradients(function, *leads, has_aux=True)
        return {**results, "autodiff": own}

    def turned(self, result: Any, function: Callable[[np.ndarray], np.ndarray]) -> list[Any]:
        """Each array of `result` after `function` on NumPy."""
        return [self.array(function(self.backend.numbers(x))) for x in listed(result)]

    def close(self, actual: Any, desired: Any, what: str, terms: Any = 0.0) -> None:
        """Arrays, or one for each differentiated input, are equal but for the order of a sum of `terms`."""
        for a, d in zip(listed(actual), listed(desired), strict=True):
            self._close(a, d, what, float(np.max(np.abs(terms), initial=0.0)))

    def _close(self, actual: Any, desired: Any, what: str, largest: float) -> None:
        """Equal to a few units in the last place of the largest entry or term: two orders of a sum differ by that."""
        dtype = dispatch.words_of(actual).dtype(actual)
        a, d = self.backend.numbers(actual), self.backend.numbers(desired)
        assert a.shape == d.shape, f"{what}: shape {a.shape}, expected {d.shape}"
        bound = (4 if dtype in HALVES else 32) * EPS[dtype] * np.max(np.abs(d), initial=largest)
        assert np.all(np.abs(a - d) <= bound), f"{what}: {a}, expected {d}"

    def exactly(self, actual: Any, desired: Any, what: str) -> None:
        for a in map(self.backend.numbers, listed(actual)):
            assert np.array_equal(a, np.broadcast_to(desired, a.shape)), f"{what}: {a}, expected {desired}"


def listed(result: Any) -> list[Any]:
    """One array as a list of it, several as a list."""
    return list(result) if isinstance(result, (list, tuple)) else [result]


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


def few_values(case: Case) -> bool:
    """Halves are cast before and after the same steps: where code is made for each dtype, float32 speaks for them."""
    return case.backend in (Library.NUMPY, Library.TORCH) or once(case)


def few_compiles(case: Case) -> bool:
    """Where each loss is compiled anew, at the default parameters."""
    return case.main or case.backend is not Library.JAX


def main(case: Case) -> bool:
    """Compilers see the same words in each variant of a loss: they are asked at the default parameters."""
    return case.main and case.backend is not Library.NUMPY


def pointwise(case: Case) -> bool:
    return case.loss.kind == "pointwise"


def has_a_slope(case: Case) -> bool:
    """Trainable, and no part of the definition is held fixed in its derivatives."""
    return trainable(case) and all(x.word != "stop_gradient" for x in in_order([case.loss.graphs(case.soft).each]))


def over_items(case: Case) -> bool:
    """One item is a list, a batch or a picture, with items of its own."""
    return case.loss.definition.over_items


def trainable(case: Case) -> bool:
    return case.loss.definition.trainable


def differentiates(case: Case) -> bool:
    """The library has autodiff of its own; where each gradient is compiled anew, at the default parameters."""
    return trainable(case) and (main(case) or case.backend is Library.TORCH)


def on(*libraries: Library) -> Callable[[Case], bool]:
    return lambda case: case.backend in libraries


def both(*conditions: Callable[[Case], bool]) -> Callable[[Case], bool]:
    return lambda case: all(condition(case) for condition in conditions)
