"""losskit against its peers where the definitions agree: PyTorch, Keras, Optax, scikit-learn, with shared options."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from sklearn import metrics
from sklearn._loss import loss as sklearn_loss
from torch.testing import assert_close

import losskit as lk

DRAW = np.random.default_rng(0)
PRED, TARGET = DRAW.normal(0, 2, 50), DRAW.normal(0, 2, 50)
PROBS = 1 / (1 + np.exp(-PRED))
WEIGHT = DRAW.uniform(0.1, 2.0, 50)
LABELS = DRAW.integers(0, 2, 50).astype(float)
COUNTS = DRAW.poisson(3.0, 50).astype(float)
AMOUNTS = DRAW.gamma(2.0, 1.0, 50)
SCORES = DRAW.normal(0, 2, (50, 4))
IDS = DRAW.integers(0, 4, 50)
SOFT = DRAW.dirichlet(np.ones(4), 50)
LOG_PROBS = np.log(DRAW.dirichlet(np.ones(4), 50))


def tensors(*arrays):
    return tuple(torch.tensor(a) for a in arrays)


# PyTorch: the mean, and the gradient of the mean


def same_as_torch(loss, peer, pred, target):
    pred, target = tensors(pred, target)
    leaf = pred.clone().requires_grad_()
    expected = peer(leaf, target)
    (slope,) = torch.autograd.grad(expected, leaf)
    value, gradient = loss.value_and_gradient(pred, target)
    assert_close(loss(pred, target), expected.detach(), rtol=1e-12, atol=1e-14)
    assert_close(value, expected.detach(), rtol=1e-12, atol=1e-14)
    assert_close(gradient, slope, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(
    ("loss", "peer"),
    [
        (lk.squared_error(), F.mse_loss),
        (lk.absolute_error(), F.l1_loss),
        (lk.huber(delta=0.7), lambda p, t: F.huber_loss(p, t, delta=0.7)),
        (lk.smooth_l1(beta=0.7), lambda p, t: F.smooth_l1_loss(p, t, beta=0.7)),
    ],
    ids=lambda x: repr(x) if isinstance(x, lk.Loss) else "",
)
def test_torch_regression(loss, peer):
    same_as_torch(loss, peer, PRED, TARGET)


@pytest.mark.parametrize("labels", [LABELS, PROBS[::-1].copy()], ids=["hard", "soft"])
def test_torch_binary_cross_entropy_of_probabilities(labels):
    same_as_torch(lk.binary_cross_entropy_probs(), F.binary_cross_entropy, PROBS, labels)


def test_torch_poisson_of_the_rate():
    def peer(rate, target):
        return F.poisson_nll_loss(rate, target, log_input=False, eps=0.0)

    same_as_torch(lk.poisson_rate(), peer, AMOUNTS, COUNTS)


@pytest.mark.parametrize("full", [False, True])
def test_torch_poisson(full):
    """PyTorch takes Stirling's approximation for the constant, so that `full` is compared with log(target!) itself."""
    loss = lk.poisson(full=full)

    def peer(pred, target):
        nll = F.poisson_nll_loss(pred, target, log_input=True, full=False)
        return nll + torch.lgamma(target + 1).mean() if full else nll

    same_as_torch(loss, peer, PRED, COUNTS)


@pytest.mark.parametrize("pos_weight", [None, 3.0])
def test_torch_binary_cross_entropy(pos_weight):
    loss = lk.binary_cross_entropy(pos_weight=pos_weight or 1.0)
    peer_weight = None if pos_weight is None else torch.tensor(pos_weight, dtype=torch.float64)
    for labels in (LABELS, DRAW.uniform(0, 1, 50)):
        same_as_torch(loss, lambda p, t: F.binary_cross_entropy_with_logits(p, t, pos_weight=peer_weight), PRED, labels)


def test_torch_pos_weight_per_label():
    """Multi-label: a pos_weight for each of the last axis's labels."""
    labels = (DRAW.random((50, 4)) < 0.4).astype(float)
    each_label = np.array([1.0, 2.0, 3.0, 0.5])
    loss = lk.binary_cross_entropy(pos_weight=each_label)
    same_as_torch(
        loss,
        lambda p, t: F.binary_cross_entropy_with_logits(p, t, pos_weight=torch.tensor(each_label)),
        SCORES,
        labels,
    )


