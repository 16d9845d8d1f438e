"""Losses over classes and between samples: readable arithmetic, plain loops from the papers, and peers."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from scipy import optimize, stats
from scipy.spatial.distance import cdist, jensenshannon
from torch.testing import assert_close

import losskit as lk
from losskit.errors import InvalidInput

DRAW = np.random.default_rng(0)
SCORES = DRAW.normal(0, 2, (20, 4))
IDS = DRAW.integers(0, 4, 20)
SOFT = DRAW.dirichlet(np.ones(4), 20)
ONE_HOT = np.eye(4)[IDS]
TEACHER = DRAW.normal(0, 2, (20, 4))
COUNTS = np.array([500.0, 120.0, 30.0, 7.0])
WEIGHT = np.array([0.5, 1.0, 2.0, 0.25])


def softmax(z):
    return np.exp(z) / np.exp(z).sum(-1, keepdims=True)


def same_as_torch(loss, peer, pred, target):
    pred, target = torch.tensor(pred), torch.tensor(target)
    leaf = pred.clone().requires_grad_()
    expected = peer(leaf, target)
    (slope,) = torch.autograd.grad(expected, leaf)
    value, gradient = loss.value_and_gradient(pred, target)
    assert_close(value, expected.detach(), rtol=1e-12, atol=1e-14)
    assert_close(gradient, slope, rtol=1e-10, atol=1e-14)


def same_as_loop(loss, plain, pred, target):
    np.testing.assert_allclose(
        loss.each(pred, target), [plain(*pair) for pair in zip(pred, target, strict=True)], rtol=1e-11
    )


# margins


def test_multiclass_hinge_by_hand():
    """The score of class 0 is 0.5; the best other one is 0.2, so 0.7 is lacking to a margin of 1."""
    pred, target = np.array([[0.5, 0.2, 0.1], [0.5, -3.0, -3.0], [2.0, 2.0, 0.0]]), np.array([0, 0, 1])
    np.testing.assert_allclose(lk.multiclass_hinge().each(pred, target), [0.7, 0.0, 1.0], atol=1e-15)


def test_multiclass_hinge_is_optax_and_keras_with_a_class_of_score_0():
    with jax.enable_x64(True):
        peer = np.asarray(optax.losses.multiclass_hinge_loss(jnp.asarray(SCORES), jnp.asarray(IDS)))
    np.testing.assert_allclose(lk.multiclass_hinge().each(SCORES, IDS), peer, rtol=1e-12, atol=1e-14)
    with_zero = np.concatenate([SCORES, np.zeros((20, 1))], axis=1)
    expected = keras.losses.CategoricalHinge(dtype="float64")(ONE_HOT, SCORES)
    np.testing.assert_allclose(lk.multiclass_hinge()(with_zero, IDS), float(expected), rtol=1e-12)


def test_multiclass_hinge_with_one_class():
    np.testing.assert_array_equal(lk.multiclass_hinge().each(SCORES[:, :1], 0 * IDS), np.zeros(20))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("p", [1, 2])
def test_multi_margin_is_torch(p, weighted):
    """PyTorch divides by the number of rows even with class weights."""
    weight = torch.tensor(WEIGHT) if weighted else None
    loss = lk.multi_margin(margin=0.7, p=p, class_weight=WEIGHT if weighted else None)
    expected = F.multi_margin_loss(
        torch.tensor(SCORES), torch.tensor(IDS), p=p, margin=0.7, weight=weight, reduction="none"
    )
    np.testing.assert_allclose(loss.each(SCORES, IDS), expected, rtol=1e-12, atol=1e-15)


def test_multi_margin_of_soft_labels_is_the_mean_over_them():
    loss = lk.multi_margin(p=2, class_weight=WEIGHT)
    of_class = np.stack([loss.each(SCORES, np.full(20, k)) for k in range(4)], axis=-1)
    np.testing.assert_allclose(loss.each(SCORES, SOFT), np.sum(SOFT * of_class, axis=-1), rtol=1e-12)


# labels and grades


def test_multilabel_soft_margin_is_torch():
    same_as_torch(lk.multilabel_soft_margin(), F.multilabel_soft_margin_loss, SCORES, (SOFT > 0.2).astype(float))


def test_ordinal_is_the_likelihood_of_each_threshold():
    """Grade 2 of 5 lies above 0 and 1, not above 2 and 3."""
    z, grades = SCORES, DRAW.integers(0, 5, 20).astype(float)

    def plain(z, grade):
        return sum(np.log1p(np.exp(-z[k] if grade > k else z[k])) for k in range(4))

    same_as_loop(lk.ordinal(), plain, z, grades)
    np.testing.assert_array_equal(lk.ordinal().each(z, grades.astype(int)), lk.ordinal().each(z, grades))
    with pytest.raises(InvalidInput, match="whole numbers"):
        lk.ordinal()(z, grades + 0.5)


# scores of probabilities


def test_multiclass_brier():
    for target, q in ((IDS, ONE_HOT), (SOFT, SOFT)):
        expected = np.sum((softmax(SCORES) - q) ** 2, axis=-1)
        np.testing.assert_allclose(lk.multiclass_brier().each(SCORES, target), expected, rtol=1e-12)
    two = np.stack([np.zeros(20), SCORES[:, 0]], axis=-1)
    np.testing.assert_allclose(lk.multiclass_brier()(two, IDS % 2), 2 * lk.brier()(SCORES[:, 0], IDS % 2 * 1.0))


def test_rps():
    """For shares (1/4, 1/4, 1/2) and the last class: 0.25² + 0.5²."""
    np.testing.assert_allclose(lk.rps()(np.log([[0.25, 0.25, 0.5]]), np.array([2])), 0.25**2 + 0.5**2)
    for target, q in ((IDS, ONE_HOT), (SOFT, SOFT)):
        expected = np.sum(np.cumsum(softmax(SCORES) - q, axis=-1) ** 2, axis=-1)
        np.testing.assert_allclose(lk.rps().each(SCORES, target), expected, rtol=1e-11)


# noisy labels


@pytest.mark.parametrize("q", [0.3, 0.7, 1.0])
def test_generalized_ce(q):
    expected = (1 - softmax(SCORES) ** q) / q
    loss = lk.generalized_ce(q=q)
    np.testing.assert_allclose(loss.each(SCORES, IDS), expected[np.arange(20), IDS], rtol=1e-12)
    np.testing.assert_allclose(loss.each(SCORES, SOFT), np.sum(SOFT * expected, axis=-1), rtol=1e-12)


def test_symmetric_ce_is_the_authors_clamped_sum():
    p = softmax(SCORES)
    forward, reverse = -np.sum(ONE_HOT * np.log(p), -1), -np.sum(p * np.log(np.clip(ONE_HOT, 1e-4, 1.0)), -1)
    loss = lk.symmetric_ce(alpha=0.3, beta=0.8)
    np.testing.assert_allclose(loss.each(SCORES, IDS), 0.3 * forward + 0.8 * reverse, rtol=1e-12)
    as_poly = 0.3 * lk.poly1(epsilon=-np.log(1e-4) * 0.8 / 0.3).each(SCORES, IDS)
    np.testing.assert_allclose(loss.each(SCORES, IDS), as_poly, rtol=1e-12)


# teachers


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_distillation_is_torch(temperature):
    def peer(pred, target):
        log_p, q = F.log_softmax(pred / temperature, -1), F.softmax(target / temperature, -1)
        return F.kl_div(log_p, q, reduction="batchmean") * temperature**2

    same_as_torch(lk.distillation(temperature=temperature), peer, SCORES, TEACHER)


def test_distillation_keeps_its_digits_near_the_teacher():
    """KL is half the variance of the difference of the scores, to first order; the textbook sum is noise there."""
    z, step = np.array([[0.3, -0.2, 1.1]]), 1e-9 * np.array([[1.0, -2.0, 0.5]])
    q = softmax(z)
    expected = 0.5 * (np.sum(q * step**2) - np.sum(q * step) ** 2)
    assert lk.distillation()(z, z) == 0.0
    actual_step = (z + step) - z
    expected = 0.5 * (np.sum(q * actual_step**2) - np.sum(q * actual_step) ** 2)
    np.testing.assert_allclose(lk.distillation()(z + step, z), expected, rtol=1e-6)


# sparse probabilities


def simplex_projection(z, power):
    """The probabilities relu(z - t) ** power that sum to 1, by a search for the threshold t."""
    t = optimize.brentq(lambda t: np.sum(np.maximum(z - t, 0) ** power) - 1, z.max() - 1, z.max(), xtol=1e-15)
    return np.maximum(z - t, 0) ** power


def test_sparsemax_is_optax_for_ids():
    with jax.enable_x64(True):
        peer = np.asarray(optax.losses.multiclass_sparsemax_loss(jnp.asarray(SCORES), jnp.asarray(IDS)))
    np.testing.assert_allclose(lk.sparsemax().each(SCORES, IDS), peer, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("target", [IDS, SOFT], ids=["ids", "soft"])
@pytest.mark.parametrize(
    ("loss", "scale", "power", "potential"),
    [
        (lk.sparsemax(), 1.0, 1, lambda p: 0.5 * np.sum(p * p)),
        (lk.entmax(), 0.5, 2, lambda p: 4 / 3 * np.sum(p**1.5)),
    ],
    ids=["sparsemax", "entmax"],
)
def test_fenchel_young(loss, scale, power, potential, target):
    """⟨p, z⟩ - Ω(p) + Ω(q) - ⟨q, z⟩ and its gradient p - q, with p found by a search for its threshold."""
    q = ONE_HOT if target is IDS else SOFT
    p = np.stack([simplex_projection(scale * z, power) for z in SCORES])
    rows = zip(SCORES, p, q, strict=True)
    expected = [p @ z - potential(p) + potential(q) - q @ z for z, p, q in rows]
    np.testing.assert_allclose(loss.each(SCORES, target), expected, atol=1e-12)
    np.testing.assert_allclose(loss.gradient(SCORES, target), p - q, atol=1e-12)
    np.testing.assert_allclose(loss.link(SCORES), p, atol=1e-12)


@pytest.mark.parametrize(("loss", "margin"), [(lk.sparsemax(), 1.0), (lk.entmax(), 2.0)], ids=["sparsemax", "entmax"])
def test_sparse_losses_are_0_at_a_margin(loss, margin):
    pred = np.array([[margin, 0.0, -5.0], [1e4 + margin, 1e4, 1e4]])
    np.testing.assert_array_equal(loss.each(pred, np.array([0, 0])), 0.0)
    np.testing.assert_array_equal(loss.gradient(pred, np.array([0, 0])), 0.0)


# rare classes


def test_ldam_is_the_authors_code():
    margins = COUNTS**-0.25
    margins *= 0.5 / margins.max()
    lowered = SCORES - ONE_HOT * margins
    expected = F.cross_entropy(30 * torch.tensor(lowered), torch.tensor(IDS))
    np.testing.assert_allclose(lk.ldam(class_counts=COUNTS)(SCORES, IDS), expected, rtol=1e-12)


def test_class_balanced():
    weights = (1 - 0.999) / (1 - 0.999**COUNTS)
    expected = weights[IDS] * lk.cross_entropy().each(SCORES, IDS)
    loss = lk.class_balanced(class_counts=COUNTS, beta=0.999)
    np.testing.assert_allclose(loss.each(SCORES, IDS), expected, rtol=1e-10)
    normalised = lk.cross_entropy(class_weight=weights)(SCORES, IDS)
    np.testing.assert_allclose(loss(SCORES, IDS, normalizer=weights[IDS].sum()), normalised, rtol=1e-10)


def test_balanced_softmax_is_logit_adjusted():
    expected = F.cross_entropy(torch.tensor(SCORES + np.log(COUNTS)), torch.tensor(IDS))
    loss = lk.get("balanced_softmax", prior=COUNTS / COUNTS.sum())
    np.testing.assert_allclose(loss(SCORES, IDS), expected, rtol=1e-12)


# divergences


def test_js_divergence_is_the_square_of_scipys_distance():
    for target, q in ((IDS, ONE_HOT), (SOFT, SOFT)):
        expected = jensenshannon(softmax(SCORES), q, axis=-1) ** 2
        np.testing.assert_allclose(lk.js_divergence().each(SCORES, target), expected, rtol=1e-10)


@pytest.mark.parametrize("beta", [0.1, 0.5, 0.9])
def test_generalised_js_divergence(beta):
    p, q = softmax(SCORES), SOFT
    mix = beta * q + (1 - beta) * p
    expected = np.sum(beta * q * np.log(q / mix) + (1 - beta) * p * np.log(p / mix), axis=-1)
    np.testing.assert_allclose(lk.js_divergence(beta=beta).each(SCORES, SOFT), expected, rtol=1e-11)


def test_js_divergence_tends_to_kl():
    """Divided by beta it is KL(target || pred) for a small beta."""
    beta = 1e-6
    expected = lk.kl_div_logits().each(SCORES, SOFT)
    np.testing.assert_allclose(lk.js_divergence(beta=beta).each(SCORES, SOFT) / beta, expected, rtol=1e-4)


def test_total_variation_distance():
    for target, q in ((IDS, ONE_HOT), (SOFT, SOFT)):
        expected = 0.5 * np.abs(softmax(SCORES) - q).sum(-1)
        np.testing.assert_allclose(lk.total_variation_distance().each(SCORES, target), expected, rtol=1e-12)


# samples

X, Y = DRAW.normal(size=(6, 3)), DRAW.normal(0.5, 1.5, size=(9, 3))


def test_mmd():
    def mean_kernel(a, b):
        return np.mean(np.exp(-cdist(a, b, "sqeuclidean") / (2 * 0.8**2)))

    expected = mean_kernel(X, X) + mean_kernel(Y, Y) - 2 * mean_kernel(X, Y)
    np.testing.assert_allclose(lk.mmd(scale=0.8)(X, Y), expected, rtol=1e-12)


def test_energy_distance_is_the_square_of_scipys_on_a_line():
    expected = stats.energy_distance(X[:, 0], Y[:, 0]) ** 2
    np.testing.assert_allclose(lk.energy_distance()(X[:, :1], Y[:, :1]), expected, rtol=1e-12)
    several = 2 * cdist(X, Y).mean() - cdist(X, X).mean() - cdist(Y, Y).mean()
    np.testing.assert_allclose(lk.energy_distance()(X, Y), several, rtol=1e-12)


@pytest.mark.parametrize("loss", [lk.mmd(), lk.energy_distance()], ids=repr)
def test_equal_samples_are_0_apart(loss):
    assert loss(X, X.copy()) == 0.0
    kept = np.arange(6) < 4
    masked, short = loss.gradient(X, Y, where=kept), loss.gradient(X[:4], Y)
    np.testing.assert_allclose(masked[0][:4], short[0], rtol=1e-12)
    np.testing.assert_array_equal(masked[0][4:], 0.0)
    np.testing.assert_allclose(masked[1], short[1], rtol=1e-12)


@pytest.mark.parametrize("target", [IDS, SOFT], ids=["ids", "soft"])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["even", "weighted"])
def test_z_loss_is_the_square_of_logsumexp(target, weight):
    """Weighed as its row: by the id's weight, or by the weights of the shares."""

    def each(z, t):
        w = torch.ones(4, dtype=z.dtype) if weight is None else torch.tensor(weight)
        plain = F.cross_entropy(z, t, w, reduction="none", label_smoothing=0.1)
        return plain + 0.3 * torch.logsumexp(z, -1) ** 2 * (w[t] if t.ndim == 1 else t @ w)

    def mean(z, t):
        return each(z, t).sum() / (torch.tensor(weight)[t].sum() if weight is not None and t.ndim == 1 else len(z))

    loss = lk.cross_entropy(label_smoothing=0.1, z_loss=0.3, class_weight=weight)
    same_as_torch(loss, mean, SCORES, target)
    z, t = torch.tensor(SCORES), torch.tensor(target)
    whole = [
        torch.autograd.functional.hessian(lambda row, i=i: each(row[None], t[i : i + 1]).sum(), z[i]) for i in range(20)
    ]
    expected = torch.stack(whole).diagonal(dim1=-2, dim2=-1)
    assert_close(torch.tensor(loss.hessian(SCORES, target)), expected, rtol=1e-9, atol=1e-12)
