"""The structural laws every loss obeys, one assert-function each, scoped by the loss's kind and never by its name."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import losskit
from losskit.core.loss import Loss
from losskit.core.registry import get, names
from losskit.errors import InvalidInput, InvalidType, LosskitError, NotSupported
from losskit.ops import dispatch
from losskit.testing.libraries import EPS, HALVES, Library, installed_libraries
from losskit.testing.samples import class_count, learnable, native, remake, sample


@dataclass(frozen=True)
class Case:
    """One loss on one library in one dtype, its classes as ids or soft."""

    loss: Loss
    library: Library
    dtype: str
    soft: bool = False

    def __str__(self) -> str:
        return f"{self.loss!r} on {self.library} {self.dtype}{' with soft labels' if self.soft else ''}"

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

    @property
    def trainable(self) -> bool:
        return self.loss.definition.trainable

    @functools.cached_property
    def derivatives(self) -> tuple[str, ...]:
        """The derivatives this loss has."""
        return tuple(name for name in ("gradient", "hessian", "curvature") if _has(self.loss, name, self.soft))

    def sample(self, rows: int = 5, seed: int = 0) -> dict[str, np.ndarray]:
        return sample(self.loss, rows, seed, self.soft)

    def native(self, arrays: dict[str, np.ndarray]) -> tuple[Any, ...]:
        return native(arrays, self.library, self.dtype)

    def inputs(self, rows: int = 5, seed: int = 0) -> tuple[Any, ...]:
        return self.native(self.sample(rows, seed))

    def array(self, values: Any, dtype: str | None = None) -> Any:
        return self.library.array(values, dtype or self.dtype)

    def close(self, actual: Any, desired: Any, what: str) -> None:
        """Equal to a few units in the last place of the largest entry: two orders of one sum differ by that."""
        dtype = dispatch.words_of(actual).dtype(actual)
        a, d = self.library.numbers(actual), self.library.numbers(desired)
        assert a.shape == d.shape, f"{what}: shape {a.shape}, expected {d.shape}"
        bound = (4 if dtype in HALVES else 32) * EPS[dtype] * np.max(np.abs(d), initial=0.0)
        assert np.all(np.abs(a - d) <= bound), f"{what}: {a}, expected {d}"

    def exactly(self, actual: Any, desired: Any, what: str) -> None:
        a = self.library.numbers(actual)
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


LAWS: list[Law] = []


def law(when: Callable[[Case], bool] = lambda case: True) -> Callable[[Callable[[Case], None]], Callable[[Case], None]]:
    """Add an assert-function to the laws, for the cases `when` picks."""

    def register(check: Callable[[Case], None]) -> Callable[[Case], None]:
        LAWS.append(Law(check, when))
        return check

    return register


# Which cases a law is for.


def _once(case: Case) -> bool:
    """Structure does not depend on the dtype."""
    return case.dtype == "float32"


def _pointwise(case: Case) -> bool:
    return case.loss.kind == "pointwise"


def _on(*libraries: Library) -> Callable[[Case], bool]:
    return lambda case: case.library in libraries


def _both(*conditions: Callable[[Case], bool]) -> Callable[[Case], bool]:
    return lambda case: all(condition(case) for condition in conditions)


def _trainable(case: Case) -> bool:
    return case.trainable


def _native_gradient(case: Case) -> bool:
    return case.trainable and case.library is not Library.NUMPY


def _raises(kind: type[LosskitError], run: Callable[[], Any], *parts: str) -> None:
    """`run` raises `kind`, its message holds every part, and a second line says the remedy."""
    message = _message(kind, run)
    for part in (*parts, "\n"):
        assert part in message, f"{part!r} is missing in the message: {message}"


def _message(kind: type[LosskitError], run: Callable[[], Any]) -> str:
    try:
        run()
    except kind as error:
        return str(error)
    raise AssertionError(f"expected {kind.__name__}, got a result")


# Identity


@law(_both(_once, _on(Library.NUMPY)))
def round_trips(case: Case) -> None:
    """A loss survives pickle, to_dict, repr and eval; equal losses hash alike, others differ."""
    loss = case.loss
    copies = [pickle.loads(pickle.dumps(loss))]
    if loss.name in names():  # lk.get and lk.<name> know the catalogue, not a user's own losses
        copies += [get(loss.to_dict()), eval(repr(loss), {"lk": losskit})]
    for copy in copies:
        assert copy == loss, f"{copy!r} != {loss!r}"
        assert hash(copy) == hash(loss), f"{copy!r} hashes otherwise"
    for name in learnable(loss):
        other = remake(loss, **{name: np.array(_two_values(loss, name))})
        assert other != loss, f"{other!r} == {loss!r}"
        assert pickle.loads(pickle.dumps(other)) == other, f"{other!r} is not what it was after pickle"


# What comes back


@law()
def keeps_shape_and_dtype(case: Case) -> None:
    """each keeps pred's batch shape and dtype, derivatives pred's shape and dtype; scalars are at least float32."""
    for batch in ((5,), (1, 5)) if _once(case) else ((5,),):
        arrays = {k: a.reshape(*batch, *a.shape[1:]) for k, a in case.sample().items()}
        inputs = case.native(arrays)
        whole = arrays[case.loss.definition.lead].shape
        _is(case, case.loss.each(*inputs), batch, case.dtype, "each")
        _is(case, case.loss(*inputs), (), case.scalar_dtype, "the mean")
        _is(case, case.loss.sum(*inputs), (), case.scalar_dtype, "sum")
        for name in case.derivatives:
            _is(case, getattr(case.loss, name)(*inputs), whole, case.dtype, name)
        if case.trainable:
            value, gradient = case.loss.value_and_gradient(*inputs)
            _is(case, value, (), case.scalar_dtype, "the value of value_and_gradient")
            _is(case, gradient, whole, case.dtype, "the gradient of value_and_gradient")


def _is(case: Case, array: Any, shape: tuple[int, ...], dtype: str, what: str) -> None:
    ops = dispatch.words_of(array)
    assert ops.name == case.library.value, f"{what} is a {ops.name} array"
    assert tuple(ops.shape(array)) == shape, f"{what} has shape {ops.shape(array)}, expected {shape}"
    assert ops.dtype(array) == dtype, f"{what} is {ops.dtype(array)}, expected {dtype}"


@law()
def pred_decides_the_dtype(case: Case) -> None:
    """Other inputs and weights may be of another dtype, integers too: they are cast to pred's."""
    lead, *rest = case.inputs()
    wide = "float64" if case.library.wide else "float32"
    others = [dispatch.words_of(x).cast(x, wide) if _floating(x) else x for x in rest]
    counts = case.array(np.array([1, 2, 0, 3, 1]), "int32")
    _is(case, case.loss.each(lead, *others), (5,), case.dtype, "each")
    _is(case, case.loss(lead, *others, weight=counts), (), case.scalar_dtype, "the weighted mean")
    if case.trainable:
        _, gradient = case.loss.value_and_gradient(lead, *others, weight=counts)
        _is(case, gradient, tuple(lead.shape), case.dtype, "the gradient")


