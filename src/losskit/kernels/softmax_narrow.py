"""Losses of the softmax of short rows, many at a time: each class of a bundle of rows is one vector over the rows.

What `softmax_ids` says of x, top and others holds here; only the order of the work differs.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from losskit.kernels import float64
from losskit.kernels.blocks import OPTIONS
from losskit.kernels.elementary import exp_below_0
from losskit.kernels.intrinsics import narrow, widen
from losskit.kernels.softmax_blocks import of_one

BUNDLE = 128  # rows
MOST_CLASSES = 64
ROOM = (MOST_CLASSES + 4) * BUNDLE  # numbers that a kernel needs beside its rows

_inline = njit(forceinline=True, **OPTIONS)


@_inline
def gather(pred, start, step, k, x):
    """One class of each row of a bundle."""
    for i in range(x.size):
        x[i] = widen(pred[np.uintp(start + i * step + k)])


@_inline
def scatter(x, out, start, step, k):
    like = out[np.uintp(start + k)]
    for i in range(x.size):
        out[np.uintp(start + i * step + k)] = narrow(x[i], like)


@_inline
def raise_top(x, k, top, best, sound):
    """The largest entry so far and its class; `sound` turns NaN where an entry is not finite."""
    for i in range(x.size):
        higher = x[i] > top[i]
        top[i] = x[i] if higher else top[i]
        best[i] = k if higher else best[i]
        sound[i] += x[i] - x[i]


@_inline
def exponentials(x, k, top, best, others):
    """e^(x - top) in the place of x, added to `others` but for the best class."""
    for i in range(x.size):
        x[i] = exp_below_0(x[i] - top[i])
    for i in range(x.size):
        others[i] += float(x[i]) if best[i] != k else 0.0


@_inline
def add_below(x, top, weight, below):
    for i in range(x.size):
        below[i] += weight * float(top[i] - x[i])


@_inline
def surprises(others, leads, log_sums, p, inverse):
    """log Z, the probability e^-(log Z + lead) and 1/Z of each row."""
    for i in range(others.size):
        log_sums[i] = float64.log1p(others[i])
        inverse[i] = 1.0 / (1.0 + others[i])
    for i in range(others.size):
        p[i] = float64.exp(-(log_sums[i] + leads[i]))


@_inline
def scale_down(x, share, even, w):
    for i in range(x.size):
        x[i] = share[i] * x[i] - even[i] * w


def of_few_classes(curve):
    """As `softmax_ids.of_ids`, for rows of at most MOST_CLASSES; a bundle with a bad row is left alone as a whole."""

    @njit(**OPTIONS)
    def rows(
        count, classes, pred, pred_step, ids, factor, total_factor, smoothing, z_loss, number, weight, weight_step,
        kept, kept_step, scale, checked, room, each, out, out_step,
    ):  # fmt: skip
        good = True
        even = smoothing / classes
        xs = room[: classes * BUNDLE].reshape(classes, BUNDLE)
        spare = room[classes * BUNDLE : (classes + 4) * BUNDLE].reshape(4, BUNDLE)
        bests, doubles = np.empty(BUNDLE, np.int32), np.empty((8, BUNDLE))
        T = type(room[0])
        for start in range(0, count, BUNDLE):
            size = min(BUNDLE, count - start)
            top, sound, share, off = spare[0, :size], spare[1, :size], spare[2, :size], spare[3, :size]
            others, below, lead, log_sum = doubles[0, :size], doubles[1, :size], doubles[2, :size], doubles[3, :size]
            p, at_top, at_class, inverse = doubles[4, :size], doubles[5, :size], doubles[6, :size], doubles[7, :size]
            best, y, there = bests[:size], ids[start : start + size], each[start : start + size]
            for i in range(size):
                top[i], sound[i], best[i], others[i], below[i] = -np.inf, 0, 0, 0.0, 0.0
            for k in range(classes):
                gather(pred, start * pred_step, pred_step, k, xs[k, :size])
                raise_top(xs[k, :size], k, top, best, sound)
            fine = True
            for i in range(size):
                known = 0 <= y[i] < classes
                lead[i] = float(top[i]) - float(xs[y[i] if known else 0, i])
                fine &= (known & ((sound[i] == 0) | (not checked))) | (not kept[(start + i) * kept_step])
            if not fine:
                good = False
                continue
            for k in range(classes):
                if even > 0.0:
                    add_below(xs[k, :size], top, of_one(factor, k), below)
                exponentials(xs[k, :size], k, top, best, others)
            surprises(others, lead, log_sum, p, inverse)
            for i in range(size):
                row = start + i
                if not kept[row * kept_step]:
                    there[i] = share[i] = off[i] = 0
                    continue
                rest = others[i] * inverse[i] if y[i] == best[i] else 1.0 - p[i]
                value, slope = curve(log_sum[i] + lead[i], p[i], rest, number)
                mine = (1.0 - smoothing) * of_one(factor, y[i])
                lse = log_sum[i] + float(top[i])
                drawn = z_loss * of_one(factor, y[i]) * lse
                there[i] = mine * value + even * (total_factor * log_sum[i] + below[i]) + drawn * lse
                if out is not None:
                    one = scale * weight[row * weight_step]
                    mass = mine * slope + even * total_factor + 2.0 * drawn
                    share[i], off[i] = T(one * mass * inverse[i]), T(one * even)
                    spread = even * of_one(factor, best[i])
                    at_top[i] = one * ((mass - spread) - spread * others[i]) * inverse[i]
                    spread = even * of_one(factor, y[i])
                    others_pull = even * total_factor + 2.0 * drawn - spread
                    at_class[i] = one * (p[i] * others_pull - (mine * slope + spread) * rest)
            if out is not None:
                for k in range(classes):
                    scale_down(xs[k, :size], share, off, T(of_one(factor, k)))
                for i in range(size):
                    if kept[(start + i) * kept_step]:
                        xs[best[i], i] = T(at_top[i])
                        xs[y[i], i] = T(at_class[i])
                    else:
                        for k in range(classes):
                            xs[k, i] = 0
                for k in range(classes):
                    scatter(xs[k, :size], out, start * out_step, out_step, k)
        return good

    return rows
