"""Distillation: the divergence of the softmax of a row from that of a teacher's scores.

With q the teacher's probabilities and gap the difference of the scores, log p - log q is off = gap - Σ q gap but for a
constant. Where that is small everywhere the loss is a sum of what is not negative, q (e^off - 1 - off), and p - q is
q (e^off - Σ q e^off) over Σ q e^off; elsewhere both come from p and q. As in `softmax_ids`, the largest scores are
known from what the others are.
"""

from __future__ import annotations

from numba import njit

from losskit.kernels import float64
from losskit.kernels.blocks import OPTIONS
from losskit.kernels.elementary import _EXP, exp_below_0, expm1, where
from losskit.kernels.intrinsics import narrow, widen
from losskit.kernels.softmax_blocks import add, end_of_block, inline, leave_out, summing, survey

_NEAR = 0.34  # as far as one polynomial is e^r


@inline
def excess(r):
    """e^r - 1 - r for |r| <= _NEAR."""
    return r * r * _EXP(r)


@summing
def soften(ts, xs, top, lead, cold, q, gap):
    """e^(t - top) and x - t - lead over the temperature, stored; the sum of the one, and of the two's product."""
    total = mean = top * type(top)(0)
    for i in range(q.size):
        t = widen(ts[i])
        q[i], gap[i] = exp_below_0((t - top) * cold), ((widen(xs[i]) - t) - lead) * cold
        total += q[i]
        mean += q[i] * gap[i]
    return float(total), float(mean)


@summing
def small_terms(q, off, mean):
    """The sums of q (e^off - 1 - off) and of q (e^off - 1), which takes off's place; whether all |off| < 1."""
    total = pull = mean * type(mean)(0)
    near = True
    for i in range(q.size):
        r = off[i] - mean
        rise = expm1(r)
        off[i] = rise
        near &= abs(r) < type(r)(1)
        total += q[i] * where(abs(r) < type(r)(_NEAR), excess(r), rise - r)
        pull += q[i] * rise
    return float(total), float(pull), near


@summing
def chances(xs, top, cold, p):
    """e^(x - top) over the temperature, stored, and its sum."""
    total = top * type(top)(0)
    for i in range(p.size):
        p[i] = exp_below_0((widen(xs[i]) - top) * cold)
        total += p[i]
    return float(total)


@summing
def any_terms(xs, ts, top, top_of_t, cold, log_ratio, q, p, of_q, of_p):
    """The sum of q (e^r - 1 - r), r = log p - log q; p becomes p - q."""
    total = top * type(top)(0)
    for i in range(q.size):
        r = ((widen(xs[i]) - top) - (widen(ts[i]) - top_of_t)) * cold + log_ratio
        mine, difference = q[i] * of_q, p[i] * of_p - q[i] * of_q
        near = abs(r) < type(r)(_NEAR)
        total += where(near, mine * excess(r), where(mine > type(r)(0), difference - mine * r, difference))
        p[i] = where(near, mine * (r + excess(r)), difference)
    return float(total)


@njit(**OPTIONS)
def soften_row(t, x, best, cold, q, gap):
    """Σ e^(t - top) over all but the teacher's best class, and the mean of the gaps."""
    top = widen(t[best])
    lead = widen(x[best]) - top
    others = lost = mean = mean_lost = 0.0
    q[best], gap[best] = 1, 0
    start = 0
    while start < q.size:
        end = end_of_block(start, best, q.size)
        part, pull = soften(t[start:end], x[start:end], top, lead, cold, q[start:end], gap[start:end])
        others, lost = add(others, lost, part)
        mean, mean_lost = add(mean, mean_lost, pull)
        start = end + 1 if end == best else end
    others += lost
    return others, (mean + mean_lost) / (1.0 + others)