@pytest.mark.parametrize("class_weight", [None, (0.5, 1.0, 2.0, 0.25)], ids=["even", "weighted"])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
@pytest.mark.parametrize("target", ["ids", "ignored", "soft"])
def test_torch_cross_entropy(class_weight, label_smoothing, target):
    """ids with class weights divide by the weights of the ids; soft labels divide by the number of rows."""
    ignored = np.where(np.arange(50) % 5 == 0, -1, IDS)
    targets = {"ids": IDS, "ignored": ignored, "soft": SOFT}[target]
    ignore = {"ignore_index": -1} if target == "ignored" else {}
    weight = None if class_weight is None else torch.tensor(class_weight, dtype=torch.float64)
    same_as_torch(
        lk.cross_entropy(class_weight=class_weight, label_smoothing=label_smoothing, **ignore),
        lambda p, t: F.cross_entropy(p, t, weight=weight, label_smoothing=label_smoothing, **ignore),
        SCORES,
        targets,
    )


@pytest.mark.parametrize("class_weight", [None, (0.5, 1.0, 2.0, 0.25)], ids=["even", "weighted"])
def test_torch_nll(class_weight):
    weight = None if class_weight is None else torch.tensor(class_weight, dtype=torch.float64)
    ignored = np.where(np.arange(50) % 5 == 0, -100, IDS)
    same_as_torch(lk.nll(class_weight=class_weight), lambda p, t: F.nll_loss(p, t, weight=weight), LOG_PROBS, ignored)


def test_torch_kl_div():
    """One number for each row, as its "batchmean"; its default mean divides by the number of classes too."""
    target = np.where(SOFT < 0.1, 0.0, SOFT)
    same_as_torch(lk.kl_div(), lambda p, t: F.kl_div(p, t, reduction="batchmean"), LOG_PROBS, target)
    with pytest.warns(UserWarning, match="batchmean"):
        mean = F.kl_div(*tensors(LOG_PROBS, target), reduction="mean")
    np.testing.assert_allclose(lk.kl_div()(LOG_PROBS, target) / 4, mean, rtol=1e-12)
    same_as_torch(
        lk.kl_div_logits(), lambda p, t: F.kl_div(p.log_softmax(-1), t, reduction="batchmean"), SCORES, target
    )


def test_torch_cross_entropy_of_a_picture():
    """Classes last here, second in PyTorch; the mean over all pixels is one."""
    scores, ids = DRAW.normal(size=(2, 3, 5, 4)), DRAW.integers(0, 4, (2, 3, 5))
    same_as_torch(lk.cross_entropy(), lambda p, t: F.cross_entropy(p.movedim(-1, 1), t), scores, ids)


def test_torch_ignores_everything_gives_nan_and_we_give_zero():
    """A written difference: with every id ignored PyTorch returns NaN."""
    scores, ids = tensors(SCORES, np.full(50, -100))
    assert torch.isnan(F.cross_entropy(scores, ids))
    value, gradient = lk.cross_entropy().value_and_gradient(scores, ids)
    assert value == 0
    assert not gradient.any()


# Keras: the mean of (y_true, y_pred), sample weights included


