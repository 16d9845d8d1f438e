"""Regression: losses of a prediction on the target's own scale."""

from __future__ import annotations

from losskit.core.define import define_loss
from losskit.core.domains import AboveMinusOne, Domain, Log1p, NonNegativeReal, Real
from losskit.core.params import Between, Flag, NonNegative, Positive

Quantiles = Domain("Quantiles", "predicted quantiles, last axis", axes=("Q",))

_DELTA = dict(search=(0.1, 10.0), scales_with="target")


def _residual(**claims):
    """The claims that every loss of pred - target alone shares."""
    return dict(residual=True, zero_at_target=True, **claims)


@define_loss(
    pred=Real,
    target=Real,
    half=Flag(doc="divide by 2, so that the gradient is the residual"),
    claims=_residual(estimates="mean", convex=True, smooth=True, scale_equivariant=True),
    source="Legendre 1805; Gneiting 2011, doi:10.1198/jasa.2011.r10138",
    aka=("torch.nn.MSELoss", "keras.losses.MeanSquaredError", "optax.losses.squared_error", "lightgbm l2"),
    aliases=("mse", "l2"),
    pitfall="one outlier outweighs many ordinary rows; optax.l2_loss is half of it",
)
def squared_error(ops, pred, target, *, half):
    """The square of the residual."""
    r = pred - target
    return 0.5 * r * r if half else r * r


@define_loss(
    pred=Real,
    target=Real,
    claims=_residual(estimates="median", convex=True, lipschitz=1.0, scale_equivariant=True),
    source="Laplace 1774; Gneiting 2011, doi:10.1198/jasa.2011.r10138",
    aka=("torch.nn.L1Loss", "keras.losses.MeanAbsoluteError", "lightgbm l1"),
    aliases=("mae", "l1"),
    curvature=1.0,
    pitfall="predicts 0 where more than half of the targets are 0",
)
def absolute_error(ops, pred, target):
    """The size of the residual."""
    return ops.abs(pred - target)


@define_loss(
    pred=Real,
    target=Real,
    delta=Positive(1.0, doc="where quadratic turns linear, in the target's units", **_DELTA),
    claims=_residual(
        estimates="between mean and median", convex=True, lipschitz=lambda delta: delta, scale_equivariant=True
    ),
    source="Huber 1964, doi:10.1214/aoms/1177703732",
    aka=("torch.nn.HuberLoss", "keras.losses.Huber", "optax.losses.huber_loss", "lightgbm huber (alpha)"),
    pitfall="delta is in the target's units: at 1 on a target in thousands it is absolute error",
)
def huber(ops, pred, target, *, delta):
    """Quadratic within `delta` of the target, linear beyond."""
    r = pred - target
    return ops.where(ops.abs(r) <= delta, 0.5 * r * r, delta * (ops.abs(r) - 0.5 * delta))


@define_loss(
    pred=Real,
    target=Real,
    beta=Positive(1.0, doc="where quadratic turns linear, in the target's units", **_DELTA),
    claims=_residual(estimates="between mean and median", convex=True, lipschitz=1.0, scale_equivariant=True),
    source="Girshick 2015, arXiv:1504.08083",
    aka=("torch.nn.SmoothL1Loss",),
    pitfall="huber divided by beta: the two agree at 1 only",
)
def smooth_l1(ops, pred, target, *, beta):
    """Huber's loss divided by `beta`: slope 1 far from the target."""
    r = pred - target
    return ops.where(ops.abs(r) <= beta, 0.5 * r * (r / beta), ops.abs(r) - 0.5 * beta)


def _pseudo_huber_curvature(ops, pred, target, *, delta):
    return ops.cosine((pred - target) / delta)


