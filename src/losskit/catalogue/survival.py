"""Survival: times to an event that is not always seen; `event` is 1 where it was and 0 where watching ended first."""

from __future__ import annotations

import math

from losskit.core.define import define_loss
from losskit.core.domains import BatchBinary, BatchScores, Binary, Domain, PositiveReal
from losskit.core.params import Flag, Positive, Static

_NEVER = -1e30  # a score whose share is 0 in every dtype
_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)

LogTime = Domain("LogTime", "logarithms of a typical time", link="exp")
BatchTimes = Domain("BatchTimes", "a time >= 0 for each row of a batch", low=0.0, interior=1.0, axes=("N",))


@define_loss(
    pred=BatchScores,
    time=BatchTimes,
    event=BatchBinary,
    claims=dict(convex=True, smooth=True, lipschitz=1.0),
    source="Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x; Breslow 1974, doi:10.2307/2529620",
    aka=("pycox.models.loss.CoxPHLoss", "lifelines CoxPHFitter", "xgboost survival:cox", "deepsurv"),
    pitfall="a risk set is what the batch holds of it: small batches see few rivals, and no loss comes from one "
    "without an event; memory grows with the square of the batch",
)
def cox(ops, pred, time, event, where):
    """Cox's partial likelihood: at each event, how likely it befell this row of all that were still at risk.

    The mean over events i of log Σ_{j: time_j >= time_i} exp(pred_j) - pred_i, pred being the logarithm of the hazard;
    0 without an event. Equal times share one risk set (Breslow). pycox takes rows of equal time in the order in which
    sorting leaves them; lifelines uses Efron's risk sets, and its log-likelihood is the sum: multiply by the number of
    events and turn the sign.
    """
    own, times, place = (ops.expand(x, x) for x in (pred, time, ops.index(time)))
    lead = ops.transpose(own) - own  # of each column over the row
    others = (times <= ops.transpose(times)) & (ops.abs(place - ops.transpose(place)) > 0.0)
    rivals = where.keep_columns(ops.where(others, lead, _NEVER + 0.0 * lead), _NEVER)
    each = ops.softplus(ops.logsumexp(rivals))
    seen = where.keep(event, 0.0)
    count = ops.sum(seen)
    return ops.sum(seen * each) / ops.where(count > 0.0, count, 1.0 + 0.0 * count)


@define_loss(
    pred=LogTime,
    time=PositiveReal,
    event=Binary,
    distribution=Static(
        "normal", choices=("normal", "logistic", "extreme"), doc="of the error of log(time); extreme: Weibull times"
    ),
    scale=Positive(1.0, search=(0.1, 3.0), doc="the size of an ordinary error of log(time)"),
    full=Flag(doc="add what depends on time and scale alone: needed to learn the scale"),
    claims=dict(
        convex=True,
        smooth=True,
        lipschitz=lambda distribution, scale, full: 1.0 / scale if distribution == "logistic" else None,
    ),
    source="Wei 1992, doi:10.1002/sim.4780111409; Barnwal et al. 2022, arXiv:2006.04920",
    aka=("xgboost survival:aft", "lifelines LogNormalAFTFitter, LogLogisticAFTFitter, WeibullAFTFitter"),
    pitfall="the scale shapes the fit of censored rows and is not learned: search it, or learn it with full=True",
)
def aft(ops, pred, time, event, *, distribution, scale, full):
    """Accelerated failure time: log(time) is pred plus noise; a censored row says that it took longer.

    With w = (log(time) - pred)/scale: -log f(w) at an event, -log(1 - F(w)) where censored, f and F being the density
    and distribution function of the noise. full=True adds log(scale time) at events, which is XGBoost's
    aft-nloglik; XGBoost also clips its gradient to 15, and takes intervals, which this loss does not.
    """
    w = (ops.log(time) - pred) / scale
    seen = event > 0.5
    if distribution == "normal":
        nll = ops.where(seen, 0.5 * w * w, -ops.log_ndtr(-w))
        constant = _HALF_LOG_2PI
    elif distribution == "logistic":
        nll = ops.softplus(w) + event * ops.softplus(-w)
        constant = 0.0
    else:
        nll = ops.exp(w) - event * w
        constant = 0.0
    return nll + event * (ops.log(scale * time) + constant) if full else nll
