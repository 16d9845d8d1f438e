"""The two kinds of checks on arrays: structure (always, from static metadata) and values (where they are free)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from losskit.core.definition import Definition
from losskit.core.domains import Domain
from losskit.errors import InvalidInput, InvalidType
from losskit.ops.dispatch import words_of

Shape = tuple[int | None, ...]


class Layout(NamedTuple):
    """How the arrays of a call are laid out: the axes of the items, and the lengths of the axes inside an item."""

    ops: Any
    soft: bool  # classes come as soft labels
    batch: Shape
    sizes: dict[str, Shape]  # axis name -> its length; of pixels the lengths of all their axes


def check_structure(d: Definition, inputs: Mapping[str, Any], weight: Any, where: Any) -> Layout:
    """The layout of the arrays of a call; raises on any disagreement.

    Library, device, dtype kind, rank and exact shape are compared; nothing broadcasts and nothing is squeezed.
    """
    lead = inputs[d.lead]
    ops = words_of(lead, d.lead)
    extras = {name: array for name, array in (("weight", weight), ("where", where)) if array is not None}
    for name, array in (*inputs.items(), *extras.items()):
        if array is not lead:
            _check_home(ops, d, lead, name, array)
    dtype = ops.dtype(lead)
    if "float" not in dtype:
        raise InvalidType(f"{d.name}: {d.lead} must be floating point, got {dtype}", f"cast it: {d.lead} as float32")
    shape = ops.shape(lead)
    batch, sizes = _lead_axes(d, shape)
    classes = d.class_input
    for name, array in inputs.items():
        if name not in (d.lead, classes):
            own, axes = ops.shape(array), d.inputs[name].axes
            _bind_axes(axes, own, sizes)
            _check_shape(d, name, own, batch + _lengths(axes, sizes), shape)
            if d.inputs[name].labels and "int" not in ops.dtype(array):
                raise InvalidType(
                    f"{d.name}: labels in {name} must be integers, got {ops.dtype(array)}", f"cast {name} to int64"
                )
    items = batch + _lengths(d.inputs[d.lead].axes[:1], sizes) if d.over_items else batch
    soft = False
    if classes is not None:
        soft = _check_classes(ops, d, classes, inputs[classes], items, sizes.get("K", (None,)), shape)
    for name, array in extras.items():
        _check_shape(d, name, ops.shape(array), items if name == "where" else batch, shape)
    if where is not None and ops.dtype(where) != "bool":
        raise InvalidType(f"{d.name}: where must be boolean, got {ops.dtype(where)}", "numbers go into weight=")
    return Layout(ops, soft, batch, sizes)


def _lead_axes(d: Definition, shape: Shape) -> tuple[Shape, dict[str, Shape]]:
    """The items' axes of the first input, and the lengths of the axes inside an item."""
    domain = d.inputs[d.lead]
    axes = domain.axes
    if len(shape) < len(axes):
        raise InvalidInput(
            f"{d.name}: {d.lead} needs {_AXES.get(axes, f'{len(axes)} axes of its own')}, got shape {tuple(shape)}",
            "give one score for each class, classes last" if axes == ("K",) else f"{d.lead}: {domain.description}",
        )
    start = len(shape) - len(axes)
    if d.kind == "imagewise" and start > 1:  # all axes between the pictures and their classes are pixels
        start = 1
    inside = shape[start:]
    pixels = len(inside) - len(axes) + 1
    sizes = {axes[0]: inside[:pixels]} if axes else {}
    sizes |= {axis: (length,) for axis, length in zip(axes[1:], inside[pixels:], strict=True)}
    if domain.length is not None and shape[-1] not in (domain.length, None):
        raise InvalidInput(
            f"{d.name}: {d.lead} must hold {domain.description}: a last axis of {domain.length}, got {tuple(shape)}",
            f"give {domain.length} numbers for each",
        )
    return shape[:start], sizes


_AXES: dict[tuple[str, ...], str] = {
    ("K",): "a class axis",
    ("L",): "an axis over the items of a list",
    ("N",): "an axis over the rows of a batch",
}


