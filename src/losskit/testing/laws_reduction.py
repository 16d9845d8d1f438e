"""Laws of items, weights, masks, parts and class targets."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.testing.case import KEEP, ROWS, WEIGHTS, Case, both, few_dtypes, law, main, once, trainable
from losskit.testing.samples import class_count, native


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
        derivative = getattr(case.loss, name)
        case.close(derivative(*moved), case.array(case.backend.numbers(derivative(*inputs))[order]), name)


@law(few_dtypes)
def weight_is_repetition(case: Case) -> None:
    """An integer weight is that many copies of the item, in values and derivatives."""
    counts = np.array([2, 0, 1, 0, 0, 0])
    arrays = case.sample()
    inputs, weight = case.native(arrays), case.array(counts)
    copies = case.native({k: np.repeat(a, counts, axis=0) for k, a in arrays.items()})
    case.close(case.loss(*inputs, weight=weight), case.loss(*copies), "the mean")
    case.close(case.loss.sum(*inputs, weight=weight), case.loss.sum(*copies), "sum")
    for name in case.derivatives:
        derivative = getattr(case.loss, name)
        case.close(derivative(*inputs, weight=weight), _per_item(case, derivative(*copies), counts), name)
    if trainable(case):
        value, gradient = case.loss.value_and_gradient(*inputs, weight=weight)
        value_of_copies, gradient_of_copies = case.loss.value_and_gradient(*copies)
        case.close(value, value_of_copies, "value")
        case.close(gradient, _per_item(case, gradient_of_copies, counts), "the gradient of the mean")


def _per_item(case: Case, of_copies: Any, counts: np.ndarray) -> Any:
    """The gradients of an item's copies, added up for each item."""
    parts = np.split(case.backend.numbers(of_copies), np.cumsum(counts)[:-1])
    return case.array(np.stack([part.sum(axis=0) for part in parts]))


@law(few_dtypes)
def mask_is_deletion(case: Case) -> None:
    """A masked item is as if it were not there, in values and derivatives, even if it holds NaN."""
    loss, numbers = case.loss, case.backend.numbers
    inputs, where = case.junk(), case.mask(KEEP)
    kept = case.native({k: a[KEEP] for k, a in case.sample().items()})
    weights = np.where(KEEP, WEIGHTS, np.nan)
    for weight, kept_weight in ((None, None), (case.array(weights), case.array(weights[KEEP]))):
        case.close(loss(*inputs, weight=weight, where=where), loss(*kept, weight=kept_weight), "the mean")
        for name in case.derivatives:
            derivative = getattr(loss, name)
            masked = numbers(derivative(*inputs, weight=weight, where=where))
            case.close(case.array(masked[KEEP]), derivative(*kept, weight=kept_weight), name)
            case.exactly(case.array(masked[~KEEP]), 0.0, f"{name} under the mask")
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
        joined = np.concatenate([case.backend.numbers(pair[1]) for pair in pairs])
        case.close(case.array(joined), whole[1], "the gradient of value_and_gradient")


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


@law(both(few_dtypes, lambda case: case.ids is not None))
def ids_are_one_hot_labels(case: Case) -> None:
    """Class ids, int32 or int64, and the same classes as one-hot rows give the same losses and derivatives."""
    arrays = case.sample()
    ids = str(case.ids)
    hot = {**arrays, ids: np.eye(class_count(case.loss))[arrays[ids]]}
    short = native(arrays, case.backend, case.dtype, ids="int32")
    methods = [case.loss.each, *(getattr(case.loss, name) for name in case.derivatives)]
    for method in methods:
        expected = method(*case.native(hot))
        case.close(method(*case.native(arrays)), expected, f"{method.__name__} with int64 ids")
        case.close(method(*short), expected, f"{method.__name__} with int32 ids")


@law(both(once, lambda case: case.ids is not None and case.loss.params["ignore_index"] is not None))
def ignored_is_masked(case: Case) -> None:
    """Items that carry ignore_index are masked."""
    arrays = case.sample()
    masked = case.loss(*case.native(arrays), where=case.mask(KEEP))
    arrays[str(case.ids)][~KEEP] = case.loss.params["ignore_index"]
    case.close(case.loss(*case.native(arrays)), masked, "the mean")


@law(both(few_dtypes, lambda case: case.loss.kind == "listwise"))
def masked_item_is_deleted(case: Case) -> None:
    """An item that `where` leaves out of its list is as if it were not there, even if it holds NaN."""
    arrays, numbers = case.sample(), case.backend.numbers
    keep = np.ones(arrays[case.loss.definition.lead].shape, bool)
    keep[:, 1] = False
    hidden = case.native({k: np.where(keep, a, np.nan) for k, a in arrays.items()})
    short = case.native({k: np.delete(a, 1, axis=1) for k, a in arrays.items()})
    where = case.array(keep, "bool")
    case.close(case.loss.each(*hidden, where=where), case.loss.each(*short), "each")
    case.close(case.loss(*hidden, where=where), case.loss(*short), "the mean")
    for name in case.derivatives:
        masked = numbers(getattr(case.loss, name)(*hidden, where=where))
        case.close(case.array(np.delete(masked, 1, axis=1)), getattr(case.loss, name)(*short), name)
        if name != "curvature":
            case.exactly(case.array(masked[:, 1]), 0.0, f"{name} under the mask")
    if main(case):
        own = numbers(case.autodiff(*hidden, where=where))
        case.exactly(case.array(own[:, 1]), 0.0, "autodiff under the mask")


@law(both(once, lambda case: case.loss.kind == "listwise"))
def follows_the_order_of_items(case: Case) -> None:
    """Another order of the items of each list leaves each and reorders the derivatives."""
    arrays, order = case.sample(), np.array([2, 0, 1])
    inputs, moved = case.native(arrays), case.native({k: a[:, order] for k, a in arrays.items()})
    case.close(case.loss.each(*moved), case.loss.each(*inputs), "each")
    for name in case.derivatives:
        derivative = getattr(case.loss, name)
        case.close(derivative(*moved), case.array(case.backend.numbers(derivative(*inputs))[:, order]), name)
