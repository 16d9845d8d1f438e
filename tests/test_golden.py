"""Losses against arithmetic that a reader can follow, each with the source of the formula."""

from __future__ import annotations

import re
from math import cosh, exp, lgamma, log, log1p, sqrt
from pathlib import Path

import numpy as np
import pytest

import losskit as lk

# (loss, pred, target, the value by hand)
POINTWISE = [
    # Legendre 1805: the square of 3 - 1
    (lk.squared_error(), 3.0, 1.0, 2.0**2),
    (lk.squared_error(half=True), 3.0, 1.0, 2.0**2 / 2),
    # Laplace 1774
    (lk.absolute_error(), 1.0, 3.5, 2.5),
    # Huber 1964: r²/2 within delta, delta (|r| - delta/2) beyond
    (lk.huber(delta=1.5), 1.0, 0.0, 1.0**2 / 2),
    (lk.huber(delta=1.5), 4.0, 0.0, 1.5 * (4.0 - 1.5 / 2)),
    # Girshick 2015: Huber over beta
    (lk.smooth_l1(beta=2.0), 1.0, 0.0, 0.5 * 1.0**2 / 2.0),
    (lk.smooth_l1(beta=2.0), 4.0, 0.0, 4.0 - 0.5 * 2.0),
    # Charbonnier 1994: delta² (√(1 + (r/delta)²) - 1)
    (lk.pseudo_huber(delta=2.0), 3.0, 0.0, 2.0**2 * (sqrt(1 + (3 / 2) ** 2) - 1)),
    # Green 1990
    (lk.log_cosh(), 1.5, 0.0, log(cosh(1.5))),
    # Koenker and Bassett 1978: a unit below the target costs the level, above it the rest
    (lk.quantile(level=0.9), 1.0, 3.0, 0.9 * 2.0),
    (lk.quantile(level=0.9), 3.0, 1.0, (1 - 0.9) * 2.0),
    # Newey and Powell 1987
    (lk.expectile(level=0.9), 1.0, 3.0, 0.9 * 2.0**2),
    (lk.expectile(level=0.9), 3.0, 1.0, (1 - 0.9) * 2.0**2),
    # Vapnik 1995: what exceeds the band
    (lk.epsilon_insensitive(epsilon=0.5), 3.0, 1.0, 2.0 - 0.5),
    (lk.epsilon_insensitive(epsilon=0.5, squared=True), 3.0, 1.0, (2.0 - 0.5) ** 2),
    (lk.epsilon_insensitive(epsilon=0.5), 1.2, 1.0, 0.0),
    # de Myttenaere et al. 2016: the error as a share of the target
    (lk.mape(), 3.0, -4.0, 7.0 / 4.0),
    # Makridakis 1993
    (lk.smape(), 3.0, 1.0, 2 * 2.0 / (3.0 + 1.0)),
    (lk.smape(), 0.0, 0.0, 0.0),
    # the squared difference of log1p
    (lk.msle(), 3.0, 1.0, (log1p(3.0) - log1p(1.0)) ** 2),
    (lk.log_squared_error(), 0.5, 3.0, (0.5 - log1p(3.0)) ** 2),
    # Barron 2019, equations 13 to 16 with α = 0, -2, -∞
    (lk.cauchy(scale=2.0), 3.0, 0.0, log((3 / 2) ** 2 / 2 + 1)),
    (lk.geman_mcclure(scale=2.0), 3.0, 0.0, 2 * (3 / 2) ** 2 / ((3 / 2) ** 2 + 4)),
    (lk.welsch(scale=2.0), 3.0, 0.0, 1 - exp(-((3 / 2) ** 2) / 2)),
    # Beaton and Tukey 1974: c²/6 (1 - (1 - (r/c)²)³) within c, c²/6 beyond
    (lk.tukey(scale=4.0), 1.0, 0.0, 4.0**2 / 6 * (1 - (1 - (1 / 4) ** 2) ** 3)),
    (lk.tukey(scale=4.0), 9.0, 0.0, 4.0**2 / 6),
    # Fair 1974: c² (|r|/c - log(1 + |r|/c))
    (lk.fair(scale=2.0), -3.0, 0.0, 2.0**2 * (3 / 2 - log(1 + 3 / 2))),
    # Barron 2019, equation 1: |α-2|/α (((r/c)²/|α-2| + 1)^(α/2) - 1)
    (lk.barron(shape=1.5, scale=2.0), 3.0, 0.0, 0.5 / 1.5 * (((3 / 2) ** 2 / 0.5 + 1) ** 0.75 - 1)),
    # Lange et al. 1989: minus the logarithm of (1 + (r/c)²/ν)^(-(ν+1)/2)
    (lk.student_t(df=3.0, scale=2.0), 3.0, 0.0, -log((1 + (3 / 2) ** 2 / 3) ** (-(3 + 1) / 2))),
    # Nelder and Wedderburn 1972: minus the log-likelihoods, up to what depends on the target alone
    (lk.poisson(), 0.5, 3.0, exp(0.5) - 3.0 * 0.5),
    (lk.poisson(full=True), 0.5, 3.0, exp(0.5) - 3.0 * 0.5 + lgamma(3 + 1)),
    (lk.poisson_rate(), 1.7, 3.0, 1.7 - 3.0 * log(1.7)),
    (lk.gamma(), 0.5, 3.0, 0.5 + 3.0 / exp(0.5)),
    # Jorgensen 1987: half the deviance is μ^(2-p)/(2-p) - y μ^(1-p)/(1-p) up to the target's part
    (lk.tweedie(power=1.5), 0.4, 3.0, exp(0.4) ** 0.5 / 0.5 - 3.0 * exp(0.4) ** -0.5 / -0.5),
    # Good 1952: minus the logarithm of the probability of what came
    (lk.binary_cross_entropy(), 0.8, 1.0, -log(1 / (1 + exp(-0.8)))),
    (lk.binary_cross_entropy(), 0.8, 0.0, -log(1 - 1 / (1 + exp(-0.8)))),
    (lk.binary_cross_entropy(pos_weight=3.0), 0.8, 1.0, -3.0 * log(1 / (1 + exp(-0.8)))),
    (lk.binary_cross_entropy_probs(), 0.7, 1.0, -log(0.7)),
    (lk.binary_cross_entropy_probs(), 0.7, 0.25, -0.25 * log(0.7) - 0.75 * log(1 - 0.7)),
    # smoothing 0.2 turns the target 1 into 0.8 + 0.1
    (lk.binary_cross_entropy(label_smoothing=0.2), 0.8, 1.0, 0.9 * log1p(exp(-0.8)) + 0.1 * log1p(exp(0.8))),
    # Cortes and Vapnik 1995
    (lk.hinge(), 0.4, 1.0, 1 - 0.4),
    (lk.hinge(), 0.4, 0.0, 1 + 0.4),
    (lk.hinge(margin=2.0), 0.4, 1.0, 2 - 0.4),
    (lk.squared_hinge(), 0.4, 0.0, (1 + 0.4) ** 2),
    # Freund and Schapire 1997
    (lk.exponential(), 0.4, 0.0, exp(0.4)),
    # Zhang 2004: squared hinge above a score of -1, a line below it
    (lk.modified_huber(), 0.4, 1.0, (1 - 0.4) ** 2),
    (lk.modified_huber(), -3.0, 1.0, 4 * 3.0),
    # Rosenblatt 1958
    (lk.perceptron(), 0.4, 0.0, 0.4),
    (lk.perceptron(), 0.4, 1.0, 0.0),
    (lk.zero_one(), 0.4, 1.0, 0.0),
    (lk.zero_one(), 0.4, 0.0, 1.0),
    # Brier 1950
    (lk.brier(), 0.8, 1.0, (1 / (1 + exp(-0.8)) - 1) ** 2),
    # Lin et al. 2017, equations 4 and 5: (1 - p)^γ times cross-entropy, p the probability of the true class
    (lk.focal(gamma=2.0), 0.8, 1.0, (1 - 1 / (1 + exp(-0.8))) ** 2 * log1p(exp(-0.8))),
    (lk.focal(gamma=2.0, alpha=0.25), 0.8, 1.0, 0.25 * (1 - 1 / (1 + exp(-0.8))) ** 2 * log1p(exp(-0.8))),
    (lk.focal(gamma=2.0, alpha=0.25), 0.8, 0.0, 0.75 * (1 / (1 + exp(-0.8))) ** 2 * log1p(exp(0.8))),
    # Ridnik et al. 2021, equations 4 to 7: focal for class 1, for class 0 with the probability less the margin
    (lk.asymmetric(gamma_positive=1.0), 0.8, 1.0, -(1 - 1 / (1 + exp(-0.8))) * log(1 / (1 + exp(-0.8)))),
    (
        lk.asymmetric(gamma_negative=4.0, margin=0.05),
        0.8,
        0.0,
        -((1 / (1 + exp(-0.8)) - 0.05) ** 4) * log(1 - (1 / (1 + exp(-0.8)) - 0.05)),
    ),
    (lk.asymmetric(margin=0.05), -4.0, 0.0, 0.0),
    # Li et al. 2020, equation 4 with β = 2: (y - p)² times cross-entropy with the quality y
    (
        lk.quality_focal(),
        0.8,
        0.3,
        (0.3 - 1 / (1 + exp(-0.8))) ** 2 * (0.3 * log1p(exp(-0.8)) + 0.7 * log1p(exp(0.8))),
    ),
]

