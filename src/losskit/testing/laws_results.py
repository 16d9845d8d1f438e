"""Laws of what comes back: shape, dtype, device, edges, and a loss that is a value."""

from __future__ import annotations

import functools
import pickle
from typing import Any

import numpy as np

import losskit
from losskit.core.registry import get, names
from losskit.ops import dispatch
from losskit.testing.case import (
    KEEP,
    ROWS,
    Case,
    both,
    few_compiles,
    few_dtypes,
    few_values,
    law,
    listed,
    on,
    once,
    pointwise,
    trainable,
)
from losskit.testing.libraries import Library
from losskit.testing.variants import learnable, other_value, remake


@law(both(once, on(Library.NUMPY)))
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
        other = remake(loss, **{name: np.array([loss.params[name], other_value(loss, name)])})
        assert other != loss, f"{other!r} == {loss!r}"
        assert pickle.loads(pickle.dumps(other)) == other, f"{other!r} is not what it was after pickle"


@law()
def keeps_shape_and_dtype(case: Case) -> None:
    """each keeps pred's batch shape and dtype, derivatives pred's shape and dtype; scalars are at least float32."""
    two_axes = once(case) and case.main and case.loss.kind != "imagewise"  # there axes after the first are pixels
    for batch in ((ROWS,), (2, 3)) if two_axes else ((ROWS,),):
        arrays = {k: a.reshape(*batch, *a.shape[1:]) for k, a in case.sample().items()}
        case.traced(functools.partial(_keeps, case, batch), *case.native(arrays))


def _keeps(case: Case, batch: tuple[int, ...], *inputs: Any) -> None:
    _is(case, case.loss.each(*inputs), batch, case.dtype, "each")
    _is(case, case.loss(*inputs), (), case.scalar_dtype, "the mean")
    _is(case, case.loss.sum(*inputs), (), case.scalar_dtype, "sum")
    for name in case.derivatives:
        _is_like_leads(case, getattr(case.loss, name)(*inputs), inputs, name)
    if trainable(case):
        value, gradient = case.loss.value_and_gradient(*inputs)
        _is(case, value, (), case.scalar_dtype, "the value of value_and_gradient")
        _is_like_leads(case, gradient, inputs, "the gradient of value_and_gradient")


def _is_like_leads(case: Case, derivative: Any, inputs: tuple[Any, ...], what: str) -> None:
    """A bare array for one differentiated input, a tuple for several; shapes theirs, dtype pred's."""
    assert isinstance(derivative, tuple) == (len(case.leads) > 1), f"{what} is a {type(derivative).__name__}"
    for i, array in zip(case.leads, listed(derivative), strict=True):
        _is(case, array, tuple(inputs[i].shape), case.dtype, what)


def _is(case: Case, array: Any, shape: tuple[int, ...], dtype: str, what: str) -> None:
    ops = dispatch.words_of(array)
    assert ops.name == case.backend.value, f"{what} is a {ops.name} array"
    assert tuple(ops.shape(array)) == shape, f"{what} has shape {ops.shape(array)}, expected {shape}"
    assert ops.dtype(array) == dtype, f"{what} is {ops.dtype(array)}, expected {dtype}"


@law(few_dtypes)
def pred_decides_the_dtype(case: Case) -> None:
    """Other inputs and weights may be of another dtype, integers too: they are cast to pred's."""
    lead, *rest = case.inputs()
    wide = "float64" if case.backend.wide else "float32"
    others = [dispatch.words_of(x).cast(x, wide) if _floating(x) else x for x in rest]
    counts = case.array(np.array([1, 2, 0, 3, 1, 1]), "int32")
    case.traced(functools.partial(_is_of_preds_dtype, case), counts, lead, *others)


def _is_of_preds_dtype(case: Case, counts: Any, *inputs: Any) -> None:
    _is(case, case.loss.each(*inputs), (ROWS,), case.dtype, "each")
    _is(case, case.loss(*inputs, weight=counts), (), case.scalar_dtype, "the weighted mean")
    if trainable(case):
        _, gradient = case.loss.value_and_gradient(*inputs, weight=counts)
        _is_like_leads(case, gradient, inputs, "the gradient")


