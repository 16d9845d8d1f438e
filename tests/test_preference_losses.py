"""Losses of preferences, policies and generative models: arithmetic by hand, the peers' formulas, and lost digits."""

from __future__ import annotations

from math import exp, expm1, log, log1p

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

import losskit as lk


def sigmoid(x):
    return 1.0 / (1.0 + exp(-x))


def log_odds(log_p):
    return log(exp(log_p) / (1.0 - exp(log_p)))


# (loss, inputs, the value by hand)
BY_HAND = [
    # Rafailov et al. 2023: log-ratios 2 and -1 to the reference, β 0.1
    (lk.dpo(), (-10.0, -13.0, -12.0, -12.0), -log(sigmoid(0.1 * (2.0 - -1.0)))),
    (lk.dpo(beta=0.5), (-10.0, -13.0, -12.0, -12.0), -log(sigmoid(0.5 * 3.0))),
    # Zhao et al. 2023; Azar et al. 2023, equation 17; Wu et al. 2024 with probabilities 1 and 0
    (lk.dpo(kind="hinge"), (-10.0, -13.0, -12.0, -12.0), 1.0 - 0.1 * 3.0),
    (lk.dpo(kind="ipo"), (-10.0, -13.0, -12.0, -12.0), (3.0 - 1.0 / (2 * 0.1)) ** 2),
    (lk.dpo(kind="sppo"), (-10.0, -13.0, -12.0, -12.0), (2.0 - 5.0) ** 2 + (-1.0 + 5.0) ** 2),
    # D'Oosterlinck et al. 2024, equations 7 and 8
    (lk.dpo(kind="apo_zero"), (-10.0, -13.0, -12.0, -12.0), 1 - sigmoid(0.1 * 2.0) + sigmoid(0.1 * -1.0)),
    (lk.dpo(kind="apo_down"), (-10.0, -13.0, -12.0, -12.0), sigmoid(0.1 * 2.0) + 1 - sigmoid(0.1 * 3.0)),
    # a fifth of the pairs taken to be swapped; Chowdhury et al. 2024 takes the expected loss of swapping out instead
    (
        lk.dpo(label_smoothing=0.2),
        (-10.0, -13.0, -12.0, -12.0),
        -0.8 * log(sigmoid(0.3)) - 0.2 * log(sigmoid(-0.3)),
    ),
    (
        lk.dpo(kind="robust", label_smoothing=0.2),
        (-10.0, -13.0, -12.0, -12.0),
        (-0.8 * log(sigmoid(0.3)) + 0.2 * log(sigmoid(-0.3))) / (1 - 2 * 0.2),
    ),
    (lk.dpo(kind="ipo", label_smoothing=0.2), (-10.0, -13.0, -12.0, -12.0), 0.8 * (3.0 - 5.0) ** 2 + 0.2 * 8.0**2),
    # Ethayarajh et al. 2024: λ - v
    (lk.kto(), (-10.0, -12.0, 1.0, 0.5), 1.0 - sigmoid(0.1 * (2.0 - 0.5))),
    (lk.kto(undesirable_weight=1.5), (-10.0, -12.0, 0.0, 0.5), 1.5 * (1.0 - sigmoid(0.1 * (0.5 - 2.0)))),
    # Hong et al. 2024: the likelihood and the log odds ratio, on either side of where its form changes
    (lk.orpo(beta=0.2), (-0.5, -2.0), 0.5 - 0.2 * log(sigmoid(log_odds(-0.5) - log_odds(-2.0)))),
    (lk.orpo(), (-1.7, -0.3), 1.7 - 0.1 * log(sigmoid(log_odds(-1.7) - log_odds(-0.3)))),
    # Xu et al. 2024; Meng et al. 2024
    (lk.cpo(alpha=0.5), (-10.0, -13.0), -log(sigmoid(0.1 * 3.0)) + 0.5 * 10.0),
    (lk.simpo(), (-0.5, -1.5), -log(sigmoid(2.0 * 1.0 - 0.5))),
    # Bradley and Terry 1952
    (lk.bradley_terry(), (2.0, 0.5), -log(exp(2.0) / (exp(2.0) + exp(0.5)))),
    (lk.bradley_terry(margin=1.0), (2.0, 0.5), -log(sigmoid(1.5 - 1.0))),
    # Schulman et al. 2017: within the clip, beyond it, and where the minimum keeps what lies beyond
    (lk.policy_clip(), (log(0.5), log(0.5), 3.0), -3.0),
    (lk.policy_clip(), (log(0.55), log(0.5), 3.0), -1.1 * 3.0),
    (lk.policy_clip(), (log(0.9), log(0.5), 3.0), -1.2 * 3.0),
    (lk.policy_clip(clip_high=0.5), (log(0.9), log(0.5), 3.0), -1.5 * 3.0),
    (lk.policy_clip(), (log(0.9), log(0.5), -3.0), 1.8 * 3.0),
    (lk.policy_clip(clip_high=0.5), (log(0.1), log(0.5), -3.0), 0.8 * 3.0),
    (lk.policy_clip(), (log(0.1), log(0.5), 3.0), -0.2 * 3.0),
    # Schulman 2020: r - 1 - log r with r = 0.5/0.25
    (lk.policy_kl(), (log(0.25), log(0.5)), 2.0 - 1.0 - log(2.0)),
    # Goodfellow et al. 2014; Lim and Ye 2017; Mao et al. 2017; Arjovsky et al. 2017
    (lk.gan_bce(), (0.4, 1.0), -log(sigmoid(0.4))),
    (lk.gan_bce(), (0.4, 0.0), -log(1 - sigmoid(0.4))),
    (lk.gan_hinge(), (0.4, 1.0), 1.0 - 0.4),
    (lk.gan_hinge(), (0.4, 0.0), 1.0 + 0.4),
    (lk.gan_hinge(), (-1.5, 0.0), 0.0),
    (lk.lsgan(), (0.4, 1.0), 0.5 * 0.6**2),
    (lk.lsgan(), (0.4, 0.0), 0.5 * 0.4**2),
    (lk.wgan(), (0.4, 1.0), -0.4),
    (lk.wgan(), (0.4, 0.0), 0.4),
    # Kingma and Welling 2014, appendix B
    (lk.gaussian_kl(), (0.3, log(2.0)), 0.5 * (0.3**2 + 2.0 - 1.0 - log(2.0))),
    (
        lk.gaussian_kl_between(),
        (0.3, log(2.0), -0.2, log(3.0)),
        0.5 * (log(3.0 / 2.0) + (2.0 + 0.5**2) / 3.0 - 1.0),
    ),
    # Hang et al. 2023: steps with much signal weigh less, in the units of what is predicted
    (lk.diffusion_mse(), (1.5, 1.0, 20.0), 5.0 / 20.0 * 0.25),
    (lk.diffusion_mse(), (1.5, 1.0, 2.0), 0.25),
    (lk.diffusion_mse(kind="x0"), (1.5, 1.0, 20.0), 5.0 * 0.25),
    (lk.diffusion_mse(kind="x0"), (1.5, 1.0, 2.0), 2.0 * 0.25),
    (lk.diffusion_mse(kind="v", gamma=8.0), (1.5, 1.0, 20.0), 8.0 / 21.0 * 0.25),
]


