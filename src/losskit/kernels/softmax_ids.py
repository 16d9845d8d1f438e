"""Losses of the softmax of a row at the id of a class.

One pass finds the largest score, one stores e^x, one turns that into the gradient. Halves are read and written as they
are and computed in float32.

With x the scores, top the largest of them, others = Σ e^(x - top) over the rest, Z = 1 + others:
-log p_j = log1p(others) + (top - x_j), and 1 - p = others/Z at the top, where 1 - p itself would cancel.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from losskit.kernels import float64
from losskit.kernels.blocks import OPTIONS
from losskit.kernels.elementary import exp_below_0
from losskit.kernels.intrinsics import narrow, widen
from losskit.kernels.softmax_blocks import (
    add,
    end_of_block,
    inline,
    leave_out,
    of_one,
    part_of,
    sum_of_row,
    summing,
    survey,
)


@summing
def exponentials_and_spread(xs, top, ws, e):
    """The sums of e^(x - top) and of w (top - x) over a block; each e^(x - top) is stored in `e`."""
    total = below = top * type(top)(0)
    for i in range(e.size):
        difference = widen(xs[i]) - top
        e[i] = exp_below_0(difference)
        total += e[i]
        below -= difference if ws is None else ws[i] * difference
    return float(total), float(below)


@njit(**OPTIONS)
def sums_of_row(x, best, factor, e, keep):
    """`sum_of_row`, and Σ w (top - x)."""
    top = widen(x[best])
    others = lost = below = also_lost = 0.0
    start = 0
    while start < x.size:
        end = end_of_block(start, best, x.size)
        ws = None if factor is None else factor[start:end]
        part, spread = exponentials_and_spread(x[start:end], top, ws, part_of(e, start, end, keep))
        others, lost = add(others, lost, part)
        below, also_lost = add(below, also_lost, spread)
        start = end + 1 if end == best else end
    return others + lost, below + also_lost


@inline
def scale_down(e, share, even, factor, out):
    """share·e - even·w: the gradient of a row but for its class and its largest score."""
    like = out[0]
    for i in range(out.size):
        out[i] = narrow(share * e[i] - (even if factor is None else even * factor[i]), like)


def of_ids(curve):
    """Rows of a loss of the probability p of the class: `curve` gives the loss and its slope -dL/d log p.

    `each` receives the losses and `out`, if there is one, `scale` times the weighted gradient; `room` is for a row of
    e^x, or a block without it. A step of 0 repeats the one weight, or the one mask. False where an id is no class or,
    if `checked`, a score is not finite: such a row is left alone.
    """

    @njit(**OPTIONS)
    def rows(
        count, classes, pred, pred_step, ids, factor, total_factor, smoothing, z_loss, number, weight, weight_step,
        kept, kept_step, scale, checked, room, each, out, out_step,
    ):  # fmt: skip
        good = True
        even = smoothing / classes
        for row in range(count):
            if not kept[row * kept_step]:
                leave_out(each, row, out, out_step, classes)
                continue
            x, y = pred[row * pred_step : row * pred_step + classes], ids[row]
            finite, best = survey(x)
            if y < 0 or y >= classes or (checked and not finite):
                good = False
                continue
            top = widen(x[best])
            lead = float(top) - float(widen(x[y]))
            g: Any = None if out is None else out[row * out_step : row * out_step + classes]
            if even > 0.0:
                others, below = sums_of_row(x, best, factor, room, out is not None)
            else:
                others, below = sum_of_row(x, best, room, out is not None), 0.0
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
                scale_down(room, T(one * mass / (1.0 + others)), T(one * even), factor, g)
                spread = even * of_one(factor, best)
                g[best] = narrow(T(one * ((mass - spread) - spread * others) / (1.0 + others)), g[0])
                spread = even * of_one(factor, y)
                others_pull = even * total_factor + 2.0 * drawn - spread
                g[y] = narrow(T(one * (p * others_pull - (mine * slope + spread) * rest)), g[0])
        return good

    return rows
