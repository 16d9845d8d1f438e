"""Likelihoods of counts and of positive amounts, from a raw score on the log scale."""

from __future__ import annotations

from losskit.core.define import define_loss
from losskit.core.domains import LogRate, NonNegativeReal, PositiveReal
from losskit.core.params import Between, Flag


@define_loss(
    pred=LogRate,
    target=NonNegativeReal,
    full=Flag(doc="add log(target!), which depends on the target alone"),
    claims=dict(estimates="mean", convex=True, smooth=True),
    source="Nelder and Wedderburn 1972, doi:10.2307/2344614",
    aka=("torch.nn.PoissonNLLLoss", "sklearn HalfPoissonLoss", "lightgbm poisson", "xgboost count:poisson"),
    pitfall="pred is the logarithm of the rate; keras.losses.Poisson takes the rate itself",
)
def poisson(ops, pred, target, *, full):
    """The Poisson likelihood of a count, from the logarithm of its rate."""
    nll = ops.exp(pred) - target * pred
    return nll + ops.log_factorial(target) if full else nll


@define_loss(
    pred=PositiveReal,
    target=NonNegativeReal,
    claims=dict(estimates="mean", convex=True, smooth=True),
    source="Nelder and Wedderburn 1972, doi:10.2307/2344614",
    aka=("torch.nn.PoissonNLLLoss(log_input=False)", "keras.losses.Poisson"),
    pitfall="pred must stay above 0 while training: poisson takes the logarithm of the rate instead",
)
def poisson_rate(ops, pred, target):
    """The Poisson likelihood of a count, from its rate, up to log(target!)."""
    return pred - target * ops.log(pred)


@define_loss(
    pred=LogRate,
    target=PositiveReal,
    claims=dict(estimates="mean", convex=True, smooth=True),
    source="Nelder and Wedderburn 1972, doi:10.2307/2344614",
    aka=("sklearn HalfGammaLoss", "lightgbm gamma", "xgboost reg:gamma"),
)
def gamma(ops, pred, target):
    """The gamma likelihood of a positive amount, from the logarithm of its mean."""
    return pred + target * ops.exp(-pred)


@define_loss(
    pred=LogRate,
    target=NonNegativeReal,
    power=Between(1.0, 2.0, 1.5, search=(1.1, 1.9), doc="the variance is the mean to this power"),
    claims=dict(estimates="mean", convex=True, smooth=True),
    source="Jorgensen 1987, doi:10.1111/j.2517-6161.1987.tb01685.x",
    aka=("sklearn HalfTweedieLoss", "lightgbm tweedie", "xgboost reg:tweedie", "keras.losses.Tweedie"),
)
def tweedie(ops, pred, target, *, power):
    """For amounts that are often exactly 0: between Poisson and gamma, from the logarithm of the mean."""
    some = target > 0.0
    score = ops.where(some, pred, 0.0 * pred)  # 0 · e^z is 0 even where e^z overflows
    return ops.exp((2.0 - power) * pred) / (2.0 - power) + target * ops.exp((1.0 - power) * score) / (power - 1.0)