def _floating(x: Any) -> bool:
    return "float" in dispatch.words_of(x).dtype(x)


@law(_once)
def sum_and_mean_are_of_each(case: Case) -> None:
    """sum adds up each, and the call divides it by the number of items."""
    inputs = case.inputs()
    each = case.library.numbers(case.loss.each(*inputs))
    case.close(case.loss.sum(*inputs), case.array(each.sum()), "sum")
    if case.divisor_is_count:
        case.close(case.loss(*inputs), case.array(each.mean()), "the mean")


@law(_once)
def named_as_positional(case: Case) -> None:
    """Inputs may be given by name."""
    names_ = list(case.loss.definition.inputs)
    inputs = case.inputs()
    named = dict(zip(names_, inputs, strict=True))
    case.close(case.loss(**named), case.loss(*inputs), "inputs by name")


# What is refused


@law(_once)
def refuses_integers(case: Case) -> None:
    """An integer pred raises."""
    lead, *rest = case.inputs()
    integers = dispatch.words_of(lead).cast(lead, "int32")
    _raises(InvalidType, lambda: case.loss(integers, *rest), "float", "int32")


@law(_once)
def never_broadcasts(case: Case) -> None:
    """A column against a row, or one row too few, raises with both shapes; so for every input, weight and where."""
    lead, *others = case.inputs()
    shape = tuple(lead.shape)
    for i, array in enumerate(others):
        numbers = case.library.numbers(array)
        for wrong in (numbers[:, None], numbers[:4]):
            odd = case.array(wrong, dispatch.words_of(array).dtype(array))
            changed = [*others[:i], odd, *others[i + 1 :]]
            _raises(InvalidInput, lambda c=changed: case.loss(lead, *c), str(shape), str(tuple(odd.shape)))
    for name, wrong in (("weight", np.ones((5, 1))), ("weight", np.ones(4)), ("where", np.ones((5, 1), bool))):
        odd = case.array(wrong, "bool" if name == "where" else case.dtype)
        for method in ("__call__", "sum", *case.derivatives):
            run = functools.partial(getattr(case.loss, method), lead, *others, **{name: odd})
            _raises(InvalidInput, run, str(shape), str(tuple(odd.shape)))
    if _pointwise(case):
        column = case.array(case.library.numbers(lead)[:, None])
        for method in ("__call__", "each", *case.derivatives):
            _raises(InvalidInput, functools.partial(getattr(case.loss, method), column, *others), "(5, 1)", "(5,)")


