"""What the passes over a row of scores are made of: blocks, their sums, and the largest score.

A row is read in blocks that stay in a core's first cache, none of which holds the largest score: what that one adds is
known better than a sum would have it. Sums over a block are vectors', sums of blocks float64's with what each addition
lost beside it. What a row gives depends on nothing but the row.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from losskit.kernels.blocks import OPTIONS
from losskit.kernels.elementary import exp_below_0
from losskit.kernels.intrinsics import narrow, per_format, rank, widen

inline = njit(forceinline=True, **OPTIONS)
summing = njit(forceinline=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc"})  # sums as vectors

BLOCK = 512  # numbers: few enough for a first cache, and for sums in float32 that lose no more than NumPy's

INFINITY = per_format(math.inf, math.inf)


@inline
def ranks(xs):
    """The least and the greatest rank of a block."""
    least = greatest = rank(xs[0])
    for i in range(xs.size):
        found = rank(xs[i])
        least = found if found < least else least
        greatest = found if found > greatest else greatest
    return least, greatest


@inline
def first_of(xs, wanted):
    """Where in a block the first number of that rank stands; without a way out early, so that it takes vectors."""
    first = np.int32(xs.size)
    for i in range(xs.size):
        here = np.int32(i) if rank(xs[i]) == wanted else np.int32(BLOCK)
        first = here if here < first else first
    return first


@njit(**OPTIONS)
def survey(x):
    """Whether all of a row is finite, and where its largest entry stands first."""
    least, greatest = ranks(x[:BLOCK])
    best = 0
    for start in range(BLOCK, x.size, BLOCK):
        low, high = ranks(x[start : start + BLOCK])
        least = low if low < least else least
        if high > greatest:
            greatest, best = high, start
    best += first_of(x[best : best + BLOCK], greatest)
    infinity = INFINITY(widen(x[0]))
    return (rank(narrow(-infinity, x[0])) < least) & (greatest < rank(narrow(infinity, x[0]))), best


@inline
def end_of_block(start, best, size):
    """Where the block that begins at `start` ends: before the largest score and before the end of the row."""
    end = min((start // BLOCK + 1) * BLOCK, size)
    return best if start <= best < end else end


@inline
def add(total, lost, number):
    """total + number, and what this and earlier additions lost."""
    new = total + number
    gone = (total - new) + number if abs(total) >= abs(number) else (number - new) + total
    return new, lost + gone


@summing
def exponentials(xs, top, e):
    """The sum of e^(x - top) over a block; each is stored in `e`."""
    total = top * type(top)(0)
    for i in range(e.size):
        e[i] = exp_below_0(widen(xs[i]) - top)
        total += e[i]
    return float(total)


@inline
def part_of(e, start, end, keep):
    """Where the e^x of a block go: to their own place, or always to the first if they are not kept."""
    return e[start:end] if keep else e[: end - start]


@njit(**OPTIONS)
def sum_of_row(x, best, e, keep):
    """Σ e^(x - top) over all but the largest score, which stands at `best`; each is kept in `e` if `keep`."""
    top = widen(x[best])
    others = lost = 0.0
    start = 0
    while start < x.size:
        end = end_of_block(start, best, x.size)
        others, lost = add(others, lost, exponentials(x[start:end], top, part_of(e, start, end, keep)))
        start = end + 1 if end == best else end
    return others + lost


@inline
def leave_out(each, row, out, out_step, classes):
    """A row that does not count: 0, and a gradient of 0."""
    each[row] = 0.0
    if out is not None:
        for i in range(row * out_step, row * out_step + classes):
            out[i] = 0


@inline
def of_one(factor, k):
    return 1.0 if factor is None else float(factor[k])
