"""The kernels of softmax losses as modules: what each is compiled for, and its source, kept as all kernels are."""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable
from typing import NamedTuple

from losskit._version import __version__
from losskit.kernels import (
    cache,
    softmax_blocks,
    softmax_curves,
    softmax_differences,
    softmax_ids,
    softmax_labels,
    softmax_narrow,
    softmax_teachers,
)
from losskit.kernels.locks import ThreadLock
from losskit.kernels.softmax_blocks import BLOCK
from losskit.kernels.template import fingerprint

Kernel = Callable[..., bool]


class Variant(NamedTuple):
    """What one kernel is compiled for: a loss, how its scores and soft labels are stored, and what a call brings."""

    loss: str
    function: str  # of the file of its form, or of softmax_curves
    labels: str | None  # the stored dtype of soft labels; None for ids
    stored: str
    gradient: bool
    factor: bool  # whether classes have factors
    form: str  # a key of _FILES

    @property
    def working(self) -> str:
        return "float64" if self.stored == "float64" else "float32"

    def room(self, classes: int) -> int:
        """How many numbers a kernel needs room for."""
        if self.form == "of_few_classes":
            return softmax_narrow.ROOM
        if self.form in ("of_differences", "of_teachers"):
            return 2 * classes
        return classes if self.gradient else BLOCK


_FILES = {
    "of_ids": softmax_ids,
    "of_few_classes": softmax_narrow,
    "of_labels": softmax_labels,
    "of_differences": softmax_differences,
    "of_teachers": softmax_teachers,
}
# The numbers that a form takes, all of one call's rows alike
NUMBERS = {
    "of_ids": ("total_factor", "smoothing", "z_loss", "number"),
    "of_few_classes": ("total_factor", "smoothing", "z_loss", "number"),
    "of_labels": ("total_factor", "smoothing", "z_loss"),
    "of_differences": ("number",),
    "of_teachers": ("number",),
}
_MODULE = '''\
"""{title}."""
# losskit {version}, {fingerprint}

from numba import njit

from losskit.kernels.blocks import OPTIONS
{imports}

rows = {rows}


@njit("{signature}", cache=True, **OPTIONS)
def kernel({taken}):
    return rows({given})
'''


def source(variant: Variant) -> str:
    """The module of a kernel: the rows of its form with the arguments that a call brings."""
    given = _arguments(variant)
    kinds = {name: kind for name, kind in given.items() if kind is not None}
    file = _FILES[variant.form]
    parts = [variant.form] if variant.function == variant.form else [variant.form, variant.function]
    homes = [file if hasattr(file, part) else softmax_curves for part in parts]
    target = "class ids" if variant.labels is None else "soft labels"
    asked = "value and gradient" if variant.gradient else "value"
    return _MODULE.format(
        title=f"{variant.loss} of {target}, {variant.stored}: {asked}",
        version=__version__,
        fingerprint=_fingerprint(),
        imports="\n".join(f"from {home.__name__} import {part}" for home, part in zip(homes, parts, strict=True)),
        rows=f"{variant.form}({', '.join(parts[1:])})" if parts[1:] else variant.form,
        signature=f"boolean({', '.join(kinds.values())})",
        taken=", ".join(kinds),
        given=", ".join(name if kind is not None else "None" for name, kind in given.items()),
    )


@functools.cache
def _fingerprint() -> str:
    """That of all kernels, and the row functions' own source."""
    contents = "".join(map(inspect.getsource, (softmax_blocks, softmax_curves, *_FILES.values())))
    return f"{fingerprint()} {hashlib.sha256(contents.encode()).hexdigest()[:16]}"


def _arguments(variant: Variant) -> dict[str, str | None]:
    """The arguments of a row function and their types; None for what this kernel has no use of."""

    def read(dtype: str, there: bool = True) -> str | None:
        return f"Array({dtype}, 1, 'C', True)" if there else None

    working, factor = variant.working, {"factor": read(variant.working, variant.factor)}
    target: dict[str, str | None]
    if variant.form in ("of_ids", "of_few_classes"):
        target = {"ids": read("int64"), **factor}
    else:
        factor = {} if variant.form == "of_teachers" else factor
        target = {"target": read(variant.labels or "int64"), "target_step": "int64", **factor}
    numbers = dict.fromkeys(NUMBERS[variant.form], "float64")
    return {
        "count": "int64",
        "classes": "int64",
        "pred": read(variant.stored),
        "pred_step": "int64",
        **target,
        **numbers,
        "weight": read("float64"),
        "weight_step": "int64",
        "kept": read("boolean"),
        "kept_step": "int64",
        "scale": "float64",
        "checked": "boolean",
        "room": f"{working}[::1]",
        "each": "float64[::1]",
        "out": f"{variant.stored}[::1]" if variant.gradient else None,
        "out_step": "int64",
    }


_loaded: dict[Variant, Kernel] = {}
_lock = ThreadLock()


def has(loss: str) -> bool:
    """Whether this process has any kernel of that loss."""
    return any(variant.loss == loss for variant in _loaded)


def find(variant: Variant, make: bool) -> Kernel | None:
    """The kernel, compiled now if need be and `make` says so."""
    if variant not in _loaded and make:
        with _lock:  # of several threads one compiles
            if variant not in _loaded:
                _loaded[variant] = cache.load(variant.loss, source(variant)).kernel
    return _loaded.get(variant)