@law(_once)
def refuses_lists(case: Case) -> None:
    """Lists raise, with the call that mends it."""
    inputs = case.inputs()
    for i, array in enumerate(inputs):
        changed = [*inputs[:i], case.library.numbers(array).tolist(), *inputs[i + 1 :]]
        _raises(InvalidType, lambda c=changed: case.loss(*c), "list", "asarray")
    _raises(InvalidType, lambda: case.loss(*inputs, weight=[1.0] * 5), "weight", "asarray")
    _raises(InvalidType, lambda: case.loss(*inputs, where=[True] * 5), "where", "asarray")


@law(_once)
def refuses_mixed_libraries(case: Case) -> None:
    """Arrays of two libraries raise, and both are named."""
    inputs = case.inputs()
    for other in installed_libraries():
        if other is case.library:
            continue
        guests = native(case.sample(), other, case.dtype)
        for i in range(1, len(inputs)):
            mixed = [*inputs[:i], guests[i], *inputs[i + 1 :]]
            _raises(InvalidType, lambda m=mixed: case.loss(*m), case.library.value, other.value)
        weight = other.array(np.ones(5), case.dtype)
        _raises(InvalidType, lambda w=weight: case.loss(*inputs, weight=w), case.library.value, other.value)


@law(_once)
def refuses_numbers_as_mask(case: Case) -> None:
    """A `where` that is not boolean raises."""
    _raises(InvalidType, lambda: case.loss(*case.inputs(), where=case.array(np.ones(5))), "boolean", "weight=")


@law(_both(_once, _on(Library.NUMPY), lambda case: case.ids is not None))
def refuses_unknown_classes(case: Case) -> None:
    """A class id that does not exist raises on NumPy, and lk.check raises everywhere."""
    for bad in (-1, class_count(case.loss)):
        arrays = case.sample()
        arrays[case.ids][2] = bad  # type: ignore[index]
        inputs = case.native(arrays)
        _raises(InvalidInput, lambda i=inputs: case.loss(*i), str(bad), "1 of 5")
        for library in installed_libraries():
            guests = native(arrays, library, case.dtype)
            _raises(InvalidInput, lambda g=guests: losskit.check(case.loss, *g), str(bad))


@law(_once)
def refuses_unknown_arguments(case: Case) -> None:
    """A misspelt argument, or one array too many or too few, raises."""
    inputs = case.inputs()
    _raises(LosskitError, lambda: case.loss(*inputs, wieght=inputs[0]), "weight")
    _raises(InvalidInput, lambda: case.loss(*inputs, inputs[0]))
    _raises(InvalidInput, lambda: case.loss(inputs[0]))


# Items, weights, masks, parts


@law(_once)
def follows_permutation(case: Case) -> None:
    """Another order of the items reorders each and the gradient, and leaves the mean."""
    order = np.array([3, 0, 4, 1, 2])
    arrays = case.sample()
    inputs = case.native(arrays)
    moved = case.native({k: a[order] for k, a in arrays.items()})
    case.close(case.loss.each(*moved), case.array(case.library.numbers(case.loss.each(*inputs))[order]), "each")
    case.close(case.loss(*moved), case.loss(*inputs), "the mean")
    for name in case.derivatives:
        derivative = getattr(case.loss, name)
        case.close(derivative(*moved), case.array(case.library.numbers(derivative(*inputs))[order]), name)