@pytest.mark.parametrize(
    ("loss", "peer", "pred", "target"),
    [
        (lk.squared_error(), keras.losses.MeanSquaredError, PRED, TARGET),
        (lk.absolute_error(), keras.losses.MeanAbsoluteError, PRED, TARGET),
        (lk.huber(delta=0.7), lambda **o: keras.losses.Huber(delta=0.7, **o), PRED, TARGET),
        (lk.msle(), keras.losses.MeanSquaredLogarithmicError, AMOUNTS, COUNTS + 1.0),
        (
            lk.binary_cross_entropy(),
            lambda **o: keras.losses.BinaryCrossentropy(from_logits=True, **o),
            PRED,
            LABELS,
        ),
        (
            lk.binary_cross_entropy(label_smoothing=0.1),
            lambda **o: keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1, **o),
            PRED,
            LABELS,
        ),
        (lk.hinge(), keras.losses.Hinge, PRED, LABELS),
        (lk.squared_hinge(), keras.losses.SquaredHinge, PRED, LABELS),
        (
            lk.cross_entropy(),
            lambda **o: keras.losses.SparseCategoricalCrossentropy(from_logits=True, **o),
            SCORES,
            IDS,
        ),
        (
            lk.cross_entropy(label_smoothing=0.1),
            lambda **o: keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1, **o),
            SCORES,
            SOFT,
        ),
    ],
    ids=lambda x: repr(x) if isinstance(x, lk.Loss) else "",
)
def test_keras(loss, peer, pred, target):
    """Keras reduces the last axis first, so that each of the rows is given one of its own."""
    peer = peer(reduction="sum_over_batch_size", dtype="float64")
    rows = (target[:, None], pred[:, None]) if loss.kind == "pointwise" else (target, pred)
    np.testing.assert_allclose(loss(pred, target), peer(*rows).numpy(), rtol=1e-12)
    weighted = loss(pred, target, weight=WEIGHT, normalizer=len(pred))
    np.testing.assert_allclose(weighted, peer(*rows, sample_weight=WEIGHT).numpy(), rtol=1e-12)


def test_keras_log_cosh_subtracts_a_float32_logarithm():
    """A written difference: Keras's log 2 is a float32 number in float64 too."""
    peer = keras.losses.LogCosh(dtype="float64")(TARGET, PRED).numpy()
    np.testing.assert_allclose(
        lk.log_cosh()(PRED, TARGET), peer + float(np.float32(np.log(2.0))) - np.log(2.0), rtol=1e-12
    )


def test_keras_msle_floors_at_1e_7():
    """A written difference: Keras moves values below 1e-7 there."""
    peer = keras.losses.MeanSquaredLogarithmicError(dtype="float64")(np.zeros(1), np.ones(1)).numpy()
    np.testing.assert_allclose(lk.msle()(np.ones(1), np.full(1, 1e-7)), peer, rtol=1e-12)


def test_keras_mape_is_a_hundred_times_ours():
    """A written difference: Keras speaks in per cent."""
    peer = keras.losses.MeanAbsolutePercentageError(dtype="float64")
    np.testing.assert_allclose(100 * lk.mape()(PRED, TARGET), peer(TARGET, PRED).numpy(), rtol=1e-12)


def test_keras_poisson_takes_the_rate_and_we_its_logarithm():
    peer = keras.losses.Poisson(dtype="float64")
    expected = peer(COUNTS[:, None], np.exp(PRED)[:, None]).numpy()
    np.testing.assert_allclose(lk.poisson()(PRED, COUNTS), expected, rtol=1e-6)  # Keras adds 1e-7 to the rate


def test_keras_kl_divergence_takes_probabilities():
    peer = keras.losses.KLDivergence(dtype="float64")(SOFT, np.exp(LOG_PROBS)).numpy()
    np.testing.assert_allclose(lk.kl_div()(LOG_PROBS, SOFT), peer, rtol=1e-5, atol=1e-6)  # Keras clips at 1e-7


def test_optax_poly_loss_starts_from_epsilon_2():
    with jax.enable_x64(True):
        scores, one_hot = jnp.asarray(SCORES), jnp.eye(4)[IDS]
        peer = np.asarray(optax.losses.poly_loss_cross_entropy(scores, one_hot))
    np.testing.assert_allclose(lk.poly1(epsilon=2.0).each(SCORES, IDS), peer, rtol=1e-12, atol=1e-14)


def test_optax_kl_divergence():
    with jax.enable_x64(True):
        peer = np.asarray(optax.losses.kl_divergence(jnp.asarray(LOG_PROBS), jnp.asarray(SOFT)))
    np.testing.assert_allclose(lk.kl_div().each(LOG_PROBS, SOFT), peer, rtol=1e-11, atol=1e-14)


# scikit-learn: its metrics, and the losses its own estimators train with


