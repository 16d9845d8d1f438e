"""Likelihoods, scoring rules and survival losses: worked by hand, from their formulas, and against peers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats

import losskit as lk


@pytest.fixture
def draw():
    return np.random.default_rng(11)


def close(got, wanted):
    np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-14)


def test_gaussian_nll_is_torchs(draw):
    pred, log_variance, target = draw.normal(size=(3, 20))
    pair = lk.gaussian_nll()(pred, log_variance, target), lk.gaussian_nll(full=True)(pred, log_variance, target)
    arrays = [torch.tensor(x) for x in (pred, target, np.exp(log_variance))]
    close(pair, [torch.nn.GaussianNLLLoss(full=full)(*arrays) for full in (False, True)])


def test_full_likelihoods_are_those_of_torch(draw):
    pred, log_scale, target = (torch.tensor(x) for x in draw.normal(size=(3, 20)))
    laplace = torch.distributions.Laplace(pred, log_scale.exp())
    close(lk.laplace(full=True).each(pred, log_scale, target), -laplace.log_prob(target))
    weights, means, log_scales = (torch.tensor(x) for x in draw.normal(size=(3, 20, 4)))
    parts = torch.distributions.Normal(means, log_scales.exp())
    mixture = torch.distributions.MixtureSameFamily(torch.distributions.Categorical(logits=weights), parts)
    close(lk.mixture_nll(full=True).each(weights, means, log_scales, target), -mixture.log_prob(target))


def test_mixture_keeps_every_digit():
    """One part prevails, another fits, or all densities are nearly 1: a difference of logarithms would lose these."""
    zeros, loss = np.zeros(2), lk.mixture_nll()
    assert loss.each(zeros, zeros, np.array([1e-12, 3e-12]), np.float64(0.0)) == pytest.approx(2e-12, rel=1e-12)
    weights, _, _ = loss.gradient(np.array([80.0, 0.0]), zeros, zeros, np.float64(1.0))
    close(weights, 0.0)
    far_off = np.array([0.0, 30.0])
    weights, *_ = loss.gradient(np.array([80.0, 0.0]), far_off, zeros, np.float64(0.0))
    close(weights / math.exp(-80.0), [-1.0, 1.0])
    close(loss.each(np.array([1e4, 0.0]), np.array([1e4, 0.0]), zeros, np.float64(0.0)), 1e4)


def test_neg_binomial(draw):
    pred, target = draw.normal(size=20), draw.poisson(3.0, 20).astype(float)
    for dispersion in (0.1, 1.0, 4.0):
        size = 1.0 / dispersion
        peer = -stats.nbinom.logpmf(target, size, size / (size + np.exp(pred)))
        left_out = special.gammaln(target + 1.0) + special.gammaln(size) - special.gammaln(target + size)
        close(lk.neg_binomial(dispersion=dispersion).each(pred, target), peer - left_out)


def test_neg_binomial_is_poisson_without_dispersion(draw):
    pred, target = draw.normal(size=20), draw.poisson(3.0, 20).astype(float)
    nearly = lk.neg_binomial(dispersion=1e-9).gradient(pred, target)
    np.testing.assert_allclose(nearly, lk.poisson().gradient(pred, target), atol=1e-6)


def test_crps_normal_is_the_integral(draw):
    for pred, log_scale, target in draw.normal(size=(5, 3)):
        normal = stats.norm(pred, math.exp(log_scale))
        below = integrate.quad(lambda x, normal=normal: normal.cdf(x) ** 2, -60.0, target)[0]
        above = integrate.quad(lambda x, normal=normal: normal.sf(x) ** 2, target, 60.0)[0]
        got = lk.crps_normal().each(*map(np.float64, (pred, log_scale, target)))
        assert got == pytest.approx(below + above, rel=1e-6)


def test_crps_normal_by_hand():
    at_mean, far = lk.crps_normal().each(np.array([0.0, 0.0]), np.array([math.log(3.0), 0.0]), np.array([0.0, 1e4]))
    assert at_mean == pytest.approx(3.0 * (math.sqrt(2.0) - 1.0) / math.sqrt(math.pi))
    assert far == pytest.approx(1e4 - 1.0 / math.sqrt(math.pi), rel=1e-14)


@pytest.mark.parametrize("fair", [False, True])
def test_scores_of_draws_from_their_formula(draw, fair):
    x, y = draw.normal(size=(6, 5, 3)), draw.normal(size=(6, 3))
    pairs = 5 * 4 if fair else 5 * 5

    def score(draws, target, size):
        near = np.mean([size(a - target) for a in draws])
        return near - sum(size(a - b) for a in draws for b in draws) / (2 * pairs)

    wanted = [score(draws, target, abs) for draws, target in zip(x[..., 0], y[..., 0], strict=True)]
    close(lk.crps_ensemble(fair=fair).each(x[..., 0], y[..., 0]), wanted)
    wanted = [score(draws, target, np.linalg.norm) for draws, target in zip(x, y, strict=True)]
    close(lk.energy_score(fair=fair).each(x, y), wanted)
    close(
        lk.energy_score(fair=fair).each(x[..., :1], y[..., :1]), lk.crps_ensemble(fair=fair).each(x[..., 0], y[..., 0])
    )


def test_energy_score_has_a_gradient_where_draws_meet():
    x = np.array([[1.0, 2.0], [1.0, 2.0], [4.0, 6.0]])
    gradient = lk.energy_score().gradient(x, np.array([1.0, 2.0]))
    towards = np.array([0.6, 0.8])  # from the two that lie on the target to the third, 5 away
    close(gradient, np.outer([1.0 / 9.0, 1.0 / 9.0, 1.0 / 9.0], towards))


def test_interval_by_hand():
    lower, upper, target = np.zeros(3), np.full(3, 4.0), np.array([1.0, -2.0, 7.0])
    close(lk.interval(alpha=0.1).each(lower, upper, target), [4.0, 4.0 + 20.0 * 2.0, 4.0 + 20.0 * 3.0])


def test_quantiles_are_interval_scores(draw):
    """Bracher et al. 2021: the weighted interval score is twice the mean pinball loss at the same levels."""
    ends, target = np.sort(draw.normal(size=(20, 5))), draw.normal(size=20)
    alphas = (0.1, 0.5)
    total = 0.5 * np.abs(target - ends[:, 2])
    for k, alpha in enumerate(alphas):
        total = total + 0.5 * alpha * lk.interval(alpha=alpha).each(ends[:, k], ends[:, 4 - k], target)
    close(2.0 * lk.quantiles(levels=[0.05, 0.25, 0.5, 0.75, 0.95]).each(ends, target), total / (len(alphas) + 0.5))
    one = lk.quantiles(levels=[0.3]).each(ends[:, :1], target)
    close(one, lk.quantile(level=0.3).each(ends[:, 0], target))


def test_cox_is_breslows_likelihood(draw):
    phreg = pytest.importorskip("statsmodels.duration.hazard_regression").PHReg
    pred, time = draw.normal(size=12), draw.integers(1, 6, 12).astype(float)  # with ties
    event = (draw.random(12) < 0.6).astype(float)
    likelihood = phreg(time, pred[:, None], status=event, ties="breslow").loglike(np.array([1.0]))
    close(lk.cox().each(pred, time, event), -likelihood / event.sum())


def test_cox_by_hand():
    pred, time = np.array([0.0, math.log(2.0), math.log(3.0)]), np.array([1.0, 2.0, 3.0])
    loss = lk.cox()
    close(loss(pred, time, np.array([1.0, 0.0, 0.0])), math.log(6.0))
    close(loss(pred, time, np.array([0.0, 1.0, 1.0])), 0.5 * math.log(2.5))  # the last is alone at risk
    assert loss(pred, time, np.zeros(3)) == 0.0
    close(loss.gradient(pred, time, np.zeros(3)), 0.0)


_NOISE = {"normal": stats.norm, "logistic": stats.logistic, "extreme": stats.gumbel_l}


@pytest.mark.parametrize("distribution", _NOISE)
def test_aft_is_the_censored_likelihood(draw, distribution):
    pred, time = draw.normal(size=20), draw.gamma(2.0, 1.0, 20)
    event = (np.arange(20) % 2).astype(float)
    noise = _NOISE[distribution](pred, 0.7)
    wanted = np.where(event > 0, np.log(time) - noise.logpdf(np.log(time)), -noise.logsf(np.log(time)))
    close(lk.aft(distribution=distribution, scale=0.7, full=True).each(pred, time, event), wanted)
    short = lk.aft(distribution=distribution, scale=0.7)
    constant = 0.5 * math.log(2.0 * math.pi) if distribution == "normal" else 0.0
    close(short.each(pred, time, event), wanted - event * (np.log(0.7 * time) + constant))


@pytest.mark.parametrize("distribution", _NOISE)
def test_aft_is_xgboosts(draw, distribution):
    xgboost = pytest.importorskip("xgboost")
    pred, time = draw.normal(size=20), draw.gamma(2.0, 1.0, 20)
    event = (np.arange(20) % 2).astype(float)
    upper = np.where(event > 0, time, np.inf)
    data = xgboost.DMatrix(
        np.zeros((20, 1)), base_margin=pred, label_lower_bound=time, label_upper_bound=upper, nthread=1
    )
    setting = dict(objective="survival:aft", eval_metric="aft-nloglik", eta=0.0, base_score=1.0, nthread=1)
    setting |= dict(aft_loss_distribution=distribution, aft_loss_distribution_scale=0.7)
    seen = {}
    xgboost.train(setting, data, 1, evals=[(data, "data")], evals_result=seen, verbose_eval=False)
    got = lk.aft(distribution=distribution, scale=0.7, full=True)(pred, time, event)
    assert got == pytest.approx(seen["data"]["aft-nloglik"][0], rel=1e-5)
