"""A kernel over whole NumPy arrays: in parts of one length, on several threads, whatever strides and dtypes they have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from losskit.kernels import pool
from losskit.kernels.template import PART

Kernel = Callable[..., tuple[float, bool]]


class Result(NamedTuple):
    total: float  # Σ weight·each
    good: bool  # every entry that is kept lies in its domain


def run(
    kernel: Kernel,
    dtype: str,
    arrays: Sequence[np.ndarray],
    where: np.ndarray | None,
    numbers: Sequence[float],
    outs: Sequence[np.ndarray],
) -> Result:
    """`kernel` over `arrays`, all of one shape, read as `dtype`; what it stores goes into `outs`.

    Parts and the order of their sum depend on the size alone: so do the bits that come out.
    """
    kept = [] if where is None else [where]
    if not arrays[0].flags.c_contiguous and arrays[0].flags.f_contiguous:
        arrays, kept, outs = ([x.T for x in xs] for xs in (arrays, kept, outs))
    inputs = [*(_read(x, dtype) for x in arrays), *(_read(x, "bool") for x in kept)]
    results = [_written(x, dtype, (*arrays, *kept)) for x in outs]
    size = arrays[0].size
    if size <= PART:
        return Result(*_part(kernel, slice(0, size), inputs, numbers, results, dtype))
    parts = -(-size // PART)
    totals, good = np.empty(parts), np.empty(parts, bool)

    def work(part: int) -> None:
        at = slice(part * PART, min((part + 1) * PART, size))
        totals[part], good[part] = _part(kernel, at, inputs, numbers, results, dtype)

    pool.run(work, parts)
    return Result(float(totals.sum()), bool(good.all()))


def total(weight: np.ndarray, where: np.ndarray | None, dtype: str) -> float:
    """Σ weight over the entries that `where` keeps, in the same parts."""
    weights = _read(weight, dtype)
    kept = None if where is None else _read(where, "bool")
    totals = np.empty(-(-weight.size // PART))

    def work(part: int) -> None:
        at = slice(part * PART, (part + 1) * PART)
        some = weights[at]
        totals[part] = np.sum(some if kept is None else np.where(kept[at], some, 0))

    pool.run(work, totals.size)
    return float(totals.sum())


class _Gathered:
    """An array with gaps or of another dtype, a part of which is copied when it is asked for."""

    def __init__(self, array: np.ndarray, dtype: str):
        self.array, self.dtype = array, dtype

    def __getitem__(self, at: slice) -> np.ndarray:
        return self.array.flat[at].astype(self.dtype, copy=False)

    def __setitem__(self, at: slice, numbers: np.ndarray) -> None:
        with np.errstate(over="ignore", under="ignore"):  # a half may overflow, correctly
            self.array.flat[at] = numbers


Entries = np.ndarray | _Gathered


def _read(x: np.ndarray, dtype: str) -> Entries:
    if x.dtype == dtype and x.flags.c_contiguous:
        flat = x.reshape(-1)
        return flat if flat.flags.writeable else _as_writeable(flat)
    return _Gathered(x, dtype)


def _written(out: np.ndarray, dtype: str, inputs: Sequence[np.ndarray]) -> Entries:
    if out.dtype == dtype and out.flags.c_contiguous and not any(np.may_share_memory(out, x) for x in inputs):
        return out.reshape(-1)
    return _Gathered(out, dtype)


def _as_writeable(flat: np.ndarray) -> np.ndarray:
    """The same memory as an array of the type that kernels are compiled for; nothing is ever written to it."""
    pointer = np.ctypeslib.ctypes.cast(flat.ctypes.data, np.ctypeslib.ctypes.POINTER(np.ctypeslib.ctypes.c_byte))
    return np.ctypeslib.as_array(pointer, (flat.nbytes,)).view(flat.dtype)


def _part(
    kernel: Kernel,
    at: slice,
    inputs: Sequence[Entries],
    numbers: Sequence[float],
    results: Sequence[Entries],
    dtype: str,
) -> tuple[float, bool]:
    stores: list[Any] = [x[at] if isinstance(x, np.ndarray) else np.empty(at.stop - at.start, dtype) for x in results]
    found = kernel(*(x[at] for x in inputs), *numbers, *stores)
    for x, store in zip(results, stores, strict=True):
        if isinstance(x, _Gathered):
            x[at] = store
    return found
