"""Likelihoods and scoring rules: of counts, of positive amounts, of whole predicted distributions."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from losskit.core.define import define_loss
from losskit.core.domains import Domain, Draws, LogRate, NonNegativeReal, PositiveReal, Real
from losskit.core.forms import norm
from losskit.core.params import Between, Flag, Positive

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
_ROOT_HALF, _ROOT_PI = math.sqrt(0.5), math.sqrt(math.pi)


def _logarithm(name, description, end, **rest):
    """Logarithms of a size, so bounded that residuals over it and their slopes stay finite in float32."""
    return Domain(name, f"{description}, from -{end:g} to {end:g}", low=-end, high=end, **rest)


LogVariance = _logarithm("LogVariance", "logarithms of a variance", 60.0, from_free=lambda x: np.clip(x, -8.0, 8.0))
LogScale = _logarithm("LogScale", "logarithms of a scale", 30.0, from_free=lambda x: np.clip(x, -4.0, 4.0))
# Random parts are no narrower than this: between narrow, distant ones the slope turns within less than any step tried.
LogScales = replace(LogScale, name="LogScales", axes=("part",), from_free=lambda x: np.clip(x, -1.0, 4.0))
VectorDraws = Domain("VectorDraws", "vectors drawn from the predicted distribution", axes=("M", "output"))
Outputs = Domain("Outputs", "a vector of what is predicted, last axis", axes=("output",))

_FAIR = Flag(doc="judge the distribution that the draws come from, not the draws: needs two at least")


def _parts(description):
    return Domain("Parts", f"{description}, last axis", axes=("part",))


def _pairs(draws, fair):
    """How many pairs of draws there are, those of a draw with itself included unless fair."""
    return draws * (draws - 1.0) if fair else draws * draws


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
    aka=("sklearn HalfTweedieLoss", "lightgbm tweedie", "xgboost reg:tweedie"),
)
def tweedie(ops, pred, target, *, power):
    """For amounts that are often exactly 0: between Poisson and gamma, from the logarithm of the mean."""
    some = target > 0.0
    score = ops.where(some, pred, 0.0 * pred)  # 0 · e^z is 0 even where e^z overflows
    return ops.exp((2.0 - power) * pred) / (2.0 - power) + target * ops.exp((1.0 - power) * score) / (power - 1.0)


@define_loss(
    pred=LogRate,
    target=NonNegativeReal,
    dispersion=Positive(
        1.0, search=(0.01, 10.0), doc="the variance is mean + dispersion mean²: near 0 it is Poisson's"
    ),
    claims=dict(estimates="mean", convex=True, smooth=True),
    source="Hilbe 2011, doi:10.1017/CBO9780511973420",
    aka=(
        "statsmodels NegativeBinomial (nb2, alpha)",
        "pytorch_forecasting NegativeBinomialDistributionLoss",
        "torch.distributions.NegativeBinomial (total_count 1/dispersion, logits pred + log dispersion)",
    ),
    pitfall="what depends on target and dispersion alone is left out, so the dispersion cannot be learned with it; "
    "R's glm.nb gives its inverse, theta",
)
def neg_binomial(ops, pred, target, *, dispersion):
    """The negative binomial likelihood of an overdispersed count, from the logarithm of its mean.

    With m = dispersion exp(pred): target log(1 + 1/m) + log(1 + m)/dispersion. A peer's negative log-likelihood is
    larger by log Γ(target + 1) + log Γ(1/dispersion) - log Γ(target + 1/dispersion).
    """
    spread = ops.where(target <= target, dispersion, target)  # one for each target: log takes arrays alone
    score = pred + ops.log(spread)
    return target * ops.softplus(-score) + ops.softplus(score) / dispersion


@define_loss(
    pred=Real,
    log_variance=LogVariance,
    target=Real,
    wrt=("pred", "log_variance"),
    full=Flag(doc="add log(2π)/2"),
    claims=dict(estimates="mean and variance", smooth=True),
    source="Nix and Weigend 1994, doi:10.1109/ICNN.1994.374138",
    aka=("torch.nn.GaussianNLLLoss", "ngboost Normal LogScore"),
    pitfall="rows with a large variance hardly move the mean: a fit that starts badly is explained away as noise",
)
def gaussian_nll(ops, pred, log_variance, target, *, full):
    """The Gaussian likelihood of the target, from its mean and the logarithm of its variance.

    (log_variance + (target - pred)² exp(-log_variance))/2. torch.nn.GaussianNLLLoss takes the variance itself and
    raises it to 1e-6 at least: give this loss its logarithm. NGBoost takes log σ, half of log_variance.
    """
    u = (pred - target) * ops.exp(-0.5 * log_variance)
    nll = 0.5 * log_variance + 0.5 * u * u
    return nll + _HALF_LOG_2PI if full else nll


@define_loss(
    pred=Real,
    log_scale=LogScale,
    target=Real,
    wrt=("pred", "log_scale"),
    full=Flag(doc="add log(2)"),
    claims=dict(estimates="median and mean absolute deviation"),
    source="Kotz et al. 2001, doi:10.1007/978-1-4612-0173-1",
    aka=("ngboost Laplace LogScore", "torch.distributions.Laplace"),
    pitfall="rows with a large scale hardly move the median: a fit that starts badly is explained away as noise",
)
def laplace(ops, pred, log_scale, target, *, full):
    """The likelihood of Laplace's double exponential, from its median and the logarithm of its scale.

    log_scale + |target - pred| exp(-log_scale): absolute error with a learned scale.
    """
    nll = log_scale + ops.abs(pred - target) * ops.exp(-log_scale)
    return nll + math.log(2.0) if full else nll


def _mixed(ops, log_weights, log_density):
    """-log Σ_k softmax(log_weights)_k exp(log_density_k), without cancellation whichever part prevails."""
    joint = log_weights + log_density
    top, likeliest = ops.argmax(log_weights), ops.argmax(joint)
    prior, posterior = (ops.stop_gradient(ops.take(log_weights, part)) for part in (top, likeliest))
    score = log_weights - ops.expand(prior, joint)  # shifted, the shares are the same and the numbers smaller
    far = ops.logsumexp(score) - ops.logsumexp(log_weights - ops.expand(posterior, joint) + log_density)

    # Where the heaviest part is nearly the likeliest: relative to its density.
    own = ops.take(log_density, top)
    near = ops.take(joint, likeliest) <= ops.take(joint, top) + 1.0
    ahead = ops.where(ops.expand(near, joint), log_density - ops.expand(own, joint), 0.0 * joint)
    up, down = ops.relu(ahead), ops.where(ahead > 0.0, 0.0 * ahead, ahead)
    excess = ops.where(ahead > 0.0, -ops.exp(score + up) * ops.expm1(-up), ops.exp(score) * ops.expm1(down))
    relative = ops.log1p(ops.sum(excess) / ops.sum(ops.exp(score)))
    return ops.where(near, -own - relative, far + prior - posterior)


@define_loss(
    log_weights=_parts("logits of the weights of a mixture's parts"),
    means=_parts("means of a mixture's parts"),
    log_scales=LogScales,
    target=Real,
    wrt=("log_weights", "means", "log_scales"),
    full=Flag(doc="add log(2π)/2"),
    claims=dict(smooth=True),
    source="Bishop 1994, Neural Computing Research Group report 94/004, Aston University",
    aka=("neuralforecast GMM", "torch.distributions.MixtureSameFamily", "mixture density network"),
    pitfall="a part that closes in on one target lowers the loss without end: keep log_scales from falling far",
)
def mixture_nll(ops, log_weights, means, log_scales, target, *, full):
    """The likelihood of a mixture of Gaussians, from the logits of its weights and each part's mean and log σ.

    -log Σ_k softmax(log_weights)_k exp(-log_scales_k - u_k²/2) with u_k = (target - means_k) exp(-log_scales_k).
    """
    u = (ops.expand(target, means) - means) * ops.exp(-log_scales)
    nll = _mixed(ops, log_weights, -log_scales - 0.5 * u * u)
    return nll + _HALF_LOG_2PI if full else nll


@define_loss(
    pred=Real,
    log_scale=LogScale,
    target=Real,
    wrt=("pred", "log_scale"),
    claims=dict(smooth=True),
    source="Gneiting et al. 2005, doi:10.1175/MWR2904.1; Gneiting and Raftery 2007, doi:10.1198/016214506000001437",
    aka=("scoringrules.crps_normal", "properscoring.crps_gaussian", "ngboost Normal CRPScore"),
    pitfall="in the target's units, so rows of a large scale weigh most; peers take the scale σ, not its logarithm",
)
def crps_normal(ops, pred, log_scale, target):
    """The continuous ranked probability score of a normal prediction, from its mean and log σ.

    σ (u (2Φ(u) - 1) + 2φ(u) - 1/√π) with u = (target - pred)/σ, from 0.234 σ at the mean to |target - pred| far away.
    """
    # With x = u/√2 and σ√2 apart from the residual, what cancels in the slopes is exp(-x²) times a power of x, no more.
    r = pred - target
    x = r * (_ROOT_HALF * ops.exp(-log_scale))
    width = ops.exp(log_scale) * (math.sqrt(2.0) / _ROOT_PI)
    return r * ops.erf(x) + width * (ops.expm1(-x * x) + (1.0 - _ROOT_HALF))


@define_loss(
    pred=Draws,
    target=Real,
    fair=_FAIR,
    claims=dict(lipschitz=1.0),
    source="Gneiting and Raftery 2007, doi:10.1198/016214506000001437; fair: Ferro 2014, doi:10.1002/qj.2270",
    aka=("scoringrules.crps_ensemble", "properscoring.crps_ensemble"),
    pitfall="unless fair, too few draws are rewarded for lying too close together",
)
def crps_ensemble(ops, pred, target, *, fair):
    """The continuous ranked probability score of draws: their distance to the target less half that to each other.

    mean |x_i - y| - Σ_ij |x_i - x_j|/(2M²), and 2M(M - 1) in place of 2M² if fair: scoringrules' estimators
    "nrg" and "fair".
    """
    # The mean over pairs of what both draws exceed y by, or both fall short by: a sum in which nothing cancels. In
    # falling order a draw is the lesser of two with itself and, both ways round, with all before it.
    r = pred - ops.expand(target, pred)
    times = 2.0 * ops.index(pred) + (0.0 if fair else 1.0)
    above = ops.permute(ops.relu(r), ops.argsort(pred))
    below = ops.permute(ops.relu(-r), ops.argsort(-pred))
    return ops.sum(times * (above + below)) / _pairs(ops.size(pred), fair)


@define_loss(
    pred=VectorDraws,
    target=Outputs,
    fair=_FAIR,
    claims=dict(lipschitz=1.0),
    source="Gneiting and Raftery 2007, doi:10.1198/016214506000001437",
    aka=("scoringrules.es_ensemble", "scoringRules es_sample"),
    pitfall="sees wrong means long before wrong correlations; scale the entries of the vectors alike",
)
def energy_score(ops, pred, target, *, fair):
    """crps_ensemble for vectors, with Euclidean distances: mean ‖x_i - y‖ - Σ_ij ‖x_i - x_j‖/(2M²)."""
    r = pred - ops.transpose(ops.expand(target, ops.transpose(pred)))
    lengths = norm(ops, r)
    spread = ops.sum(ops.sum(ops.distances(pred, pred))) / _pairs(ops.size(lengths), fair)
    return ops.sum(lengths) / ops.size(lengths) - 0.5 * spread


@define_loss(
    lower=Real,
    upper=Real,
    target=Real,
    wrt=("lower", "upper"),
    alpha=Between(0.0, 1.0, 0.05, search=(0.01, 0.5), doc="the share of targets that may lie outside"),
    claims=dict(
        estimates=lambda alpha: f"quantile {0.5 * alpha} and quantile {1.0 - 0.5 * alpha}",
        convex=True,
        lipschitz=lambda alpha: 2.0 / alpha,
    ),
    source="Winkler 1972, doi:10.1080/01621459.1972.10481224; Gneiting, Raftery 2007, doi:10.1198/016214506000001437",
    aka=("scoringrules.interval_score", "scoringutils interval_score", "winkler score"),
)
def interval(ops, lower, upper, target, *, alpha):
    """The interval score: the width, and 2/alpha for each unit by which the target lies outside.

    2/alpha times the pinball losses of the two ends at alpha/2 and 1 - alpha/2; the weighted interval score over
    several alphas and a median is twice `quantiles` at all their levels.
    """
    return (upper - lower) + 2.0 / alpha * (ops.relu(lower - target) + ops.relu(target - upper))
