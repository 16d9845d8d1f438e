"""Losses of the softmax of a row: one pass finds its largest score, one stores e^x, one turns that into the gradient.

A row is read in blocks that stay in a core's first cache; sums over a block are vectors', sums of blocks float64's
with what each addition lost beside it. Halves are read and written as they are and computed in float32. What a row
gives depends on nothing but the row.

With x the scores, top the largest of them, others = Σ e^(x - top) over the rest, Z = 1 + others:
-log p_j = log1p(others) + (top - x_j), and 1 - p = others/Z at the top, where 1 - p itself would cancel.
"""

from __future__ import annotations

import math

import numpy as np
from numba import extending, njit, types

from losskit.kernels import float64
from losskit.kernels.blocks import OPTIONS
from losskit.kernels.elementary import exp_below_0, log
from losskit.kernels.intrinsics import narrow, per_format, rank, widen

_inline = njit(forceinline=True, **OPTIONS)
_summing = njit(nogil=True, error_model="numpy", fastmath={"contract", "reassoc"})  # lets sums become vectors

BLOCK = 1024  # numbers of which a few arrays fit into a core's first cache
ROOM = 4  # blocks that a kernel needs beside its rows

_INFINITY = per_format(math.inf, math.inf)


@_inline
def ranks(xs):
    """The least and the greatest rank of a block."""
    least = greatest = rank(widen(xs[0]))
    for i in range(xs.size):
        found = rank(widen(xs[i]))
        least = found if found < least else least
        greatest = found if found > greatest else greatest
    return least, greatest


@_inline
def first_of(xs, wanted):
    """Where in a block the first number of that rank stands; without a way out early, so that it takes vectors."""
    first = np.int32(xs.size)
    for i in range(xs.size):
        here = np.int32(i) if rank(widen(xs[i])) == wanted else np.int32(BLOCK)
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
    infinity = _INFINITY(widen(x[0]))
    return (rank(-infinity) < least) & (greatest < rank(infinity)), best


@_summing
def block_total(numbers):
    total = numbers[0] * 0
    for i in range(numbers.size):
        total += numbers[i]
    return total


@_inline
def add(total, lost, number):
    """total + number, and what this and earlier additions lost."""
    new = total + number
    gone = (total - new) + number if abs(total) >= abs(number) else (number - new) + total
    return new, lost + gone


@_inline
def below_top(xs, top, out):
    for i in range(xs.size):
        out[i] = widen(xs[i]) - top


@_inline
def exponentials(differences, best, e):
    """The sum of e^x over a block but for `best`, if it lies there; each is stored in `e`."""
    for i in range(e.size):
        e[i] = exp_below_0(differences[i])
    if 0 <= best < e.size:
        e[best] = 0
        total = block_total(e)
        e[best] = 1
        return float(total)
    return float(block_total(e))


@_inline
def part_of(e, start, size, keep):
    """Where the e^x of a block go: to their own place, or always to the first if they are not kept."""
    return e[start : start + size] if keep else e[:size]


@njit(**OPTIONS)
def sums_of_row(x, best, factor, spread, room, e, keep):
    """Σ e^(x - top) over all but `best`; Σ w (top - x), if `spread`. Every e^(x - top) is kept in `e` if `keep`."""
    top = widen(x[best])
    others = lost = below = also_lost = 0.0
    for start in range(0, x.size, BLOCK):
        xs = x[start : start + BLOCK]
        differences = room[: xs.size]
        below_top(xs, top, differences)
        part = exponentials(differences, best - start, part_of(e, start, xs.size, keep))
        others, lost = add(others, lost, part)
        if spread:
            if factor is not None:
                ws = factor[start : start + BLOCK]
                for i in range(differences.size):
                    differences[i] *= ws[i]
            below, also_lost = add(below, also_lost, -float(block_total(differences)))
    return others + lost, below + also_lost


