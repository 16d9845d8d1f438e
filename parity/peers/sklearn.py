"""scikit-learn: the losses its estimators train with, and its metrics."""

from __future__ import annotations

import numpy as np
from scipy import special
from sklearn import metrics
from sklearn._loss import loss as training
from sklearn.linear_model import _sgd_fast as stochastic

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Apart, Row, draw
from parity.regions import far, tie

LIBRARY = Library.NUMPY
DISTRIBUTION = "scikit-learn"

_BINARY = draw(lk.hinge())
_LEVELS = (0.05, 0.25, 0.75, 0.95)


def _training(peer):
    """A training loss's values, and its own gradient."""
    return dict(
        theirs=lambda pred, target: peer.loss(target, pred),
        slope=lambda pred, target: peer.gradient(target, pred),
    )


def _stochastic(peer):
    """A loss of the stochastic gradient solvers, one pair after the other."""
    return dict(theirs=np.vectorize(peer.py_loss, otypes=[float]), slope=np.vectorize(peer.py_dloss, otypes=[float]))


def _signed(peer):
    """The same of classes, -1 and 1."""
    return {name: (lambda pred, target, f=f: f(pred, 2 * target - 1)) for name, f in _stochastic(peer).items()}


def _levels(pred, target):
    return np.mean([metrics.mean_pinball_loss(target, pred[:, i], alpha=level) for i, level in enumerate(_LEVELS)])


def _mean(function, **options):
    return dict(theirs=lambda pred, target: function(target, pred, **options), slope=False)


def _of_size(loss, most):
    """The usual points with scores up to `most`: far below, 1 + expm1 has no digits left in single precision."""
    pred, target = draw(loss).values()
    return dict(pred=pred[np.abs(pred) <= most], target=target[np.abs(pred) <= most])


def _softmax(scores):
    return special.softmax(scores, axis=-1)


def _multinomial():
    """The loss over classes takes ids as floats, and gives its gradient beside the Hessian."""
    peer = training.HalfMultinomialLoss(n_classes=3)
    return dict(
        theirs=lambda pred, target: peer.loss(target.astype(pred.dtype), pred),
        slope=lambda pred, target: peer.gradient(target.astype(pred.dtype), pred),
    )


ROWS = [
    Row(lk.squared_error(half=True), "HalfSquaredError", **_training(training.HalfSquaredError())),
    Row(lk.absolute_error(), "AbsoluteError", **_training(training.AbsoluteError()), apart=(tie(),)),
    Row(
        lk.quantile(level=0.8),
        "PinballLoss(quantile=0.8)",
        **_training(training.PinballLoss(quantile=0.8)),
        apart=(tie(),),
    ),
    Row(lk.poisson(), "HalfPoissonLoss", **_training(training.HalfPoissonLoss())),
    Row(lk.gamma(), "HalfGammaLoss", **_training(training.HalfGammaLoss())),
    Row(
        lk.tweedie(power=1.3),
        "HalfTweedieLoss(power=1.3)",
        **_training(training.HalfTweedieLoss(power=1.3)),
        apart=(Apart(lambda pred, target: (pred < -500) & (target == 0), "0 times an overflow is NaN", defect=True),),
    ),
    Row(lk.binary_cross_entropy(), "HalfBinomialLoss", **_training(training.HalfBinomialLoss())),
    Row(
        lk.exponential(),
        "ExponentialLoss",
        **_training(training.ExponentialLoss()),
        apart=(far(700.0, "0 times an overflow is NaN", defect=True),),
    ),
    Row(lk.squared_error(), "mean_squared_error", **_mean(metrics.mean_squared_error)),
    Row(lk.absolute_error(), "mean_absolute_error", **_mean(metrics.mean_absolute_error)),
    Row(lk.quantile(level=0.9), "mean_pinball_loss(alpha=0.9)", **_mean(metrics.mean_pinball_loss, alpha=0.9)),
    Row(
        lk.mape(eps=2.0**-52),
        "mean_absolute_percentage_error",
        mapping="eps=2^-52: scikit-learn floors |target| there",
        **_mean(metrics.mean_absolute_percentage_error),
    ),
    Row(lk.msle(), "mean_squared_log_error", **_mean(metrics.mean_squared_log_error)),
    Row(lk.hinge(), "hinge_loss", **_mean(metrics.hinge_loss)),
    Row(
        lk.multiclass_hinge(),
        "hinge_loss of many classes",
        theirs=lambda pred, target: metrics.hinge_loss(target, pred, labels=np.arange(3)),
        slope=False,
    ),
    Row(
        lk.multiclass_brier(),
        "brier_score_loss of many classes",
        theirs=lambda pred, target: metrics.brier_score_loss(target, _softmax(pred), labels=np.arange(3)),
        mapping="of the softmax",
        slope=False,
    ),
    Row(
        lk.quantiles(levels=_LEVELS),
        "mean_pinball_loss at each level",
        _levels,
        mapping="the mean over the levels",
        slope=False,
    ),
    Row(
        lk.log_squared_error(),
        "mean_squared_log_error of expm1(pred)",
        theirs=lambda pred, target: metrics.mean_squared_log_error(target, np.expm1(pred)),
        slope=False,
        inputs=_of_size(lk.log_squared_error(), 4.0),
    ),
    Row(
        lk.brier(),
        "brier_score_loss of expit(pred)",
        theirs=lambda pred, target: metrics.brier_score_loss(target, special.expit(pred)),
        slope=False,
        inputs=_BINARY,
    ),
    Row(
        lk.zero_one(),
        "zero_one_loss of pred > 0",
        theirs=lambda pred, target: metrics.zero_one_loss(target > 0, pred > 0),
        slope=False,
    ),
    Row(
        lk.epsilon_insensitive(),
        "_sgd_fast.EpsilonInsensitive",
        **_stochastic(stochastic.EpsilonInsensitive(0.1)),
    ),
    Row(
        lk.epsilon_insensitive(squared=True),
        "_sgd_fast.SquaredEpsilonInsensitive",
        **_stochastic(stochastic.SquaredEpsilonInsensitive(0.1)),
    ),
    Row(
        lk.modified_huber(),
        "_sgd_fast.ModifiedHuber",
        **_signed(stochastic.ModifiedHuber()),
        mapping="targets 2y - 1",
    ),
    Row(
        lk.squared_hinge(),
        "_sgd_fast.SquaredHinge",
        **_signed(stochastic.SquaredHinge()),
        mapping="targets 2y - 1",
    ),
    Row(lk.cross_entropy(), "HalfMultinomialLoss", **_multinomial()),
]