@law()
def weight_is_repetition(case: Case) -> None:
    """An integer weight is that many copies of the item, in values and derivatives."""
    counts = np.array([2, 0, 1, 0, 0])
    arrays = case.sample()
    inputs, weight = case.native(arrays), case.array(counts)
    copies = case.native({k: np.repeat(a, counts, axis=0) for k, a in arrays.items()})
    case.close(case.loss(*inputs, weight=weight), case.loss(*copies), "the mean")
    case.close(case.loss.sum(*inputs, weight=weight), case.loss.sum(*copies), "sum")
    for name in case.derivatives:
        derivative = getattr(case.loss, name)
        case.close(derivative(*inputs, weight=weight), _per_item(case, derivative(*copies), counts), name)
    if case.trainable:
        value, gradient = case.loss.value_and_gradient(*inputs, weight=weight)
        value_of_copies, gradient_of_copies = case.loss.value_and_gradient(*copies)
        case.close(value, value_of_copies, "value")
        case.close(gradient, _per_item(case, gradient_of_copies, counts), "the gradient of the mean")


def _per_item(case: Case, of_copies: Any, counts: np.ndarray) -> Any:
    """The gradients of an item's copies, added up for each item."""
    parts = np.split(case.library.numbers(of_copies), np.cumsum(counts)[:-1])
    return case.array(np.stack([part.sum(axis=0) for part in parts]))


_KEEP = np.array([True, False, True, True, False])


def _with_junk(case: Case) -> tuple[Any, ...]:
    """The sample with NaN (ids: a class that does not exist) in every entry that the mask hides."""
    arrays = case.sample()
    for array in arrays.values():
        array[~_KEEP] = -7 if array.dtype.kind == "i" else np.nan
    return case.native(arrays)


@law()
def mask_is_deletion(case: Case) -> None:
    """A masked item is as if it were not there, in values and derivatives, even if it holds NaN."""
    loss, numbers = case.loss, case.library.numbers
    inputs, where = _with_junk(case), case.array(_KEEP, "bool")
    kept = case.native({k: a[_KEEP] for k, a in case.sample().items()})
    weights = np.array([2.0, np.nan, 0.5, 1.0, np.nan])
    for weight, kept_weight in ((None, None), (case.array(weights), case.array(weights[_KEEP]))):
        case.close(loss(*inputs, weight=weight, where=where), loss(*kept, weight=kept_weight), "the mean")
        for name in case.derivatives:
            derivative = getattr(loss, name)
            masked = numbers(derivative(*inputs, weight=weight, where=where))
            case.close(case.array(masked[_KEEP]), derivative(*kept, weight=kept_weight), name)
            case.exactly(case.array(masked[~_KEEP]), 0.0, f"{name} under the mask")
    each = numbers(loss.each(*inputs, where=where))
    case.close(case.array(each[_KEEP]), loss.each(*kept), "each")
    case.exactly(case.array(each[~_KEEP]), 0.0, "each under the mask")


@law(_both(_once, _native_gradient))
def autodiff_never_sees_the_mask(case: Case) -> None:
    """The library's own autodiff through a masked NaN gives the gradient without that item, and 0 there."""
    lead, *rest = _with_junk(case)
    where = case.array(_KEEP, "bool")
    masked = case.library.numbers(case.library.gradient(lambda x: case.loss(x, *rest, where=where), lead))
    lead, *rest = case.native({k: a[_KEEP] for k, a in case.sample().items()})
    kept = case.library.gradient(lambda x: case.loss(x, *rest), lead)
    case.close(case.array(masked[_KEEP]), kept, "the gradient")
    case.exactly(case.array(masked[~_KEEP]), 0.0, "the gradient under the mask")