_SCORES = (0.2, -0.4, 1.0)
_TOTAL = exp(0.2) + exp(-0.4) + exp(1.0)

# over the scores (0.2, -0.4, 1.0): (loss, target, the value by hand)
ROWWISE = [
    (lk.cross_entropy(), 1, -(-0.4 - log(_TOTAL))),
    (lk.cross_entropy(), (0.5, 0.5, 0.0), log(_TOTAL) - 0.5 * 0.2 - 0.5 * -0.4),
    # Szegedy et al. 2016: 0.3 of the mass goes evenly to the three classes
    (lk.cross_entropy(label_smoothing=0.3), 1, log(_TOTAL) - 0.8 * -0.4 - 0.1 * 0.2 - 0.1 * 1.0),
    (lk.softmax_focal(gamma=2.0), 2, (1 - exp(1.0) / _TOTAL) ** 2 * (log(_TOTAL) - 1.0)),
    (lk.softmax_focal(alpha=[1.0, 1.0, 0.25]), 2, 0.25 * (1 - exp(1.0) / _TOTAL) ** 2 * (log(_TOTAL) - 1.0)),
    # Leng et al. 2022, equation 5: cross-entropy plus ε (1 - p)
    (lk.poly1(epsilon=2.0), 2, log(_TOTAL) - 1.0 + 2.0 * (1 - exp(1.0) / _TOTAL)),
    # Kullback and Leibler 1951: Σ q (log q - log p)
    (lk.kl_div_logits(), 1, log(_TOTAL) + 0.4),
    (lk.kl_div_logits(), (0.5, 0.5, 0.0), 0.5 * (log(0.5) - 0.2 + log(_TOTAL)) + 0.5 * (log(0.5) + 0.4 + log(_TOTAL))),
    # Menon et al. 2021, equation 10: the logarithm of the prior is added to the scores
    (
        lk.logit_adjusted(prior=[0.5, 0.3, 0.2]),
        0,
        -log(0.5 * exp(0.2) / (0.5 * exp(0.2) + 0.3 * exp(-0.4) + 0.2 * exp(1.0))),
    ),
]