@_inline
def scale_down(e, share, even, factor):
    """share·e - even·w in the place of e: the gradient of a row but for its class and its largest score."""
    if factor is None:
        for i in range(e.size):
            e[i] = share * e[i] - even
    else:
        for i in range(e.size):
            e[i] = share * e[i] - even * factor[i]


@_inline
def round_off(e, out):
    like = out[0]
    for i in range(out.size):
        out[i] = narrow(e[i], like)


def store(e, out):
    """Where a row of e^x is kept: in `e`, or in `out` where there is none."""
    return out if e is None else e[: out.size]


@extending.overload(store, inline="always")
def _typed_store(e, out):
    return (lambda e, out: out) if e is types.none else (lambda e, out: e[: out.size])


@_inline
def of_one(factor, k):
    return 1.0 if factor is None else float(factor[k])


@_inline
def clear(out):
    for i in range(out.size):
        out[i] = 0


def of_ids(curve):
    """Rows of a loss of the probability p of the class: `curve` gives the loss and its slope -dL/d log p.

    `each` receives the losses and `out`, if there is one, `scale` times the weighted gradient; e^x is stored in `e`, or
    in `out` without it. A step of 0 repeats the one weight, or the one mask. False where an id is no class or, if
    `checked`, a score is not finite: such a row is left alone.
    """

    @njit(**OPTIONS)
    def rows(
        count, classes, pred, pred_step, ids, factor, total_factor, smoothing, z_loss, number, weight, weight_step,
        kept, kept_step, scale, checked, room, e, each, out, out_step,
    ):  # fmt: skip
        good = True
        even = smoothing / classes
        for row in range(count):
            if not kept[row * kept_step]:
                each[row] = 0.0
                if out is not None:
                    clear(out[row * out_step : row * out_step + classes])
                continue
            x, y = pred[row * pred_step : row * pred_step + classes], ids[row]
            finite, best = survey(x)
            if y < 0 or y >= classes or (checked and not finite):
                good = False
                continue
            top = widen(x[best])
            lead = float(top) - float(widen(x[y]))
            if out is None:
                others, below = sums_of_row(x, best, factor, even > 0.0, room, room[BLOCK:], False)
            else:
                g = out[row * out_step : row * out_step + classes]
                es = store(e, g)
                others, below = sums_of_row(x, best, factor, even > 0.0, room, es, True)
            log_sum = float64.log1p(others)
            p = float64.exp(-(log_sum + lead))
            rest = others / (1.0 + others) if y == best else 1.0 - p
            value, slope = curve(log_sum + lead, p, rest, number)
            mine = (1.0 - smoothing) * of_one(factor, y)
            lse = log_sum + float(top)
            drawn = z_loss * of_one(factor, y) * lse
            each[row] = mine * value + even * (total_factor * log_sum + below) + drawn * lse
            if out is not None:
                T, one = type(top), scale * weight[row * weight_step]
                mass = mine * slope + even * total_factor + 2.0 * drawn
                scale_down(es, T(one * mass / (1.0 + others)), T(one * even), factor)
                spread = even * of_one(factor, best)
                es[best] = T(one * ((mass - spread) - spread * others) / (1.0 + others))
                spread = even * of_one(factor, y)
                others_pull = even * total_factor + 2.0 * drawn - spread
                es[y] = T(one * (p * others_pull - (mine * slope + spread) * rest))
                if e is not None:
                    round_off(es, g)
        return good

    return rows


@_inline
def take_off_shares(e, q, factor, share, keep, even):
    """share·e - w(keep·q + even) in the place of e."""
    if factor is None:
        for i in range(e.size):
            e[i] = share * e[i] - (keep * widen(q[i]) + even)
    else:
        for i in range(e.size):
            e[i] = share * e[i] - factor[i] * (keep * widen(q[i]) + even)