def _floating(x: Any) -> bool:
    return "float" in dispatch.words_of(x).dtype(x)


@law(once)
def sum_and_mean_are_of_each(case: Case) -> None:
    """sum adds up each, and the call divides it by the number of items."""
    inputs = case.inputs()
    each = case.backend.numbers(case.loss.each(*inputs))
    case.close(case.loss.sum(*inputs), case.array(each.sum()), "sum")
    if case.divisor_is_count:
        case.close(case.loss(*inputs), case.array(each.mean()), "the mean")


@law(both(few_values, few_compiles))
def empty_gives_zero(case: Case) -> None:
    """No items: the mean is 0 and derivatives are empty."""
    inputs = case.inputs(0)
    found = case.results(*inputs)
    case.exactly(found["the mean"], 0.0, "the mean")
    assert tuple(found["each"].shape) == (0,)
    for name in case.derivatives:
        _is_like_leads(case, found[name], inputs, name)
    case.exactly(case.loss(*inputs, weight=case.array(np.ones(0))), 0.0, "the weighted mean")
    if trainable(case):
        case.exactly(case.loss.value_and_gradient(*inputs)[0], 0.0, "value")


@law(both(once, on(Library.NUMPY, Library.TORCH, Library.TENSORFLOW)))  # on JAX vmap says it
def one_item_without_axis(case: Case) -> None:
    """One item with no batch axis (0-d for pointwise losses) is what it is in a batch: vmap needs it."""
    arrays = case.sample()
    found = case.results(*case.native({k: a[0] for k, a in arrays.items()}))
    inputs = case.native(arrays)
    _is(case, found.pop("the mean"), (), case.scalar_dtype, "the mean")
    for name, one in found.items():
        case.close(one, case.turned(getattr(case.loss, name)(*inputs), lambda x: x[0]), name)


@law(both(once, on(Library.NUMPY, Library.TORCH)))
def leaves_its_inputs(case: Case) -> None:
    """Inputs, read-only ones too, are never written."""
    inputs = case.inputs()
    before = [case.backend.numbers(x).copy() for x in inputs]
    if case.backend is Library.NUMPY:
        for x in inputs:
            x.setflags(write=False)
    where, weight = case.mask(KEEP), case.array(np.ones(ROWS))
    for options in ({}, {"where": where, "weight": weight}):
        case.loss(*inputs, **options)
        for name in case.derivatives:
            getattr(case.loss, name)(*inputs, **options)
    for x, old in zip(inputs, before, strict=True):
        assert np.array_equal(case.backend.numbers(x), old), "an input was changed"


@law(both(once, pointwise))
def parameters_may_be_arrays(case: Case) -> None:
    """A data parameter as an array, NumPy's or the library's, is each entry's own parameter."""
    inputs = case.inputs()
    for name in learnable(case.loss):
        pair = (case.loss.params[name], other_value(case.loss, name))
        turns = np.arange(ROWS) % 2
        values = np.array(pair)[turns]
        for given in (values, values.tolist(), case.array(values)):
            together = remake(case.loss, **{name: given})
            for method in ("each", *case.derivatives):
                apart = [listed(getattr(remake(case.loss, **{name: v}), method)(*inputs)) for v in pair]
                numbers = [[case.backend.numbers(part) for part in parts] for parts in apart]
                mixed = [case.array(np.where(turns, b, a)) for a, b in zip(*numbers, strict=True)]
                case.close(getattr(together, method)(*inputs), mixed, f"{method} with {name} an array")


@law(both(once, on(Library.TORCH)))
def keeps_the_device(case: Case) -> None:
    """Everything that comes back lies where pred lies."""
    inputs = [x.to("meta") for x in case.inputs()]
    weight, where = case.array(np.ones(ROWS)).to("meta"), case.mask(KEEP).to("meta")
    results = [case.loss(*inputs, weight=weight, where=where), case.loss.each(*inputs)]
    for name in case.derivatives:
        results += case.derivative(name, *inputs, weight=weight)
    if trainable(case):
        value, gradient = case.loss.value_and_gradient(*inputs, weight=weight, where=where)
        results += [value, *listed(gradient)]
    assert {result.device.type for result in results} == {"meta"}, [result.device for result in results]