@law(_once)
def parts_make_the_whole(case: Case) -> None:
    """Parts over one normalizer add up to the whole: gradient accumulation and data-parallel training."""
    arrays = case.sample()
    weights = np.array([2.0, 1.0, 0.5, 0.25, 1.0])
    inputs, weight = case.native(arrays), case.array(weights)
    parts = [
        (case.native({k: a[piece] for k, a in arrays.items()}), case.array(weights[piece]))
        for piece in (slice(0, 2), slice(2, 5))
    ]
    total = float(weights.sum())
    value = sum(case.loss(*part, weight=w, normalizer=total) for part, w in parts)
    case.close(value, case.loss(*inputs, weight=weight, normalizer=total), "value")
    if case.divisor_is_count:
        case.close(value, case.loss(*inputs, weight=weight), "value against the weighted mean")
    if case.trainable:
        pairs = [case.loss.value_and_gradient(*part, weight=w, normalizer=total) for part, w in parts]
        whole = case.loss.value_and_gradient(*inputs, weight=weight, normalizer=total)
        case.close(sum(pair[0] for pair in pairs), whole[0], "the value of value_and_gradient")
        joined = np.concatenate([case.library.numbers(pair[1]) for pair in pairs])
        case.close(case.array(joined), whole[1], "the gradient of value_and_gradient")


@law(_both(_once, _trainable))
def value_and_gradient_is_both(case: Case) -> None:
    """value_and_gradient is the call and the gradient of the mean, with weight and mask too."""
    inputs = case.inputs()
    where, weights = case.array(_KEEP, "bool"), np.array([2.0, 1.0, 0.5, 0.25, 1.0])
    gradient_of_sum = case.library.numbers(case.loss.gradient(*inputs))
    for options in ({}, {"weight": case.array(weights)}, {"where": where}):
        value, gradient = case.loss.value_and_gradient(*inputs, **options)
        case.close(value, case.loss(*inputs, **options), f"value with {list(options)}")
        total = case.library.numbers(case.loss.sum(*inputs, **options))
        mean = case.library.numbers(value)
        if mean and total:  # the divisor is what the call divided by
            share = {"weight": weights, "where": _KEEP}.get(next(iter(options), ""), np.ones(5)) * mean / total
            expected = gradient_of_sum * share.reshape(5, *(1,) * case.axes)
            case.close(gradient, case.array(expected), f"gradient with {list(options)}")


@law(_native_gradient)
def autodiff_of_the_call_is_the_gradient(case: Case) -> None:
    """The library's own autodiff of the call is the gradient that value_and_gradient gives."""
    lead, *rest = case.inputs()
    weight = case.array(np.array([2.0, 1.0, 0.5, 0.25, 1.0]))
    own = case.library.gradient(lambda x: case.loss(x, *rest, weight=weight), lead)
    case.close(own, case.loss.value_and_gradient(lead, *rest, weight=weight)[1], "the gradient")


@law(_trainable)
def out_is_reused(case: Case) -> None:
    """`out` receives the gradient where arrays can be written, and raises where they cannot."""
    inputs = case.inputs()
    buffer = case.array(np.full(inputs[0].shape, 9.0))
    if case.library in (Library.NUMPY, Library.TORCH):
        _, gradient = case.loss.value_and_gradient(*inputs, out=buffer)
        assert gradient is buffer, "another array came back"
        case.close(buffer, case.loss.value_and_gradient(*inputs)[1], "the gradient in out")
        return
    try:
        case.loss.value_and_gradient(*inputs, out=buffer)
    except TypeError:
        return
    raise AssertionError("out= was accepted")


# Edges


@law(_once)
def nothing_left_gives_zero(case: Case) -> None:
    """With every item masked, of weight 0, or ignored, the mean is 0 and its gradient 0."""
    inputs = case.inputs()
    cases = {"mask": (inputs, {"where": case.array(np.zeros(5), "bool")})}
    cases["weight 0"] = (inputs, {"weight": case.array(np.zeros(5))})
    if case.ids and case.loss.params["ignore_index"] is not None:
        arrays = case.sample()
        arrays[case.ids][:] = case.loss.params["ignore_index"]
        cases["ignored ids"] = (case.native(arrays), {})
    for what, (arguments, options) in cases.items():
        case.exactly(case.loss(*arguments, **options), 0.0, f"the mean, {what}")
        if not case.trainable:
            continue
        value, gradient = case.loss.value_and_gradient(*arguments, **options)
        case.exactly(value, 0.0, f"value, {what}")
        case.exactly(gradient, 0.0, f"gradient, {what}")
        if case.library is not Library.NUMPY:
            lead, *rest = arguments
            own = case.library.gradient(lambda x, r=rest, o=options: case.loss(x, *r, **o), lead)
            case.exactly(own, 0.0, f"autodiff, {what}")