def test_sklearn_metrics():
    p = 1 / (1 + np.exp(-PRED))
    for ours, theirs in [
        (lk.binary_cross_entropy()(PRED, LABELS), metrics.log_loss(LABELS, p)),
        (lk.binary_cross_entropy()(PRED, LABELS, weight=WEIGHT), metrics.log_loss(LABELS, p, sample_weight=WEIGHT)),
        (lk.binary_cross_entropy_probs()(PROBS, LABELS), metrics.log_loss(LABELS, p)),
        (lk.brier()(PRED, LABELS), metrics.brier_score_loss(LABELS, p)),
        (lk.hinge()(PRED, LABELS), metrics.hinge_loss(LABELS, PRED)),
        (lk.zero_one()(PRED, LABELS), metrics.zero_one_loss(LABELS, PRED > 0)),
        (lk.quantile(level=0.9)(PRED, TARGET), metrics.mean_pinball_loss(TARGET, PRED, alpha=0.9)),
        (lk.squared_error()(PRED, TARGET), metrics.mean_squared_error(TARGET, PRED)),
        (lk.absolute_error()(PRED, TARGET), metrics.mean_absolute_error(TARGET, PRED)),
        (lk.mape()(PRED, TARGET), metrics.mean_absolute_percentage_error(TARGET, PRED)),
        (lk.msle()(AMOUNTS, COUNTS), metrics.mean_squared_log_error(COUNTS, AMOUNTS)),
        (lk.log_squared_error()(np.log1p(AMOUNTS), COUNTS), metrics.mean_squared_log_error(COUNTS, AMOUNTS)),
        (lk.cross_entropy()(SCORES, IDS), metrics.log_loss(IDS, lk.cross_entropy().link(SCORES))),
    ]:
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize(
    ("loss", "peer", "target"),
    [
        (lk.squared_error(half=True), sklearn_loss.HalfSquaredError(), TARGET),
        (lk.absolute_error(), sklearn_loss.AbsoluteError(), TARGET),
        (lk.quantile(level=0.8), sklearn_loss.PinballLoss(quantile=0.8), TARGET),
        (lk.poisson(), sklearn_loss.HalfPoissonLoss(), COUNTS),
        (lk.gamma(), sklearn_loss.HalfGammaLoss(), AMOUNTS),
        (lk.tweedie(power=1.3), sklearn_loss.HalfTweedieLoss(power=1.3), COUNTS),
        (lk.binary_cross_entropy(), sklearn_loss.HalfBinomialLoss(), LABELS),
        (lk.exponential(), sklearn_loss.ExponentialLoss(), LABELS),
    ],
    ids=lambda x: repr(x) if isinstance(x, lk.Loss) else "",
)
def test_sklearn_training_losses(loss, peer, target):
    """Equal up to a constant of the target: differences between two predictions, gradients and Hessians agree."""
    other = PRED[::-1].copy()
    ours = loss.each(PRED, target) - loss.each(other, target)
    theirs = peer.loss(target, PRED) - peer.loss(target, other)
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)
    gradient, hessian = peer.gradient_hessian(target, PRED)
    np.testing.assert_allclose(loss.gradient(PRED, target), gradient, rtol=1e-10, atol=1e-13)
    # scikit-learn gives 1 where the Hessian is 0 everywhere: that is what curvature is for.
    second = loss.hessian if loss.definition.claims.get("smooth") else loss.curvature
    np.testing.assert_allclose(second(PRED, target), hessian, rtol=1e-10, atol=1e-13)


def test_sklearn_multinomial():
    peer = sklearn_loss.HalfMultinomialLoss(n_classes=4)
    loss, ids = lk.cross_entropy(), IDS.astype(float)
    np.testing.assert_allclose(loss.each(SCORES, IDS), peer.loss(ids, SCORES), rtol=1e-10)
    gradient, hessian = peer.gradient_hessian(ids, SCORES)
    np.testing.assert_allclose(loss.gradient(SCORES, IDS), gradient, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(loss.hessian(SCORES, IDS), hessian, rtol=1e-10, atol=1e-13)