_LOG_PROBS = (log(0.5), log(0.2), log(0.3))

# over the probabilities (0.5, 0.2, 0.3)
FROM_LOG_PROBS = [
    (lk.nll(), 1, -log(0.2)),
    (lk.nll(), (0.25, 0.75, 0.0), -0.25 * log(0.5) - 0.75 * log(0.2)),
    (lk.kl_div(), 1, -log(0.2)),
    (lk.kl_div(), (0.25, 0.75, 0.0), 0.25 * log(0.25 / 0.5) + 0.75 * log(0.75 / 0.2)),
]

# the same scores as a list of three items
_SHARES = [exp(2.0), exp(0.0), exp(1.0)]
LISTWISE = [
    # Cao et al. 2007, equation 5 with n = 1: cross-entropy of the top-one probabilities
    (
        lk.listnet(),
        (2.0, 0.0, 1.0),
        -sum(q / sum(_SHARES) * (s - log(_TOTAL)) for q, s in zip(_SHARES, _SCORES, strict=True)),
    ),
]


@pytest.mark.parametrize(("loss", "pred", "target", "expected"), POINTWISE, ids=lambda x: repr(x))
def test_pointwise(loss, pred, target, expected):
    value = loss.each(np.array([pred]), np.array([target]))
    np.testing.assert_allclose(value, [expected], rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize(("loss", "target", "expected"), [*ROWWISE, *LISTWISE], ids=lambda x: repr(x))
def test_rowwise(loss, target, expected):
    value = loss.each(np.array([_SCORES]), np.array([target]))
    np.testing.assert_allclose(value, [expected], rtol=1e-13)


@pytest.mark.parametrize(("loss", "target", "expected"), FROM_LOG_PROBS, ids=lambda x: repr(x))
def test_from_log_probs(loss, target, expected):
    value = loss.each(np.array([_LOG_PROBS]), np.array([target]))
    np.testing.assert_allclose(value, [expected], rtol=1e-13)


def test_every_loss_has_a_golden_value():
    """Here, or in the file of its family, where arithmetic from its paper stands beside it."""
    here = {row[0].name for row in (*POINTWISE, *ROWWISE, *FROM_LOG_PROBS, *LISTWISE)}
    families = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*_losses.py"))
    assert set(lk.names()) - here <= set(re.findall(r"lk\.(\w+)\(", families))


def test_weighted_mean_by_hand():
    loss, pred, target = lk.absolute_error(), np.array([1.0, 2.0, 5.0]), np.array([0.0, 0.0, 1.0])
    weight, where = np.array([1.0, 3.0, 2.0]), np.array([True, True, False])
    assert loss(pred, target) == (1 + 2 + 4) / 3
    assert loss(pred, target, weight=weight) == (1 * 1 + 3 * 2 + 2 * 4) / (1 + 3 + 2)
    assert loss(pred, target, weight=weight, where=where) == (1 * 1 + 3 * 2) / (1 + 3)
    assert loss(pred, target, weight=weight, normalizer=10) == (1 * 1 + 3 * 2 + 2 * 4) / 10
    assert loss.sum(pred, target, weight=weight) == 1 * 1 + 3 * 2 + 2 * 4


def test_links():
    z = np.array([0.7])
    np.testing.assert_allclose(lk.squared_error().link(z), z)
    np.testing.assert_allclose(lk.binary_cross_entropy().link(z), 1 / (1 + np.exp(-z)))
    np.testing.assert_allclose(lk.exponential().link(z), 1 / (1 + np.exp(-2 * z)))  # Freund and Schapire
    np.testing.assert_allclose(lk.modified_huber().link(z), (z + 1) / 2)
    np.testing.assert_allclose(lk.poisson().link(z), np.exp(z))
    np.testing.assert_allclose(lk.log_squared_error().link(z), np.expm1(z))
    np.testing.assert_allclose(lk.cross_entropy().link(np.array([[1.0, 2.0]])).sum(), 1.0)
    np.testing.assert_allclose(lk.nll().link(np.log([[0.4, 0.6]])), [[0.4, 0.6]])