@law()
def empty_gives_zero(case: Case) -> None:
    """No items: the mean is 0 and derivatives are empty."""
    inputs = case.inputs(0)
    case.exactly(case.loss(*inputs), 0.0, "the mean")
    case.exactly(case.loss(*inputs, weight=case.array(np.ones(0))), 0.0, "the weighted mean")
    assert tuple(case.loss.each(*inputs).shape) == (0,)
    for name in case.derivatives:
        assert tuple(getattr(case.loss, name)(*inputs).shape) == tuple(inputs[0].shape), name
    if case.trainable:
        case.exactly(case.loss.value_and_gradient(*inputs)[0], 0.0, "value")


@law(_once)
def one_item_without_axis(case: Case) -> None:
    """One item with no batch axis (0-d for pointwise losses) is what it is in a batch: vmap needs it."""
    arrays = case.sample()
    first = case.native({k: a[0] for k, a in arrays.items()})
    inputs = case.native(arrays)
    case.close(case.loss.each(*first), case.array(case.library.numbers(case.loss.each(*inputs))[0]), "each")
    _is(case, case.loss(*first), (), case.scalar_dtype, "the mean")
    for name in case.derivatives:
        derivative = getattr(case.loss, name)
        case.close(derivative(*first), case.array(case.library.numbers(derivative(*inputs))[0]), name)


@law(_both(_once, _on(Library.NUMPY, Library.TORCH)))
def leaves_its_inputs(case: Case) -> None:
    """Inputs, read-only ones too, are never written."""
    inputs = case.inputs()
    before = [case.library.numbers(x).copy() for x in inputs]
    if case.library is Library.NUMPY:
        for x in inputs:
            x.setflags(write=False)
    where, weight = case.array(_KEEP, "bool"), case.array(np.ones(5))
    for options in ({}, {"where": where, "weight": weight}):
        case.loss(*inputs, **options)
        for name in case.derivatives:
            getattr(case.loss, name)(*inputs, **options)
    for x, old in zip(inputs, before, strict=True):
        assert np.array_equal(case.library.numbers(x), old), "an input was changed"


# Classes


@law(lambda case: case.ids is not None)
def ids_are_one_hot_labels(case: Case) -> None:
    """Class ids, int32 or int64, and the same classes as one-hot rows give the same losses and derivatives."""
    arrays = case.sample()
    hot = {**arrays, case.ids: np.eye(class_count(case.loss))[arrays[case.ids]]}  # type: ignore[index]
    short = native(arrays, case.library, case.dtype, ids="int32")
    methods = [case.loss.each, *(getattr(case.loss, name) for name in case.derivatives)]
    for method in methods:
        expected = method(*case.native(hot))
        case.close(method(*case.native(arrays)), expected, f"{method.__name__} with int64 ids")
        case.close(method(*short), expected, f"{method.__name__} with int32 ids")


@law(_both(_once, lambda case: case.ids is not None and case.loss.params["ignore_index"] is not None))
def ignored_is_masked(case: Case) -> None:
    """Items that carry ignore_index are masked."""
    arrays = case.sample()
    masked = case.loss(*case.native(arrays), where=case.array(_KEEP, "bool"))
    arrays[case.ids][~_KEEP] = case.loss.params["ignore_index"]
    case.close(case.loss(*case.native(arrays)), masked, "the mean")


# Parameters


@law(_both(_once, _pointwise))
def parameters_may_be_arrays(case: Case) -> None:
    """A data parameter as an array, NumPy's or the library's, is each entry's own parameter."""
    inputs = case.inputs()
    for name in learnable(case.loss):
        both = _two_values(case.loss, name)
        turns = np.arange(5) % 2
        values = np.array(both)[turns]
        for given in (values, values.tolist(), case.array(values)):
            together = remake(case.loss, **{name: given})
            for method in ("each", *case.derivatives):
                apart = [case.library.numbers(getattr(remake(case.loss, **{name: v}), method)(*inputs)) for v in both]
                case.close(
                    getattr(together, method)(*inputs),
                    case.array(np.where(turns, apart[1], apart[0])),
                    f"{method} with {name} an array",
                )


def _two_values(loss: Loss, name: str) -> tuple[float, float]:
    """The parameter's value and another one inside its range."""
    at, param = float(loss.params[name]), loss.definition.params[name]
    ends = [end for end in (param.low, param.high) if np.isfinite(end) and end != at]
    return at, (at + ends[-1]) / 2.0 if ends else at + 1.0


