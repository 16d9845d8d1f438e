"""Laws of items, weights, masks, parts and class targets."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.testing.case import (
    KEEP,
    ROWS,
    WEIGHTS,
    Case,
    both,
    few_compiles,
    few_values,
    law,
    listed,
    main,
    on,
    once,
    over_items,
    trainable,
)
from losskit.testing.libraries import Library
from losskit.testing.samples import class_count, items_of, native


@law(once)
def follows_permutation(case: Case) -> None:
    """Another order of the items reorders each and the gradient, and leaves the mean."""
    order = np.array([3, 0, 4, 1, 5, 2])
    arrays = case.sample()
    inputs = case.native(arrays)
    moved = case.native({k: a[order] for k, a in arrays.items()})
    case.close(case.loss.each(*moved), case.array(case.backend.numbers(case.loss.each(*inputs))[order]), "each")
    case.close(case.loss(*moved), case.loss(*inputs), "the mean")
    for name in case.derivatives:
        expected = case.turned(case.derivative(name, *inputs), lambda g: g[order])
        case.close(case.derivative(name, *moved), expected, name)


@law(few_values)
def weight_is_repetition(case: Case) -> None:
    """An integer weight is that many copies of the item, in values and derivatives."""
    counts = np.array([2, 0, 1, 0, 3, 0])
    arrays = case.sample()
    inputs, weight = case.native(arrays), case.array(counts)
    copies = case.native({k: np.repeat(a, counts, axis=0) for k, a in arrays.items()})
    case.close(case.loss(*inputs, weight=weight), case.loss(*copies), "the mean")
    case.close(case.loss.sum(*inputs, weight=weight), case.loss.sum(*copies), "sum")
    for name in case.derivatives:
        expected = _per_item(case, case.derivative(name, *copies), counts)
        case.close(case.derivative(name, *inputs, weight=weight), expected, name)
    if trainable(case):
        value, gradient = case.loss.value_and_gradient(*inputs, weight=weight)
        value_of_copies, gradient_of_copies = case.loss.value_and_gradient(*copies)
        case.close(value, value_of_copies, "value")
        case.close(gradient, _per_item(case, gradient_of_copies, counts), "the gradient of the mean")


def _per_item(case: Case, of_copies: Any, counts: np.ndarray) -> list[Any]:
    """The gradients of an item's copies, added up for each item."""
    ends = np.cumsum(counts)[:-1]
    return case.turned(of_copies, lambda g: np.stack([part.sum(axis=0) for part in np.split(g, ends)]))


@law(few_values)
def mask_is_deletion(case: Case) -> None:
    """A masked item is as if it were not there, in values and derivatives, even if it holds NaN."""
    loss, numbers = case.loss, case.backend.numbers
    inputs, where = case.junk(), case.mask(KEEP)
    kept = case.native({k: a[KEEP] for k, a in case.sample().items()})
    weights = np.where(KEEP, WEIGHTS, np.nan)
    for weight, kept_weight in ((None, None), (case.array(weights), case.array(weights[KEEP]))):
        case.close(loss(*inputs, weight=weight, where=where), loss(*kept, weight=kept_weight), "the mean")
        for name in case.derivatives:
            masked = case.derivative(name, *inputs, weight=weight, where=where)
            expected = case.derivative(name, *kept, weight=kept_weight)
            case.close(case.turned(masked, lambda g: g[KEEP]), expected, name)
            case.exactly(case.turned(masked, lambda g: g[~KEEP]), 0.0, f"{name} under the mask")
    each = numbers(loss.each(*inputs, where=where))
    case.close(case.array(each[KEEP]), loss.each(*kept), "each")
    case.exactly(case.array(each[~KEEP]), 0.0, "each under the mask")


