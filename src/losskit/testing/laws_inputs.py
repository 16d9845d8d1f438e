"""Laws of what a loss refuses, with a message that says what came and how to mend it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import losskit
from losskit.errors import InvalidInput, InvalidType, LosskitError
from losskit.ops import dispatch
from losskit.testing.case import ROWS, Case, both, law, on, once, pointwise
from losskit.testing.libraries import Library, installed_libraries
from losskit.testing.samples import class_count, native


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


@law(once)
def named_as_positional(case: Case) -> None:
    """Inputs may be given by name."""
    names_ = list(case.loss.definition.inputs)
    inputs = case.inputs()
    named = dict(zip(names_, inputs, strict=True))
    case.close(case.loss(**named), case.loss(*inputs), "inputs by name")


@law(once)
def refuses_integers(case: Case) -> None:
    """An integer pred raises."""
    lead, *rest = case.inputs()
    integers = dispatch.words_of(lead).cast(lead, "int32")
    _raises(InvalidType, functools.partial(case.loss, integers, *rest), "float", "int32")


@law(once)
def never_broadcasts(case: Case) -> None:
    """A column against a row, or one too few of an axis, raises with both shapes; weight and where too."""
    lead, *others = case.inputs()
    shape = tuple(lead.shape)
    for i, array in enumerate(others):
        numbers = case.backend.numbers(array)
        short = [numbers[..., :-1]] if case.last_axis_is_bound(i + 1) else []
        for wrong in (numbers[:, None], numbers[:-1], *short):
            odd = case.array(wrong, dispatch.words_of(array).dtype(array))
            changed = [*others[:i], odd, *others[i + 1 :]]
            _raises(InvalidInput, functools.partial(case.loss, lead, *changed), str(shape), str(tuple(odd.shape)))
    for name, wrong in (("weight", np.ones((ROWS, 1))), ("weight", np.ones(ROWS - 1)), ("where", np.ones((ROWS, 1)))):
        odd = case.array(wrong, "bool" if name == "where" else case.dtype)
        for method in ("__call__", "sum", *case.derivatives):
            run = functools.partial(getattr(case.loss, method), lead, *others, **{name: odd})
            _raises(InvalidInput, run, str(shape), str(tuple(odd.shape)))
    if pointwise(case):
        column = case.array(case.backend.numbers(lead)[:, None])
        for method in ("__call__", "each", *case.derivatives):
            _raises(
                InvalidInput,
                functools.partial(getattr(case.loss, method), column, *others),
                f"({ROWS}, 1)",
                f"({ROWS},)",
            )


@law(once)
def refuses_lists(case: Case) -> None:
    """Lists raise, with the call that mends it."""
    inputs = case.inputs()
    for i, array in enumerate(inputs):
        changed = [*inputs[:i], case.backend.numbers(array).tolist(), *inputs[i + 1 :]]
        _raises(InvalidType, functools.partial(case.loss, *changed), "list", "asarray")
    _raises(InvalidType, lambda: case.loss(*inputs, weight=[1.0] * ROWS), "weight", "asarray")
    _raises(InvalidType, lambda: case.loss(*inputs, where=[True] * ROWS), "where", "asarray")


@law(once)
def refuses_mixed_libraries(case: Case) -> None:
    """Arrays of two libraries raise, and both are named."""
    inputs = case.inputs()
    for other in installed_libraries():
        if other is case.backend:
            continue
        guests = native(case.sample(), other, case.dtype)
        for i in range(1, len(inputs)):
            mixed = [*inputs[:i], guests[i], *inputs[i + 1 :]]
            _raises(InvalidType, functools.partial(case.loss, *mixed), case.backend.value, other.value)
        weight = other.array(np.ones(ROWS), case.dtype)
        _raises(InvalidType, functools.partial(case.loss, *inputs, weight=weight), case.backend.value, other.value)


@law(once)
def refuses_numbers_as_mask(case: Case) -> None:
    """A `where` that is not boolean raises."""
    numbers = case.mask(np.ones(ROWS), case.dtype)
    _raises(InvalidType, lambda: case.loss(*case.inputs(), where=numbers), "boolean", "weight=")


@law(both(once, on(Library.NUMPY), lambda case: case.ids is not None))
def refuses_unknown_classes(case: Case) -> None:
    """A class id that does not exist raises on NumPy, and lk.check raises everywhere."""
    for bad in (-1, class_count(case.loss)):
        arrays = case.sample()
        ids = arrays[str(case.ids)]
        ids.flat[2] = bad
        inputs = case.native(arrays)
        _raises(InvalidInput, functools.partial(case.loss, *inputs), str(bad), f"1 of {ids.size}")
        for library in installed_libraries():
            guests = native(arrays, library, case.dtype)
            _raises(InvalidInput, functools.partial(losskit.check, case.loss, *guests), str(bad))


@law(once)
def refuses_unknown_arguments(case: Case) -> None:
    """A misspelt argument, or one array too many or too few, raises."""
    inputs = case.inputs()
    _raises(LosskitError, lambda: case.loss(*inputs, wieght=inputs[0]), "weight")
    _raises(InvalidInput, lambda: case.loss(*inputs, inputs[0]))
    _raises(InvalidInput, lambda: case.loss(*inputs[:-1]))
