"""Losses of the differences of softmax probabilities and labels: Σ w q times Σ s(p, q), for ids and soft labels alike.

With φ = ds/dp the gradient is p_j (φ_j - Σ_k p_k φ_k). What `softmax_rows` says of x, top and others holds here.
"""

from __future__ import annotations

from numba import extending, njit, types

from losskit.kernels.blocks import OPTIONS
from losskit.kernels.elementary import log, log1p, log1pmx
from losskit.kernels.intrinsics import narrow, per_format, rank, widen
from losskit.kernels.softmax_rows import BLOCK, add, block_total, clear, sums_of_row, survey

_inline = njit(forceinline=True, **OPTIONS)
_INFINITY = per_format(float("inf"), float("inf"))


def read_labels(target, row, step, start, q):
    """A block of a row's labels, soft ones or those of its id, into `q`; whether they are labels."""


@extending.overload(read_labels)
def _typed_read_labels(target, row, step, start, q):
    if target.dtype is types.int64:

        def of_id(target, row, step, start, q):
            place = target[row] - start
            for i in range(q.size):
                q[i] = 0
            if 0 <= place < q.size:
                q[place] = 1
            return True

        return of_id

    def of_row(target, row, step, start, q):
        qs = target[row * step + start : row * step + start + q.size]
        good = True
        for i in range(q.size):
            q[i] = widen(qs[i])
            good &= (rank(q[i]) >= 0) & (q[i] < _INFINITY(q[i]))
        return good

    return of_row


def is_label(target, row, classes):
    """Whether an id is a class."""


@extending.overload(is_label)
def _typed_is_label(target, row, classes):
    if target.dtype is types.int64:
        return lambda target, row, classes: 0 <= target[row] < classes
    return lambda target, row, classes: True


def of_differences(terms):
    """Rows of such a loss: `terms` gives s and φ of p, q, p - q and a parameter. For the rest see `softmax_rows`.

    `e` is room for two rows.
    """

    @_inline
    def block_terms(p, q, d, number, s, slopes):
        for i in range(p.size):
            s[i], slopes[i] = terms(p[i], q[i], d[i], number)

    @njit(**OPTIONS)
    def sums(target, row, step, factor, best, others, p, slopes, number, room):
        """Σ s, Σ p φ but for the best class, Σ w q, φ of the best class, and whether all labels are labels."""
        T = type(p[0])
        number = T(number)
        inverse, rest = T(1.0 / (1.0 + others)), T(others / (1.0 + others))
        total = lost = mean = mean_lost = mass = mass_lost = 0.0
        good = True
        for start in range(0, p.size, BLOCK):
            ps, ss = p[start : start + BLOCK], slopes[start : start + BLOCK]
            q, d = room[: ps.size], room[BLOCK : BLOCK + ps.size]
            terms_of = room[2 * BLOCK : 2 * BLOCK + ps.size]
            good &= read_labels(target, row, step, start, q)
            for i in range(ps.size):
                ps[i] *= inverse
                d[i] = ps[i] - q[i]
            place = best - start
            here = 0 <= place < ps.size
            if here and rest < T(0.5):
                d[place] = (T(1.0) - q[place]) - rest
            block_terms(ps, q, d, number, terms_of, ss)
            total, lost = add(total, lost, float(block_total(terms_of)))
            for i in range(ps.size):
                d[i] = ps[i] * ss[i]
            if here:
                d[place] = 0
            mean, mean_lost = add(mean, mean_lost, float(block_total(d)))
            if factor is not None:
                ws = factor[start : start + BLOCK]
                for i in range(ps.size):
                    q[i] *= ws[i]
            mass, mass_lost = add(mass, mass_lost, float(block_total(q)))
        return total + lost, mean + mean_lost, mass + mass_lost, good

    @njit(**OPTIONS)
    def rows(
        count, classes, pred, pred_step, target, target_step, factor, number, weight, weight_step, kept, kept_step,
        scale, checked, room, e, each, out, out_step,
    ):  # fmt: skip
        good = True
        p, slopes = e[:classes], e[classes : 2 * classes]
        for row in range(count):
            if not kept[row * kept_step]:
                each[row] = 0.0
                if out is not None:
                    clear(out[row * out_step : row * out_step + classes])
                continue
            x = pred[row * pred_step : row * pred_step + classes]
            finite, best = survey(x)
            if not is_label(target, row, classes) or (checked and not finite):
                good = False
                continue
            others, _ = sums_of_row(x, best, None, False, room, p, True)
            total, mean, mass, right = sums(target, row, target_step, factor, best, others, p, slopes, number, room)
            good &= right
            each[row] = mass * total
            if out is not None:
                one = scale * weight[row * weight_step] * mass
                write(p, slopes, one, best, others, mean, out[row * out_step : row * out_step + classes])
        return good

    return rows


@njit(**OPTIONS)
def write(p, slopes, one, best, others, mean, out):
    """one·p (φ - Σ p φ), at the best class from what the others are."""
    T, like = type(p[0]), out[0]
    own, share = float(slopes[best]), float(p[best])
    middle, one_of_row = T(mean + share * own), T(one)
    for i in range(out.size):
        out[i] = narrow(one_of_row * (p[i] * (slopes[i] - middle)), like)
    out[best] = narrow(T(one * share * (own * others / (1.0 + others) - mean)), like)


@_inline
def multiclass_brier(p, q, d, number):
    return d * d, type(p)(2.0) * d


@_inline
def relative_entropy(part, mix, excess):
    """part log(part/mix) - excess for part = mix + excess, and log(part/mix), exact where the two are near."""
    T = type(part)
    x = excess / mix
    near = abs(x) < T(0.5)
    inner = x if near else T(0.0)
    close = mix * ((T(1.0) + inner) * log1pmx(inner) + inner * inner)
    logarithm = log((part if part > T(0.0) else mix) / mix)
    return (close if near else part * logarithm - excess), (log1p(inner) if near else logarithm)


@_inline
def js_divergence(p, q, d, beta):
    """As the catalogue has it: a multiple of d, whose sum is 0, is taken off, so that a class without share adds 0."""
    T = type(p)
    some = q > T(0.0)
    mix = beta * q + (T(1.0) - beta) * p if some else T(1.0)
    of_target, _ = relative_entropy(q, mix, (beta - T(1.0)) * d)
    of_pred, logarithm = relative_entropy(p, mix, beta * d)
    log_rest = log1p(-beta)
    s = beta * of_target + (T(1.0) - beta) * (of_pred + log_rest * d)
    slope = (T(1.0) - beta) * (logarithm + log_rest)
    return (s if some else T(0.0)), (slope if some else T(0.0))
