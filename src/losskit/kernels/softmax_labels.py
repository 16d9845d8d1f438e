"""Losses of the softmax of a row under soft labels. What `softmax_ids` says of x, top and others holds here."""

from __future__ import annotations

from typing import Any

from numba import njit

from losskit.kernels import float64
from losskit.kernels.blocks import OPTIONS
from losskit.kernels.elementary import _TINY, _logarithm, exp_below_0, where
from losskit.kernels.intrinsics import exponent, narrow, shift_exponent, widen
from losskit.kernels.softmax_blocks import (
    INFINITY,
    add,
    end_of_block,
    inline,
    leave_out,
    of_one,
    part_of,
    summing,
    survey,
)


@inline
def nothing(q):
    return type(q)(0.0)


@inline
def information(q):
    """log q; for a class of next to no share, whose q log q is lost beside any other, that of a share."""
    normal = where(q > _TINY(q), q, _TINY(q))
    n = exponent(normal)
    return _logarithm(n, shift_exponent(normal, -n) - type(q)(1.0))


@inline
def take_off_shares(e, q, factor, share, keep, even, out):
    """share·e - w(keep·q + even)."""
    like = out[0]
    for i in range(out.size):
        mine = keep * widen(q[i]) + even
        out[i] = narrow(share * e[i] - (mine if factor is None else factor[i] * mine), like)


def of_labels(label):
    """Rows of Σ c (label(q) - log p), c the soft labels q smoothed and weighted by class; as `of_ids` otherwise.

    True unless a label is no number >= 0 either.
    """

    @summing
    def sums_of_block(xs, top, qs, ws, keep, even, e):
        """The sums of e^(x - top), of w q and of c (top - x + label(q)); whether every q is a finite number >= 0."""
        others = mass = below = top * type(top)(0)
        good = True
        for i in range(e.size):
            q, difference = widen(qs[i]), widen(xs[i]) - top
            good &= (q >= type(q)(0)) & (q < INFINITY(q))
            w = type(q)(1) if ws is None else ws[i]
            e[i] = exp_below_0(difference)
            others += e[i]
            mass += w * q
            below += w * (keep * q + even) * (label(q) - difference)
        return float(others), float(mass), float(below), good

    @njit(**OPTIONS)
    def sums(x, best, q, factor, smoothing, e, keep):
        """Σ e^(x - top) over all but `best`, Σ w q, Σ c (top - x + label(q)), and whether all labels are labels."""
        top = widen(x[best])
        T = type(top)
        left, even = T(1.0 - smoothing), T(smoothing / x.size)
        at_best, weight = widen(q[best]), of_one(factor, best)
        others = lost = mass_lost = below_lost = 0.0
        mass = weight * float(at_best)
        below = weight * float(left * at_best + even) * float(label(at_best))
        good = T(0) <= at_best < INFINITY(at_best)
        start = 0
        while start < x.size:
            end = end_of_block(start, best, x.size)
            ws = None if factor is None else factor[start:end]
            es = part_of(e, start, end, keep)
            part, shares, costs, right = sums_of_block(x[start:end], top, q[start:end], ws, left, even, es)
            others, lost = add(others, lost, part)
            mass, mass_lost = add(mass, mass_lost, shares)
            below, below_lost = add(below, below_lost, costs)
            good &= right
            start = end + 1 if end == best else end
        return others + lost, mass + mass_lost, below + below_lost, good

    @njit(**OPTIONS)
    def rows(
        count, classes, pred, pred_step, target, target_step, factor, total_factor, smoothing, z_loss, weight,
        weight_step, kept, kept_step, scale, checked, room, each, out, out_step,
    ):  # fmt: skip
        good = True
        even = smoothing / classes
        for row in range(count):
            if not kept[row * kept_step]:
                leave_out(each, row, out, out_step, classes)
                continue
            x = pred[row * pred_step : row * pred_step + classes]
            q = target[row * target_step : row * target_step + classes]
            finite, best = survey(x)
            if checked and not finite:
                good = False
                continue
            top = widen(x[best])
            own = ((1.0 - smoothing) * float(widen(q[best])) + even) * of_one(factor, best)
            g: Any = None if out is None else out[row * out_step : row * out_step + classes]
            others, labelled, below, right = sums(x, best, q, factor, smoothing, room, out is not None)
            good &= right
            log_sum = float64.log1p(others)
            lse = log_sum + float(top)
            drawn = z_loss * labelled * lse
            mass = (1.0 - smoothing) * labelled + even * total_factor
            each[row] = mass * log_sum + below + drawn * lse
            if out is not None:
                T, one = type(top), scale * weight[row * weight_step]
                mass += 2.0 * drawn
                share = T(one * mass / (1.0 + others))
                take_off_shares(room, q, factor, share, T(one * (1.0 - smoothing)), T(one * even), g)
                g[best] = narrow(T(one * ((mass - own) - own * others) / (1.0 + others)), g[0])
        return good

    return rows
