"""Losses of the differences of softmax probabilities and labels: Σ w q times Σ s(p, q), for ids and soft labels alike.

With φ = ds/dp, or that and any number, the gradient is p_j (φ_j - Σ_k p_k φ_k). What `softmax_ids` says of x, top and
others holds here.
"""

from __future__ import annotations

from typing import Any

from numba import extending, njit, types

from losskit.kernels.blocks import OPTIONS
from losskit.kernels.elementary import _LN2_HIGH, _LN2_LOW, _LOG1P, _TINY, log1p, where
from losskit.kernels.intrinsics import exponent, narrow, shift_exponent, widen
from losskit.kernels.softmax_blocks import (
    INFINITY,
    add,
    end_of_block,
    inline,
    leave_out,
    of_one,
    sum_of_row,
    summing,
    survey,
)

_OPTIONS: Any = dict(forceinline=True, **OPTIONS)


def labels_of(target, row, step, start, end):
    """The labels of a block of classes: soft ones, or where in it the class of the row's id lies."""


@extending.overload(labels_of, jit_options=_OPTIONS)
def _typed_labels_of(target, row, step, start, end):
    if target.dtype is types.int64:
        return lambda target, row, step, start, end: target[row] - start
    return lambda target, row, step, start, end: target[row * step + start : row * step + end]


def label_at(labels, i):
    """One of them."""


@extending.overload(label_at, jit_options=_OPTIONS)
def _typed_label_at(labels, i):
    if labels is types.int64:
        return lambda labels, i: types.float32(labels == i)
    return lambda labels, i: widen(labels[i])


def is_label(target, row, classes):
    """Whether an id is a class."""


@extending.overload(is_label)
def _typed_is_label(target, row, classes):
    if target.dtype is types.int64:
        return lambda target, row, classes: 0 <= target[row] < classes
    return lambda target, row, classes: True


def of_differences(terms):
    """Rows of such a loss: `terms` gives s and φ of p, q, p - q and a parameter. For the rest see `softmax_ids`.

    `room` is for two rows.
    """

    @summing
    def sums_of_block(p, slopes, labels, ws, inverse, number):
        """The sums of s, p φ and w q over a block; e^x in `p` becomes p; whether every q is a finite number >= 0."""
        T = type(inverse)
        total = mean = mass = inverse * T(0)
        good = True
        for i in range(p.size):
            q = T(label_at(labels, i))
            good &= (q >= T(0)) & (q < INFINITY(q))
            p[i] *= inverse
            s, slopes[i] = terms(p[i], q, p[i] - q, number)
            total += s
            mean += p[i] * slopes[i]
            mass += q if ws is None else ws[i] * q
        return float(total), float(mean), float(mass), good

    @njit(**OPTIONS)
    def sums(target, row, step, factor, best, others, p, slopes, number):
        """Σ s, Σ p φ but for the best class, Σ w q, and whether all labels are labels."""
        T = type(p[0])
        number, inverse, rest = T(number), T(1.0 / (1.0 + others)), T(others / (1.0 + others))
        q = T(label_at(labels_of(target, row, step, best, best + 1), 0))
        p[best] = inverse
        s, slopes[best] = terms(inverse, q, (T(1.0) - q) - rest if rest < T(0.5) else inverse - q, number)
        total, mass, good = float(s), of_one(factor, best) * float(q), (q >= T(0)) & (q < INFINITY(q))
        mean = lost = mean_lost = mass_lost = 0.0
        start = 0
        while start < p.size:
            end = end_of_block(start, best, p.size)
            ws = None if factor is None else factor[start:end]
            labels = labels_of(target, row, step, start, end)
            some, pull, shares, right = sums_of_block(p[start:end], slopes[start:end], labels, ws, inverse, number)
            total, lost = add(total, lost, some)
            mean, mean_lost = add(mean, mean_lost, pull)
            mass, mass_lost = add(mass, mass_lost, shares)
            good &= right
            start = end + 1 if end == best else end
        return total + lost, mean + mean_lost, mass + mass_lost, good

    @njit(**OPTIONS)
    def rows(
        count, classes, pred, pred_step, target, target_step, factor, number, weight, weight_step, kept, kept_step,
        scale, checked, room, each, out, out_step,
    ):  # fmt: skip
        good = True
        p, slopes = room[:classes], room[classes : 2 * classes]
        for row in range(count):
            if not kept[row * kept_step]:
                leave_out(each, row, out, out_step, classes)
                continue
            x = pred[row * pred_step : row * pred_step + classes]
            finite, best = survey(x)
            if not is_label(target, row, classes) or (checked and not finite):
                good = False
                continue
            others = sum_of_row(x, best, p, True)
            total, mean, mass, right = sums(target, row, target_step, factor, best, others, p, slopes, number)
            good &= right
            each[row] = mass * total
            if out is not None:
                one = scale * weight[row * weight_step] * mass
                write(p, slopes, one, best, others, mean, out[row * out_step : row * out_step + classes])
        return good

    return rows


@inline
def write(p, slopes, one, best, others, mean, out):
    """one·p (φ - Σ p φ), at the best class from what the others are."""
    T, like = type(p[0]), out[0]
    own, share = float(slopes[best]), float(p[best])
    middle, one_of_row = T(mean + share * own), T(one)
    for i in range(out.size):
        out[i] = narrow(one_of_row * (p[i] * (slopes[i] - middle)), like)
    out[best] = narrow(T(one * share * (own * others / (1.0 + others) - mean)), like)


@inline
def multiclass_brier(p, q, d, number):
    return d * d, type(p)(2.0) * d


@inline
def logarithm(y, u):
    """log y and log y - u, exact near 0, for y = 1 + u; the least normal number stands for all y below it."""
    T = type(y)
    y = where(y > _TINY(y), y, _TINY(y))
    n = exponent(y)
    down = shift_exponent(T(1.0), -n)
    f = where(n < T(0), y * down - T(1.0), u * down + (down - T(1.0)))
    tail = (f * f) * (f * _LOG1P(f) - T(0.5)) + n * _LN2_LOW(f)
    high = n * _LN2_HIGH(f)
    return high + (f + tail), high + ((f - u) + tail)


@inline
def js_divergence(p, q, d, beta):
    """β(q log(q/m) - q + m) and the like of p, neither below 0, with m = βq + (1-β)p.

    Such a term is m(y (log y - u) + u²) with y = 1 + u = part/m. To the slope (1-β) log(1-β) is added, so that it is 0
    for a class without share; where there is little of it, it comes from log((1-β)p/m) = log(1 - βq/m).
    """
    T = type(p)
    left, log_left = T(1.0) - beta, log1p(-beta)
    mix = beta * q + left * p
    some, little = (q > T(0.0)) & (mix >= _TINY(mix)), q + q < mix
    x, part_q, part_p = d / mix, q / mix, p / mix
    u_q, u_p = -left * x, beta * x
    _, beyond_q = logarithm(part_q, u_q)
    found, beyond_p = logarithm(where(little, left * part_p, part_p), where(little, -beta * part_q, u_p))
    beyond_p = where(little, (found - log_left) - u_p, beyond_p)
    of_q, of_p = part_q * beyond_q + u_q * u_q, part_p * beyond_p + u_p * u_p
    s, slope = mix * (beta * of_q + left * of_p), left * where(little, found, found + log_left)
    return where(some, s, -left * log_left * p), where(some, slope, T(0.0))