def _bind_axes(axes: tuple[str, ...], shape: Shape, sizes: dict[str, Shape]) -> None:
    """Axes that are met for the first time take the lengths that this input has there."""
    own = shape[len(shape) - len(axes) :] if len(shape) >= len(axes) else (None,) * len(axes)
    for axis, length in zip(axes, own, strict=True):
        sizes.setdefault(axis, (length,))


def _lengths(axes: tuple[str, ...], sizes: Mapping[str, Shape]) -> Shape:
    return tuple(length for axis in axes for length in sizes[axis])


def _check_home(ops: Any, d: Definition, lead: Any, name: str, array: Any) -> None:
    other = ops if type(array) is type(lead) else words_of(array, name)
    if other is not ops:
        raise InvalidType(
            f"{d.name}: {d.lead} is a {ops.name} array and {name} a {other.name} array",
            f"bring both to one library: losskit never converts behind your back ({name} to {ops.name})",
        )
    here, there = ops.device(lead), ops.device(array)
    if here != there:
        raise InvalidInput(f"{d.name}: {d.lead} is on {here} and {name} on {there}", f"move {name} to {here}")


def _same(a: Shape, b: Shape) -> bool:
    return len(a) == len(b) and all(x is None or y is None or x == y for x, y in zip(a, b, strict=True))


def _check_shape(d: Definition, name: str, shape: Shape, expected: Shape, lead: Shape) -> None:
    if shape != expected and not _same(shape, expected):
        raise InvalidInput(
            f"{d.name}: {d.lead} has shape {tuple(lead)}, so {name} must have shape {tuple(expected)}, "
            f"got {tuple(shape)}",
            _shape_remedy(d, name, shape, expected, lead),
        )


def _shape_remedy(d: Definition, name: str, shape: Shape, expected: Shape, lead: Shape) -> str:
    if name in d.inputs and d.inputs[name].classes and len(shape) == len(lead) and shape[-1] == 1:
        return f"class ids have no class axis: {name}[..., 0]"
    if name == "weight" and "class_weight" in d.params and tuple(shape) == tuple(lead[-1:]):
        return f"give weight one entry for each item; weights of classes are lk.{d.name}(class_weight=...)"
    if tuple(expected) != tuple(lead):
        return f"give {name} one entry for each item"
    known = [n for n in (*shape, *lead) if n is not None]
    if len(known) == len(shape) + len(lead) and math.prod(known[: len(shape)]) == math.prod(known[len(shape) :]):
        return f"reshape one of them, for example {name}.reshape({d.lead}.shape): losskit never broadcasts or squeezes"
    return f"give {name} one entry for each of {d.lead}: losskit never broadcasts or squeezes"


def _check_classes(ops: Any, d: Definition, name: str, array: Any, items: Shape, classes: Shape, lead: Shape) -> bool:
    shape = ops.shape(array)
    if len(shape) > len(items):
        _check_shape(d, name, shape, items + classes, lead)
        return True
    _check_shape(d, name, shape, items, lead)
    if "int" not in ops.dtype(array):
        raise InvalidType(
            f"{d.name}: class ids in {name} must be integers, got {ops.dtype(array)}",
            f"cast {name} to int64, or give soft labels of shape {tuple(items + classes)}",
        )
    return False


def check_arrays(d: Definition, params: Mapping[str, Any], lead: Shape) -> None:
    """Array parameters fit `lead`: a number for each class on its last axis, or what broadcasts and widens nothing."""
    for name, param in d.params.items():
        own = tuple(getattr(params[name], "shape", ()))
        if not own:
            continue
        if param.per_class:
            if lead[-1] is not None and own[-1] != lead[-1]:
                raise InvalidInput(
                    f"{d.name}: {name} has {own[-1]} numbers and {d.lead} scores for {lead[-1]} classes",
                    f"give {name} one number for each class",
                )
        elif d.kind in ("pointwise", "vectorwise") and not _fits(own, lead):
            raise InvalidInput(
                f"{d.name}: {name} has shape {own}, which does not broadcast to {d.lead}'s {tuple(lead)}",
                f"give {name} one number, or one for each entry along the last axes of {d.lead}",
            )