@pytest.mark.parametrize(("loss", "inputs", "expected"), BY_HAND, ids=lambda value: str(value))
def test_by_hand(loss, inputs, expected):
    assert loss(*(np.array([x]) for x in inputs)) == pytest.approx(expected, rel=1e-13)


# The formulas of TRL's trainers on log-ratios a, b of chosen and rejected answers; d = a - b.
TRL_DPO = {
    "sigmoid": lambda a, b, d, beta, eps: -F.logsigmoid(beta * d),
    "hinge": lambda a, b, d, beta, eps: torch.relu(1 - beta * d),
    "ipo": lambda a, b, d, beta, eps: (d - 1 / (2 * beta)) ** 2,
    "sppo": lambda a, b, d, beta, eps: (a - 0.5 / beta) ** 2 + (b + 0.5 / beta) ** 2,
    "apo_zero": lambda a, b, d, beta, eps: 1 - torch.sigmoid(beta * a) + torch.sigmoid(beta * b),
    "apo_down": lambda a, b, d, beta, eps: torch.sigmoid(beta * a) + 1 - torch.sigmoid(beta * d),
    "robust": lambda a, b, d, beta, eps: (
        (-(1 - eps) * F.logsigmoid(beta * d) + eps * F.logsigmoid(-beta * d)) / (1 - 2 * eps)
    ),
}