@law(once)
def parts_make_the_whole(case: Case) -> None:
    """Parts over one normalizer add up to the whole: gradient accumulation and data-parallel training."""
    arrays = case.sample()
    inputs, weight = case.native(arrays), case.array(WEIGHTS)
    parts = [
        (case.native({k: a[piece] for k, a in arrays.items()}), case.array(WEIGHTS[piece]))
        for piece in (slice(0, 3), slice(3, 6))
    ]
    total = float(WEIGHTS.sum())
    value = sum(case.loss(*part, weight=w, normalizer=total) for part, w in parts)
    case.close(value, case.loss(*inputs, weight=weight, normalizer=total), "value")
    if case.divisor_is_count:
        case.close(value, case.loss(*inputs, weight=weight), "value against the weighted mean")
    if trainable(case):
        pairs = [case.loss.value_and_gradient(*part, weight=w, normalizer=total) for part, w in parts]
        whole = case.loss.value_and_gradient(*inputs, weight=weight, normalizer=total)
        case.close(sum(pair[0] for pair in pairs), whole[0], "the value of value_and_gradient")
        for first, second, expected in zip(*(listed(g) for _, g in (*pairs, whole)), strict=True):
            joined = np.concatenate([case.backend.numbers(first), case.backend.numbers(second)])
            case.close(case.array(joined), expected, "the gradient of value_and_gradient")


@law(once)
def nothing_left_gives_zero(case: Case) -> None:
    """With every item masked, of weight 0, or ignored, the mean is 0 and its gradient 0."""
    inputs = case.inputs()
    cases: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {}
    cases["mask"] = (inputs, {"where": case.mask(np.zeros(ROWS))})
    cases["weight 0"] = (inputs, {"weight": case.array(np.zeros(ROWS))})
    if case.ids and case.loss.params["ignore_index"] is not None:
        arrays = case.sample()
        arrays[str(case.ids)][:] = case.loss.params["ignore_index"]
        cases["ignored ids"] = (case.native(arrays), {})
    for what, (arguments, options) in cases.items():
        case.exactly(case.loss(*arguments, **options), 0.0, f"the mean, {what}")
        if not trainable(case):
            continue
        value, gradient = case.loss.value_and_gradient(*arguments, **options)
        case.exactly(value, 0.0, f"value, {what}")
        case.exactly(gradient, 0.0, f"gradient, {what}")
        if main(case):
            case.exactly(case.autodiff(*arguments, **options), 0.0, f"autodiff, {what}")


@law(both(few_values, lambda case: case.ids is not None and case.loss.kind != "imagewise"))  # masks there mean sigmoids
def ids_are_one_hot_labels(case: Case) -> None:
    """Class ids, int32 or int64, and the same classes as one-hot rows give the same losses and derivatives.

    Not of pixels: labels of each channel are judged there on their own, without a softmax.
    """
    arrays = case.sample()
    ids = str(case.ids)
    hot = {**arrays, ids: np.eye(class_count(case.loss))[arrays[ids]]}
    short = native(arrays, case.backend, case.dtype, ids="int32")
    methods = [case.loss.each, *(getattr(case.loss, name) for name in case.derivatives)]
    for method in methods:
        found = method(*case.native(arrays))
        case.close(method(*short), found, f"{method.__name__} with int32 ids")
        if case.loss.kind != "imagewise":
            case.close(found, method(*case.native(hot)), f"{method.__name__} with one-hot rows")


@law(both(once, lambda case: case.ids is not None and case.loss.params["ignore_index"] is not None))
def ignored_is_masked(case: Case) -> None:
    """Items that carry ignore_index are masked."""
    arrays = case.sample()
    masked = case.loss(*case.native(arrays), where=case.mask(KEEP))
    arrays[str(case.ids)][~KEEP] = case.loss.params["ignore_index"]
    case.close(case.loss(*case.native(arrays)), masked, "the mean")


@law(both(few_values, few_compiles, over_items))
def masked_item_is_deleted(case: Case) -> None:
    """An item that `where` leaves out of its list, batch or picture is as if it were not there, even if it is junk."""
    arrays = case.sample()
    hidden = case.native({k: _junk_at(1, a) if case.has_items(k) else a for k, a in arrays.items()})
    short = case.native({k: np.delete(a, 1, axis=1) if case.has_items(k) else a for k, a in arrays.items()})
    where = np.ones((ROWS, *items_of(case.loss)))
    where[:, 1] = 0.0
    mask = case.array(where, "bool")
    found, expected = case.results(*hidden, where=mask), case.results(*short)
    for what in ("each", "the mean"):
        case.close(found[what], expected[what], what)
    for name in case.derivatives:
        _without_item(case, found[name], expected[name], name)
    if main(case):
        own = case.autodiff(*hidden, where=mask)  # of the mean, the others of the sum
        whole = case.turned(expected["gradient"], lambda g: g / ROWS)
        _without_item(case, own, whole, "autodiff")


