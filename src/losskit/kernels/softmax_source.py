"""The kernels of softmax losses as modules: what each is compiled for, and its source, kept as all kernels are."""

from __future__ import annotations

import functools
import hashlib
import inspect
import threading
from collections.abc import Callable
from typing import NamedTuple

from losskit._version import __version__
from losskit.kernels import cache, softmax_narrow, softmax_rows
from losskit.kernels.template import fingerprint

Kernel = Callable[..., bool]


class Variant(NamedTuple):
    """What one kernel is compiled for: a loss, how its scores and soft labels are stored, and what a call brings."""

    loss: str
    function: str  # of softmax_rows
    labels: str | None  # the stored dtype of soft labels; None for ids
    stored: str
    gradient: bool
    factor: bool  # whether classes have factors
    narrow: bool  # whether rows are short

    @property
    def working(self) -> str:
        return "float64" if self.stored == "float64" else "float32"

    @property
    def through_room(self) -> bool:
        """Whether a row of e^x has a place of its own, for its gradient is stored in half precision."""
        return self.gradient and self.stored != self.working and not self.narrow


_MODULE = '''\
"""{title}."""
# losskit {version}, {fingerprint}

from numba import njit

from losskit.kernels.{file} import {form}
from losskit.kernels.softmax_rows import OPTIONS, {function}

rows = {form}({function})


@njit("{signature}", cache=True, **OPTIONS)
def kernel({taken}):
    return rows({given})
'''


def source(variant: Variant) -> str:
    """The module of a kernel: a row function of `softmax_rows` with the arguments that a call brings."""
    given = _arguments(variant)
    kinds = {name: kind for name, kind in given.items() if kind is not None}
    form = "of_ids" if variant.labels is None else "of_labels"
    target = "class ids" if variant.labels is None else "soft labels"
    asked = "value and gradient" if variant.gradient else "value"
    return _MODULE.format(
        title=f"{variant.loss} of {target}, {variant.stored}{', few classes' if variant.narrow else ''}: {asked}",
        version=__version__,
        fingerprint=_fingerprint(),
        file="softmax_narrow" if variant.narrow else "softmax_rows",
        form=form,
        function=variant.function,
        signature=f"boolean({', '.join(kinds.values())})",
        taken=", ".join(kinds),
        given=", ".join(name if kind is not None else "None" for name, kind in given.items()),
    )


@functools.cache
def _fingerprint() -> str:
    """That of all kernels, and the row functions' own source."""
    contents = "".join(map(inspect.getsource, (softmax_rows, softmax_narrow)))
    return f"{fingerprint()} {hashlib.sha256(contents.encode()).hexdigest()[:16]}"


def _arguments(variant: Variant) -> dict[str, str | None]:
    """The arguments of a row function and their types; None for what this kernel has no use of."""

    def read(dtype: str, there: bool = True) -> str | None:
        return f"Array({dtype}, 1, 'C', True)" if there else None

    working = variant.working
    if variant.labels is None:
        target = {"ids": read("int64"), "factor": read(working, variant.factor), "total_factor": "float64"}
        numbers = {"smoothing": "float64", "number": "float64"}
    else:
        target = {"target": read(variant.labels), "target_step": "int64", "factor": read(working, variant.factor)}
        numbers = {"smoothing": "float64"}
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
        **({} if variant.narrow else {"e": f"{working}[::1]" if variant.through_room else None}),
        "each": "float64[::1]",
        "out": f"{variant.stored}[::1]" if variant.gradient else None,
        "out_step": "int64",
    }


_loaded: dict[Variant, Kernel] = {}
_lock = threading.Lock()


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