def log_probs(rows, count, seed=0):
    """Sums of token log-probabilities of `count` kinds of answers."""
    draw = torch.Generator().manual_seed(seed)
    return [-20.0 * torch.rand(rows, generator=draw, dtype=torch.float64) - 0.1 for _ in range(count)]


@pytest.mark.parametrize("kind", TRL_DPO)
def test_dpo_is_trl(kind):
    chosen, rejected, ref_chosen, ref_rejected = log_probs(50, 4)
    eps = 0.1 if kind == "robust" else 0.0
    loss = lk.dpo(kind=kind, beta=0.3, label_smoothing=eps)
    leaves = chosen.requires_grad_(), rejected.requires_grad_()
    a, b = chosen - ref_chosen, rejected - ref_rejected
    expected = TRL_DPO[kind](a, b, a - b, 0.3, eps)
    slopes = torch.autograd.grad(expected.sum(), leaves)
    inputs = (chosen, rejected, ref_chosen, ref_rejected)
    torch.testing.assert_close(loss.each(*inputs), expected, rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(torch.autograd.grad(loss.sum(*inputs), leaves), slopes, rtol=1e-11, atol=1e-14)
    torch.testing.assert_close(loss.gradient(*inputs), slopes, rtol=1e-11, atol=1e-14)


def test_smoothing_swaps_the_pair():
    chosen, rejected, ref_chosen, ref_rejected = log_probs(20, 4)
    for kind in TRL_DPO:
        loss, smooth = lk.dpo(kind=kind), lk.dpo(kind=kind, label_smoothing=0.1)
        right = loss.each(chosen, rejected, ref_chosen, ref_rejected)
        wrong = loss.each(rejected, chosen, ref_rejected, ref_chosen)
        mixed = (0.9 * right - 0.1 * wrong) / 0.8 if kind == "robust" else 0.9 * right + 0.1 * wrong
        torch.testing.assert_close(smooth.each(chosen, rejected, ref_chosen, ref_rejected), mixed)


def test_references_are_constants():
    """Whatever computed them is not trained, nor are advantages and the reference point."""
    chosen, rejected, ref_chosen, ref_rejected = (x.requires_grad_() for x in log_probs(5, 4))
    values = [
        lk.dpo(kind="sppo")(chosen, rejected, ref_chosen, ref_rejected),
        lk.kto()(chosen, ref_chosen, torch.ones_like(chosen), -ref_rejected),
        lk.policy_clip()(0.001 * chosen, 0.001 * ref_chosen, ref_rejected),
        lk.policy_kl()(chosen, ref_chosen),
    ]
    for value in values:
        of_policy, *of_rest = torch.autograd.grad(value, (chosen, ref_chosen, ref_rejected), allow_unused=True)
        assert of_policy.abs().sum() > 0.0
        assert of_rest == [None, None]


def test_policy_that_has_not_moved_yet():
    """With its own log-probabilities as the old ones the gradient is minus the advantage, not 0."""
    log_prob, advantage = log_probs(1, 1)[0].requires_grad_(), torch.tensor([0.7], dtype=torch.float64)
    lk.policy_clip()(log_prob, log_prob, advantage).backward()
    assert log_prob.grad.item() == pytest.approx(-0.7)


def tokens():
    """Four answers of 3, 7, 1 and 5 tokens: log-probabilities new, old and of the reference, advantages, mask."""
    draw = torch.Generator().manual_seed(1)
    log_prob, old, ref, advantage = (torch.randn(4, 7, generator=draw, dtype=torch.float64) for _ in range(4))
    mask = torch.arange(7) < torch.tensor([[3], [7], [1], [5]])
    return -log_prob.abs(), -(0.3 * old + log_prob).abs(), -ref.abs(), advantage[:, :1].expand(4, 7), mask


def test_policy_clip_is_trl():
    """TRL's four averages over tokens, from mask, weight and normalizer."""
    log_prob, old, ref, advantage, mask = tokens()
    ratio = torch.exp(log_prob - old)
    clipped = torch.clamp(ratio, 1 - 0.2, 1 + 0.28)
    kl = torch.exp(ref - log_prob) - (ref - log_prob) - 1
    each = -torch.min(ratio * advantage, clipped * advantage) + 0.04 * kl
    lengths = mask.sum(1, keepdim=True)
    expected = {
        "grpo": ((each * mask).sum(1) / mask.sum(1)).mean(),
        "bnpo": (each * mask).sum() / mask.sum(),
        "dapo": (each * mask).sum() / 32.0,
        "dr_grpo": (each * mask).sum() / (4 * 9),
    }
    options = {
        "grpo": dict(weight=(1.0 / lengths).to(each).expand(4, 7), normalizer=4.0),
        "bnpo": dict(),
        "dapo": dict(normalizer=32.0),
        "dr_grpo": dict(normalizer=4.0 * 9.0),
    }
    clip, near = lk.policy_clip(clip=0.2, clip_high=0.28), lk.policy_kl()
    for name, option in options.items():
        value = clip(log_prob, old, advantage, where=mask, **option)
        value = value + 0.04 * near(log_prob, ref, where=mask, **option)
        torch.testing.assert_close(value, expected[name], msg=lambda text, name=name: f"{name}: {text}")


def test_gaussian_kl_is_torch():
    draw = torch.Generator().manual_seed(2)
    m, s, n, t = (torch.randn(40, generator=draw, dtype=torch.float64) for _ in range(4))
    normal = torch.distributions.Normal
    p, q, unit = normal(m, torch.exp(0.5 * s)), normal(n, torch.exp(0.5 * t)), normal(0.0 * m, 1.0 + 0.0 * m)
    torch.testing.assert_close(lk.gaussian_kl().each(m, s), torch.distributions.kl_divergence(p, unit))
    torch.testing.assert_close(lk.gaussian_kl_between().each(m, s, n, t), torch.distributions.kl_divergence(p, q))


def test_digits_that_the_printed_formulas_lose():
    each = lambda loss, *inputs: loss.each(*(np.array([x]) for x in inputs))[0]  # noqa: E731
    # e^s - 1 - s is s²/2 + s³/6 near 0
    assert each(lk.gaussian_kl(), 0.0, 1e-9) == pytest.approx(0.5 * (0.5e-18 + 1e-27 / 6.0), rel=1e-14)
    assert each(lk.policy_kl(), -1.0, -1.0 - 2.0**-40) == pytest.approx(2.0**-81 - 2.0**-120 / 6.0, rel=1e-14)
    # the odds of an answer that is nearly certain, and of one that is nearly impossible
    sure, hopeless = 1e-12, exp(-50.0)
    odds = hopeless / (1.0 - hopeless) * expm1(sure)
    assert each(lk.orpo(beta=1.0), -sure, -50.0) - sure == pytest.approx(log1p(odds), rel=1e-12)
    assert each(lk.orpo(beta=1.0), -500.0, -900.0) == pytest.approx(500.0 + exp(-400.0), rel=1e-15)


def test_policies_far_apart():
    """Where e^(log_prob - old_log_prob) overflows, a clipped ratio has a value and a gradient of 0."""
    loss = lk.policy_clip()
    log_prob, old = torch.tensor([-1.0, -1e4], requires_grad=True), torch.tensor([-1e4, -1.0])
    each = loss.each(log_prob, old, torch.tensor([1.0, -1.0]))
    torch.testing.assert_close(each, torch.tensor([-1.2, 0.8]))
    each.sum().backward()
    assert log_prob.grad.tolist() == [0.0, 0.0]
    assert loss.each(log_prob, old, torch.zeros(2)).tolist() == [0.0, 0.0]


def test_min_snr_is_the_least_of_both():
    """With γ above every ratio nothing is weighed down; the three kinds differ by what one unit of each is worth."""
    pred, target = np.linspace(-1.0, 1.0, 9), np.zeros(9)
    snr = np.geomspace(1e-3, 1e3, 9)
    plain = lk.squared_error().each(pred, target)
    np.testing.assert_allclose(lk.diffusion_mse(gamma=1e4).each(pred, target, snr), plain)
    clean = lk.diffusion_mse(kind="x0").each(pred, target, snr)
    np.testing.assert_allclose(clean, np.minimum(snr, 5.0) * plain)
    np.testing.assert_allclose(lk.diffusion_mse().each(pred, target, snr), clean / snr)
    np.testing.assert_allclose(lk.diffusion_mse(kind="v").each(pred, target, snr), clean / (snr + 1.0))