def _fits(own: Shape, lead: Shape) -> bool:
    """Whether an array broadcasts to the shape `lead` and leaves it as it is; unknown lengths fit."""
    tail = lead[len(lead) - len(own) :] if len(own) <= len(lead) else None
    return tail is not None and all(a in (1, b) or a is None or b is None for a, b in zip(own, tail, strict=True))


def check_values(
    d: Definition, inputs: Mapping[str, Any], params: Mapping[str, Any], layout: Layout, weight: Any, where: Any
) -> None:
    """Finite numbers inside each declared domain, on NumPy arrays; masked entries may hold anything."""
    mask = _counted(d, inputs, params, layout, where)
    whole = mask.any(tuple(range(len(layout.batch), mask.ndim))) if d.over_items and mask is not None else mask
    for name, domain in d.inputs.items():
        array = np.asarray(inputs[name])
        if domain.classes and not layout.soft:
            _check_ids(d, name, array, int(layout.sizes["K"][0] or 0), mask)
        else:
            along = domain.classes or domain.axes[:1] == d.inputs[d.lead].axes[:1]
            kept = array if mask is None else array[mask if along else whole]
            _check_domain(d, name, domain, kept)
    if weight is not None:
        kept = np.asarray(weight) if whole is None else np.asarray(weight)[whole]
        _check_domain(d, "weight", Domain("weight", "numbers >= 0", low=0.0), kept)


def _counted(
    d: Definition, inputs: Mapping[str, Any], params: Mapping[str, Any], layout: Layout, where: Any
) -> np.ndarray | None:
    """Which entries count: those that `where` keeps and whose class id is not ignored; None where all do."""
    mask = None if where is None else np.asarray(where)
    ignored = params.get("ignore_index")
    if d.class_input is None or layout.soft or ignored is None:
        return mask
    there = np.asarray(inputs[d.class_input]) != ignored
    if there.all():
        return mask
    return there if mask is None else mask & there


def _check_domain(d: Definition, name: str, domain: Domain, array: np.ndarray) -> None:
    bad = ~np.isfinite(array)
    if bad.any():
        raise InvalidInput(
            f"{d.name}: {name} holds {int(bad.sum())} NaN or infinite value(s) of {array.size}",
            "remove them, or leave them out with where=",
        )
    bad = ~np.isin(array, domain.only) if domain.only else ~domain.holds(array)
    if bad.any():
        raise InvalidInput(
            f"{d.name}: {name} must be {domain.description}, got {array[bad].flat[0]:g} "
            f"({int(bad.sum())} of {array.size} outside)",
            _remedy(d, name, domain, array),
        )
    problem = domain.problem(array) if domain.problem and array.size else None
    if problem:
        raise InvalidInput(f"{d.name}: {name}: {problem}", f"{name} holds {domain.description}")


def _remedy(d: Definition, name: str, domain: Domain, array: np.ndarray) -> str:
    if domain.name in ("Binary", "Fraction") and array.size and set(np.unique(array)) <= {-1, 1}:
        return f"every binary loss takes 0/1: ({name} + 1) / 2"
    return f"transform {name}, or choose a loss whose domain fits: losskit list"


def _check_ids(d: Definition, name: str, ids: np.ndarray, classes: int, where: Any) -> None:
    bad = (ids < 0) | (ids >= classes)
    if where is not None:
        bad &= np.asarray(where)
    if bad.any():
        raise InvalidInput(
            f"{d.name}: {name} must hold class ids from 0 to {classes - 1}, got {ids[bad].flat[0]} "
            f"({int(bad.sum())} of {ids.size} outside)",
            "number the classes from 0; entries to leave out carry ignore_index",
        )


def check(loss: Any, *inputs: Any, weight: Any = None, where: Any = None) -> None:
    """Run every check, values included, on arrays of any library; raises InvalidInput or InvalidType.

    Calls check values by themselves on NumPy alone, where that is cheap: use this anywhere else.
    """
    for _, part in loss._terms():
        bound = part._bind(inputs, {})
        layout = check_structure(part.definition, bound, weight, where)
        arrays = {name: layout.ops.to_numpy(array) for name, array in bound.items()}
        rest = [None if array is None else layout.ops.to_numpy(array) for array in (weight, where)]
        check_values(part.definition, arrays, part.params, layout, *rest)