@njit(**OPTIONS)
def sums_of_near(q, off, best, mean):
    """Σ q (e^off - 1 - off), Σ q (e^off - 1) but for the best class, e^off - 1 of it; whether all |off| < 1."""
    T = type(q[0])
    mine = -float(T(mean))
    rise = float64.expm1(mine)
    total, pull = excess(mine) if abs(mine) < _NEAR else rise - mine, 0.0
    lost = pull_lost = 0.0
    near = abs(mine) < 1.0
    start = 0
    while near and start < q.size:
        end = end_of_block(start, best, q.size)
        some, drawn, near = small_terms(q[start:end], off[start:end], T(mean))
        total, lost = add(total, lost, some)
        pull, pull_lost = add(pull, pull_lost, drawn)
        start = end + 1 if end == best else end
    return total + lost, pull + pull_lost, rise, near


@njit(**OPTIONS)
def sums_of_any(x, t, best, others_of_t, cold, q, p):
    """Σ q (e^r - 1 - r); p becomes p - q."""
    T = type(q[0])
    _, first = survey(x)
    top, top_of_t = widen(x[first]), widen(t[best])
    others = lost = 0.0
    p[first] = 1
    start = 0
    while start < p.size:
        end = end_of_block(start, first, p.size)
        others, lost = add(others, lost, chances(x[start:end], top, cold, p[start:end]))
        start = end + 1 if end == first else end
    others += lost
    of_q, of_p = 1.0 / (1.0 + others_of_t), 1.0 / (1.0 + others)
    log_ratio = float64.log1p(others_of_t) - float64.log1p(others)
    r = (float(widen(x[best])) - float(top)) * float(cold) + log_ratio
    rise = float64.expm1(r)
    total, lost = of_q * (excess(r) if abs(r) < _NEAR else rise - r), 0.0
    start = 0
    while start < p.size:
        end = end_of_block(start, best, p.size)
        xs, ts, qs, ps = x[start:end], t[start:end], q[start:end], p[start:end]
        some = any_terms(xs, ts, top, top_of_t, cold, T(log_ratio), qs, ps, T(of_q), T(of_p))
        total, lost = add(total, lost, some)
        start = end + 1 if end == best else end
    p[best] = T(of_q * rise)
    return total + lost


@inline
def write_near(q, rise, share, mean, out):
    like = out[0]
    for i in range(out.size):
        out[i] = narrow(share * (q[i] * (rise[i] - mean)), like)


@inline
def write_any(difference, one, out):
    like = out[0]
    for i in range(out.size):
        out[i] = narrow(one * difference[i], like)


@njit(**OPTIONS)
def of_teachers(
    count, classes, pred, pred_step, target, target_step, temperature, weight, weight_step, kept, kept_step, scale,
    checked, room, each, out, out_step,
):  # fmt: skip
    """Rows of distillation, as `softmax_ids.of_ids` has them; `room` is for two rows."""
    good = True
    T = type(room[0])
    cold = T(1.0 / temperature)
    q, off = room[:classes], room[classes : 2 * classes]
    for row in range(count):
        if not kept[row * kept_step]:
            leave_out(each, row, out, out_step, classes)
            continue
        x = pred[row * pred_step : row * pred_step + classes]
        t = target[row * target_step : row * target_step + classes]
        finite, best = survey(t)
        if checked and not (finite and survey(x)[0]):
            good = False
            continue
        others, mean = soften_row(t, x, best, cold, q, off)
        total, pull, rise, near = sums_of_near(q, off, best, mean)
        one = scale * weight[row * weight_step] * temperature
        if near:
            each[row] = temperature * temperature * float64.log1p(total / (1.0 + others))
            if out is not None:
                g = out[row * out_step : row * out_step + classes]
                middle = (pull + rise) / (1.0 + others)
                share = one / ((1.0 + others) * (1.0 + middle))
                write_near(q, off, T(share), T(middle), g)
                g[best] = narrow(T(share * (others * rise - pull) / (1.0 + others)), g[0])
        else:
            each[row] = temperature * temperature * sums_of_any(x, t, best, others, cold, q, off)
            if out is not None:
                write_any(off, T(one), out[row * out_step : row * out_step + classes])
    return good
