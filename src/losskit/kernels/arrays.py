"""A kernel over whole NumPy arrays: in parts of one length, on several threads, whatever their strides and dtypes."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from losskit.kernels import pool
from losskit.kernels.compiled import Kernel
from losskit.kernels.template import PART

_BOOL = np.dtype(bool)


def run(
    kernel: Kernel,
    arrays: Sequence[np.ndarray],
    where: np.ndarray | None,
    numbers: Sequence[float],
    outs: Sequence[np.ndarray],
) -> tuple[float, bool]:
    """`kernel` over arrays of one shape: the sum, and whether every entry that is kept lies in its domain.

    Parts and the order of their sum depend on the size alone: so do the bits that come out.
    """
    kept = [] if where is None else [where]
    if not arrays[0].flags.c_contiguous and arrays[0].flags.f_contiguous:
        arrays, kept, outs = ([x.T for x in xs] for xs in (arrays, kept, outs))
    inputs = [*(_read(x, kernel.dtype) for x in arrays), *(_read(x, _BOOL) for x in kept)]
    results = [_written(x, kernel.dtype, (*arrays, *kept)) for x in outs]
    size = arrays[0].size
    if size <= PART:
        return _part(kernel, slice(0, size), inputs, numbers, results)
    parts = -(-size // PART)
    totals, good = np.empty(parts), np.empty(parts, bool)

    def work(part: int) -> None:
        at = slice(part * PART, min((part + 1) * PART, size))
        totals[part], good[part] = _part(kernel, at, inputs, numbers, results)

    pool.run(work, parts)
    return float(totals.sum()), bool(good.all())


def total(weight: np.ndarray, where: np.ndarray | None, dtype: np.dtype) -> float:
    """Σ weight over the entries that `where` keeps, in the same parts."""
    weights = _read(weight, dtype)
    kept = None if where is None else _read(where, _BOOL)
    totals = np.empty(-(-weight.size // PART))

    def work(part: int) -> None:
        at = slice(part * PART, (part + 1) * PART)
        some = weights[at]
        totals[part] = np.sum(some if kept is None else np.where(kept[at], some, 0))

    pool.run(work, totals.size)
    return float(totals.sum())


class _Gathered:
    """An array with gaps, of another dtype, or read while it is written: parts of it are copied when asked for."""

    def __init__(self, array: np.ndarray, dtype: np.dtype):
        self.array, self.dtype = array, dtype

    def __getitem__(self, at: slice) -> np.ndarray:
        return np.ascontiguousarray(self._entries[at], self.dtype)

    def __setitem__(self, at: slice, numbers: np.ndarray) -> None:
        with np.errstate(over="ignore", under="ignore"):  # a half may overflow, correctly
            self._entries[at] = numbers

    @property
    def _entries(self) -> Any:
        """The entries in order: a view where their distances are equal; else an iterator of this call alone."""
        x = self.array
        even = all(x.strides[i] == x.strides[i + 1] * x.shape[i + 1] for i in range(x.ndim - 1))
        return as_strided(x, (x.size,), x.strides[-1:]) if x.ndim and even else x.flat


Entries = np.ndarray | _Gathered


def _read(x: np.ndarray, dtype: np.dtype) -> Entries:
    flags = x.flags
    if x.dtype != dtype or not flags.c_contiguous:
        return _Gathered(x, dtype)
    return x.reshape(-1) if flags.writeable else _as_writeable(x)


def _written(out: np.ndarray, dtype: np.dtype, inputs: Sequence[np.ndarray]) -> Entries:
    if out.dtype == dtype and out.flags.c_contiguous and not any(np.may_share_memory(out, x) for x in inputs):
        return out.reshape(-1)
    return _Gathered(out, dtype)


def _as_writeable(x: np.ndarray) -> np.ndarray:
    """The same memory as an array of the type that kernels are compiled for; nothing is ever written to it."""
    memory = (ctypes.c_byte * x.nbytes).from_address(x.ctypes.data)
    return np.ctypeslib.as_array(memory).view(x.dtype)


def _part(
    kernel: Kernel, at: slice, inputs: Sequence[Entries], numbers: Sequence[float], results: Sequence[Entries]
) -> tuple[float, bool]:
    stores = [x[at] if type(x) is np.ndarray else np.empty(at.stop - at.start, kernel.dtype) for x in results]
    found = kernel.run(*[x[at] for x in inputs], *numbers, *stores)
    for x, store in zip(results, stores, strict=True):
        if type(x) is _Gathered:
            x[at] = store
    return found