@define_loss(
    pred=Real,
    target=Real,
    delta=Positive(1.0, doc="where quadratic turns linear, in the target's units", **_DELTA),
    claims=_residual(
        estimates="between mean and median",
        convex=True,
        smooth=True,
        lipschitz=lambda delta: delta,
        scale_equivariant=True,
    ),
    source="Charbonnier et al. 1994, doi:10.1109/ICIP.1994.413553",
    aka=("xgboost reg:pseudohubererror", "charbonnier"),
    aliases=("charbonnier",),
    curvature=_pseudo_huber_curvature,
    pitfall="xgboost scales it to slope 1 at 0: the gradient here is delta * u/√(1+u²) with u = r/delta",
)
def pseudo_huber(ops, pred, target, *, delta):
    """A smooth Huber loss: quadratic near the target, slope `delta` far away."""
    return delta * delta * ops.root1p((pred - target) / delta)


def _log_cosh_curvature(ops, pred, target):
    r = pred - target
    small = ops.abs(r) < 1e-3
    return ops.where(small, 1.0 - r * r / 3.0, ops.tanh(r) / ops.where(small, 1.0, r))


@define_loss(
    pred=Real,
    target=Real,
    claims=_residual(estimates="between mean and median", convex=True, smooth=True, lipschitz=1.0),
    source="Green 1990, doi:10.1109/42.52985",
    aka=("keras.losses.LogCosh", "optax.losses.log_cosh"),
    curvature=_log_cosh_curvature,
    pitfall="not scale equivariant: on a target in thousands it is absolute error",
)
def log_cosh(ops, pred, target):
    """log(cosh(residual)): squared error near the target, absolute error far away."""
    return ops.log_cosh(pred - target)


@define_loss(
    pred=Real,
    target=Real,
    level=Between(0.0, 1.0, 0.5, search=(0.05, 0.95), doc="the quantile; an array serves several outputs"),
    claims=_residual(
        estimates=lambda level: f"quantile {level}",
        convex=True,
        lipschitz=lambda level: 0.5 + abs(level - 0.5),
        scale_equivariant=True,
    ),
    source="Koenker and Bassett 1978, doi:10.2307/1913643",
    aka=("lightgbm quantile (alpha)", "xgboost reg:quantileerror", "sklearn PinballLoss", "pinball"),
    aliases=("pinball",),
    curvature=1.0,
)
def quantile(ops, pred, target, *, level):
    """The pinball loss: each unit below the target costs `level`, each unit above it 1 - `level`."""
    r = target - pred
    return level * ops.relu(r) + (1.0 - level) * ops.relu(-r)


@define_loss(
    pred=Quantiles,
    target=Real,
    levels=Between(0.0, 1.0, required=True, example=(0.05, 0.25, 0.75, 0.95), doc="one for each predicted quantile"),
    claims=dict(convex=True, lipschitz=1.0),
    source="Koenker and Bassett 1978, doi:10.2307/1913643; Wen et al. 2017, arXiv:1711.11053",
    aka=("neuralforecast MQLoss", "pytorch_forecasting QuantileLoss", "xgboost reg:quantileerror (quantile_alpha)"),
    curvature=1.0,
    pitfall="nothing keeps the predicted quantiles in order",
)
def quantiles(ops, pred, target, *, levels):
    """The mean pinball loss of several predicted quantiles of one target.

    At levels that lie evenly, twice it approaches the continuous ranked probability score; at those of a median and
    of central intervals twice it is their weighted interval score (Bracher et al. 2021,
    doi:10.1371/journal.pcbi.1008618). pytorch_forecasting's QuantileLoss is twice the pinball loss.
    """
    r = ops.expand(target, pred) - pred
    return ops.sum(levels * ops.relu(r) + (1.0 - levels) * ops.relu(-r)) / ops.size(pred)


@define_loss(
    pred=Real,
    target=Real,
    level=Between(0.0, 1.0, 0.5, search=(0.05, 0.95), doc="the expectile"),
    claims=_residual(
        estimates=lambda level: f"expectile {level}",
        convex=True,
        smooth=lambda level: (level == 0.5) is True,  # an array of levels is not
        scale_equivariant=True,
    ),
    source="Newey and Powell 1987, doi:10.2307/1911031",
    aka=("catboost Expectile",),
)
def expectile(ops, pred, target, *, level):
    """Squared error with weight `level` below the target and 1 - `level` above it."""
    r = target - pred
    return ops.where(r >= 0.0, level * r * r, (1.0 - level) * r * r)