@law(lambda case: case.library is not Library.NUMPY and case.dtype == "float64")
def parameters_may_be_learned(case: Case) -> None:
    """Autodiff with respect to a data parameter agrees with central differences."""
    inputs = case.inputs()
    for name in learnable(case.loss):
        at = case.loss.params[name] or 0.5
        step = 1e-5 * at

        def value(parameter: Any, name: str = name) -> Any:
            return remake(case.loss, **{name: parameter})(*inputs)

        own = float(case.library.numbers(case.library.gradient(value, case.array(at))))
        high, low = (float(case.library.numbers(value(at + h))) for h in (step, -step))
        slope = (high - low) / (2.0 * step)
        assert abs(own - slope) <= 1e-6 * max(1.0, abs(slope)), f"d/d{name} is {own}, differences give {slope}"


# Compiled, mapped, without autograd


@law(_both(_once, lambda case: case.library is not Library.NUMPY))
def compiled_is_eager(case: Case) -> None:
    """Compiled whole, values, derivatives and autodiff are the eager ones; in TensorFlow for any number of items."""
    inputs = case.inputs()
    weight, where = case.array(np.arange(5.0)), case.array(_KEEP, "bool")
    loss, derivatives, trainable = case.loss, case.derivatives, case.trainable

    def everything(*arrays: Any) -> dict[str, Any]:
        *inputs, weight, where = arrays
        results = {"each": loss.each(*inputs), "mean": loss(*inputs, weight=weight, where=where)}
        for name in derivatives:
            results[name] = getattr(loss, name)(*inputs)
        if trainable:
            results["value"], results["slope"] = loss.value_and_gradient(*inputs, weight=weight, where=where)
        return results

    compiled = case.library.compile(everything, *inputs, weight, where)
    eager = everything(*inputs, weight, where)
    if trainable:
        own, results = case.library.gradient(
            lambda x: _mean_first(compiled(x, *inputs[1:], weight, where)), inputs[0], has_aux=True
        )
        case.close(own, eager["slope"], "autodiff of the compiled call")
    else:
        results = compiled(*inputs, weight, where)
    _same_results(case, results, eager)
    if case.library is Library.TENSORFLOW:
        fewer = (*case.inputs(3, seed=1), weight[:3], where[:3])
        _same_results(case, compiled(*fewer), everything(*fewer))


def _mean_first(results: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    return results["mean"], results


def _same_results(case: Case, compiled: dict[str, Any], eager: dict[str, Any]) -> None:
    for name, result in compiled.items():
        case.close(result, eager[name], f"{name}, compiled")


@law(_both(_once, _on(Library.JAX, Library.TORCH)))
def maps_over_items(case: Case) -> None:
    """vmap of the loss over items is each; vmap of its gradients is the gradient."""
    if case.library is Library.JAX:
        from jax import grad, vmap
    else:
        from torch.func import grad, vmap
    inputs = case.inputs()
    case.close(vmap(case.loss.sum)(*inputs), case.loss.each(*inputs), "vmap of the sum of one")
    if not case.trainable:
        return
    gradient = case.loss.gradient(*inputs)
    case.close(vmap(case.loss.gradient)(*inputs), gradient, "vmap of the gradient")
    case.close(vmap(grad(case.loss.sum))(*inputs), gradient, "vmap of autodiff")
    case.close(grad(case.loss)(*inputs), case.loss.value_and_gradient(*inputs)[1], "functional autodiff")


@law(_both(_once, _trainable, _on(Library.TORCH)))
def needs_no_autograd(case: Case) -> None:
    """Derivatives come under no_grad and inference_mode, and never build a graph of autograd."""
    import torch

    lead, *rest = case.inputs()
    expected = case.loss.value_and_gradient(lead, *rest)
    tracked = lead.clone().requires_grad_()
    for mode in (torch.no_grad, torch.inference_mode, torch.enable_grad):
        with mode():
            results = (*case.loss.value_and_gradient(tracked, *rest), case.loss.gradient(tracked, *rest))
        assert not any(result.requires_grad for result in results), f"{mode.__name__}: a result is tracked"
        case.close(results[0], expected[0], f"value under {mode.__name__}")
        case.close(results[1], expected[1], f"gradient under {mode.__name__}")
        case.close(results[2], case.loss.gradient(lead, *rest), f"gradient of the sum under {mode.__name__}")