def _junk_at(item: int, array: np.ndarray) -> np.ndarray:
    """NaN in place of one item, in place of an id one that does not exist."""
    junk = array.copy()
    junk[:, item] = -7 if array.dtype.kind == "i" else np.nan
    return junk


def _without_item(case: Case, masked: Any, short: Any, what: str) -> None:
    """The derivatives are those without the item 1, and 0 for it; a curvature may be positive there."""
    for name, full, expected in zip(case.loss.definition.wrt, listed(masked), listed(short), strict=True):
        if not case.has_items(name):
            case.close(full, expected, what)
            continue
        numbers = case.backend.numbers(full)
        case.close(case.array(np.delete(numbers, 1, axis=1)), expected, what)
        if what != "curvature":
            case.exactly(case.array(numbers[:, 1]), 0.0, f"{what} under the mask")


@law(both(once, over_items, on(Library.NUMPY, Library.TORCH, Library.TENSORFLOW)))  # many shapes
def padding_changes_nothing(case: Case) -> None:
    """Lists, batches or pictures of several lengths, filled up under the mask, are what each is on its own."""
    arrays, full = case.sample(), items_of(case.loss)[0]
    lengths = [full - row % 2 for row in range(ROWS)]
    where = np.arange(full) < np.reshape(lengths, (-1, 1))
    padded = {k: _padded(a, where) if case.has_items(k) else a for k, a in arrays.items()}
    each = case.backend.numbers(case.loss.each(*case.native(padded), where=case.array(where, "bool")))
    for row in range(2):
        own = {k: a[row][: lengths[row]] if case.has_items(k) else a[row] for k, a in arrays.items()}
        case.close(case.array(each[row]), case.loss.each(*case.native(own)), f"each of {lengths[row]} items")


def _padded(array: np.ndarray, where: np.ndarray) -> np.ndarray:
    """`array` with a copy of the first item wherever `where` says that there is none."""
    inside = where.reshape(*where.shape, *(1,) * (array.ndim - 2))
    return np.where(inside, array, array[:, :1])


@law(both(once, over_items))
def follows_the_order_of_items(case: Case) -> None:
    """Another order of the items of each list, batch or picture leaves each and reorders the derivatives."""
    arrays = case.sample()
    order = np.roll(np.arange(items_of(case.loss)[0]), 1)
    inputs = case.native(arrays)
    moved = case.native({k: a[:, order] if case.has_items(k) else a for k, a in arrays.items()})
    case.close(case.loss.each(*moved), case.loss.each(*inputs), "each")
    for name in case.derivatives:
        found, before = case.derivative(name, *moved), case.derivative(name, *inputs)
        for k, new, old in zip(case.loss.definition.wrt, found, before, strict=True):
            numbers = case.backend.numbers(old)
            case.close(new, case.array(numbers[:, order] if case.has_items(k) else numbers), name)


@law(both(once, few_compiles, lambda case: case.loss.kind == "imagewise"))
def pixels_lie_on_any_axes(case: Case) -> None:
    """A picture (H, W) is the row of its H·W pixels."""
    arrays = case.sample()
    height, width = 2, items_of(case.loss)[0] // 2
    pictures = {k: a.reshape(ROWS, height, width, *a.shape[2:]) if case.has_items(k) else a for k, a in arrays.items()}
    inputs, flat = case.native(pictures), case.native(arrays)
    where = np.random.default_rng(9).random((ROWS, height, width)) < 0.7
    masks = (case.array(where, "bool"), case.array(where.reshape(ROWS, -1), "bool"))
    found, expected = case.results(*inputs, where=masks[0]), case.results(*flat, where=masks[1])
    for what in ("each", "the mean"):
        case.close(found[what], expected[what], what)
    for name in case.derivatives:
        for i, new, old in zip(case.leads, listed(found[name]), listed(expected[name]), strict=True):
            case.close(new, case.array(case.backend.numbers(old).reshape(inputs[i].shape)), name)