def of_labels(label):
    """Rows of Σ c (label(q) - log p), c the soft labels q smoothed and weighted by class; as `of_ids` otherwise.

    True unless a label is no number >= 0 either.
    """

    @_inline
    def share_out(qs, ws, smoothing, even, differences, shares, costs):
        """c and c (top - x + label(q)) of a block; whether every q is a finite number >= 0."""
        T = type(even)
        good = True
        for i in range(qs.size):
            q = widen(qs[i])
            good &= (q >= T(0.0)) & (q < _INFINITY(q))
            share = (T(1.0) - smoothing) * q + even
            shares[i] = share if ws is None else share * ws[i]
            costs[i] = shares[i] * (label(q) - differences[i])
        return good

    @njit(**OPTIONS)
    def sums(x, best, q, factor, smoothing, room, e, keep):
        """Σ e^(x - top) over all but `best`, Σ c, Σ c (top - x + label(q)), and whether every q is a number >= 0."""
        top = widen(x[best])
        T = type(top)
        others = lost = mass = mass_lost = below = below_lost = 0.0
        good = True
        for start in range(0, x.size, BLOCK):
            xs, qs = x[start : start + BLOCK], q[start : start + BLOCK]
            ws = None if factor is None else factor[start : start + BLOCK]
            differences = room[: xs.size]
            shares, costs = room[BLOCK : BLOCK + xs.size], room[2 * BLOCK : 2 * BLOCK + xs.size]
            below_top(xs, top, differences)
            good &= share_out(qs, ws, T(smoothing), T(smoothing / x.size), differences, shares, costs)
            mass, mass_lost = add(mass, mass_lost, float(block_total(shares)))
            below, below_lost = add(below, below_lost, float(block_total(costs)))
            part = exponentials(differences, best - start, part_of(e, start, xs.size, keep))
            others, lost = add(others, lost, part)
        return others + lost, mass + mass_lost, below + below_lost, good

    @njit(**OPTIONS)
    def rows(
        count, classes, pred, pred_step, target, target_step, factor, smoothing, weight, weight_step, kept, kept_step,
        scale, checked, room, e, each, out, out_step,
    ):  # fmt: skip
        good = True
        even = smoothing / classes
        for row in range(count):
            if not kept[row * kept_step]:
                each[row] = 0.0
                if out is not None:
                    clear(out[row * out_step : row * out_step + classes])
                continue
            x = pred[row * pred_step : row * pred_step + classes]
            q = target[row * target_step : row * target_step + classes]
            finite, best = survey(x)
            if checked and not finite:
                good = False
                continue
            own = ((1.0 - smoothing) * float(widen(q[best])) + even) * of_one(factor, best)
            T = type(widen(x[best]))
            if out is None:
                others, mass, below, right = sums(x, best, q, factor, smoothing, room, room[3 * BLOCK :], False)
            else:
                g = out[row * out_step : row * out_step + classes]
                es = store(e, g)
                others, mass, below, right = sums(x, best, q, factor, smoothing, room, es, True)
            good &= right
            each[row] = mass * float64.log1p(others) + below
            if out is not None:
                one = scale * weight[row * weight_step]
                share = T(one * mass / (1.0 + others))
                take_off_shares(es, q, factor, share, T(one * (1.0 - smoothing)), T(one * even))
                es[best] = T(one * ((mass - own) - own * others) / (1.0 + others))
                if e is not None:
                    round_off(es, g)
        return good

    return rows


# Losses of the probability of the class: L and -dL/d log p from -log p, p, 1 - p and a parameter.


@_inline
def cross_entropy(surprise, p, rest, number):
    return surprise, 1.0


@_inline
def nothing(q):
    return type(q)(0.0)


@_inline
def information(q):
    """log q, and 0 for a class that has no share."""
    T = type(q)
    return log(q if q > T(0.0) else T(1.0))


@_inline
def softmax_focal(surprise, p, rest, gamma):
    """(1-p)^γ (-log p)."""
    if rest <= 0.0:
        return 0.0, 0.0
    fade = rest**gamma
    return fade * surprise, fade * (1.0 + gamma * p * (surprise / rest))


@_inline
def poly1(surprise, p, rest, epsilon):
    """-log p + ε(1-p)."""
    return surprise + epsilon * rest, 1.0 + epsilon * p