@define_loss(
    pred=Real,
    target=Real,
    epsilon=NonNegative(
        0.1, search=(0.01, 1.0), scales_with="target", doc="half width of the free band, in the target's units"
    ),
    squared=Flag(doc="square what exceeds the band"),
    claims=_residual(convex=True, scale_equivariant=True, lipschitz=lambda epsilon, squared: None if squared else 1.0),
    source="Vapnik 1995, doi:10.1007/978-1-4757-2440-0",
    aka=("sklearn epsilon_insensitive", "sklearn squared_epsilon_insensitive"),
    curvature=1.0,
)
def epsilon_insensitive(ops, pred, target, *, epsilon, squared):
    """Nothing within `epsilon` of the target, absolute error beyond."""
    excess = ops.relu(ops.abs(pred - target) - epsilon)
    return excess * excess if squared else excess


@define_loss(
    pred=Real,
    target=Real,
    eps=Positive(1e-7, scales_with="target", doc="the least size of a target"),
    claims=dict(zero_at_target=True, convex=True, scale_equivariant=True, lipschitz=lambda eps: 1.0 / eps),
    source="de Myttenaere et al. 2016, doi:10.1016/j.neucom.2015.12.114",
    aka=("keras.losses.MeanAbsolutePercentageError", "lightgbm mape", "sklearn mean_absolute_percentage_error"),
    curvature=1.0,
    pitfall="biased low, as errors above a small target cost most; keras multiplies by 100, lightgbm floors |y| at 1",
)
def mape(ops, pred, target, *, eps):
    """Absolute error as a share of the target."""
    size = ops.abs(target)
    return ops.abs(pred - target) / ops.where(size > eps, size, eps + 0.0 * size)


@define_loss(
    pred=Real,
    target=Real,
    claims=dict(zero_at_target=True, bounded=2.0, scale_equivariant=True),
    source="Makridakis 1993, doi:10.1016/0169-2070(93)90079-3",
    aka=("neuralforecast SMAPE",),
    curvature=1.0,
    pitfall="neither convex nor symmetric: it prefers predictions above the target",
)
def smape(ops, pred, target):
    """Twice the absolute error over |pred| + |target|; 0 where both are 0."""
    p, y, error = ops.abs(pred), ops.abs(target), ops.abs(pred - target)
    some = p + y > 0.0
    size = ops.where(some, p + y, 1.0 + 0.0 * p)
    # Far from the target in the form 1 - 2 min(p, y)/size, 1 for opposite signs: its slope does not cancel.
    lesser = ops.relu(ops.where(p < y, pred * ops.sign(target), target * ops.sign(pred)))
    far = ops.where(some, 2.0 - 4.0 * (lesser / size), 0.0 * p)
    return ops.where(error < 0.5 * size, 2.0 * (error / size), far)


@define_loss(
    pred=AboveMinusOne,
    target=AboveMinusOne,
    claims=dict(estimates="mean of log1p", smooth=True, zero_at_target=True),
    source="squared error on the log1p scale",
    aka=("keras.losses.MeanSquaredLogarithmicError",),
    curvature=1.0,
    pitfall="pred must stay above -1 while training: log_squared_error takes a raw score instead",
)
def msle(ops, pred, target):
    """(log1p(pred) - log1p(target))², the squared error that rmsle judges by."""
    # One log1p of the difference relative to the lesser: two would cancel near the target, and the greater far below.
    r, above = pred - target, pred >= target
    d = ops.log1p(ops.where(above, r, -r) / ops.where(above, 1.0 + target, 1.0 + pred))
    return d * d


@define_loss(
    pred=Log1p,
    target=NonNegativeReal,
    claims=dict(estimates="mean of log1p", convex=True, smooth=True),
    source="squared error on the log1p scale",
    aka=("xgboost reg:squaredlogerror",),
)
def log_squared_error(ops, pred, target):
    """Squared error of a raw score against log1p(target): expm1 of the score predicts the target."""
    r = pred - ops.log1p(target)
    return r * r
