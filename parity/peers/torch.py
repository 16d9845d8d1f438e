"""PyTorch."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import distributions

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Apart, Row, draw
from parity.regions import STIRLING, one_by_one

LIBRARY = Library.TORCH
DISTRIBUTION = "torch"

_WEIGHTS = (0.5, 1.0, 2.0)
_PRIOR = (0.6, 0.3, 0.1)


def _each(function, **options):
    return lambda pred, target: function(pred, target, reduction="none", **options)


def _as_pred(values):
    return lambda pred: torch.tensor(values, dtype=pred.dtype)


def _class_weighted(function, **options):
    weights = _as_pred(_WEIGHTS)
    return lambda pred, target: function(pred, target, weight=weights(pred), **options)


def _pos_weighted(pred, target):
    return F.binary_cross_entropy_with_logits(pred, target, reduction="none", pos_weight=_as_pred(3.0)(pred))


def _rows(function):
    """Sums of what a function gives for each class."""
    return lambda *inputs: function(*inputs).sum(-1)


def _student(pred, target):
    noise = distributions.StudentT(4.0, pred)
    return noise.log_prob(pred) - noise.log_prob(target)


def _counts(pred, target):
    rate = distributions.NegativeBinomial(pred.new_tensor(2.0), logits=pred + math.log(0.5), validate_args=False)
    return -rate.log_prob(target) - torch.lgamma(target + 1) + torch.lgamma(target + 2)


def _survival(pred, time, event):
    noise = distributions.LogNormal(pred, pred.new_tensor(0.7))
    return (-noise.log_prob(time) if event else -torch.log(1 - noise.cdf(time)))[0]


def _shares_apart(pred, target):
    return (
        F.l1_loss(F.softmax(pred, -1), F.one_hot(target, pred.shape[-1]).to(pred.dtype), reduction="none").sum(-1) / 2
    )


def _mixture(log_weights, means, log_scales, target):
    parts = distributions.Normal(means, log_scales.exp())
    mixture = distributions.MixtureSameFamily(distributions.Categorical(logits=log_weights), parts)
    return -mixture.log_prob(target)


ROWS = [
    Row(lk.squared_error(), "F.mse_loss", _each(F.mse_loss)),
    Row(lk.absolute_error(), "F.l1_loss", _each(F.l1_loss)),
    Row(lk.huber(delta=0.7), "F.huber_loss(delta=0.7)", _each(F.huber_loss, delta=0.7)),
    Row(lk.smooth_l1(beta=0.7), "F.smooth_l1_loss(beta=0.7)", _each(F.smooth_l1_loss, beta=0.7)),
    Row(lk.huber(), "F.smooth_l1_loss", _each(F.smooth_l1_loss)),
    Row(lk.poisson(), "F.poisson_nll_loss", _each(F.poisson_nll_loss)),
    Row(
        lk.poisson(full=True),
        "F.poisson_nll_loss(full=True)",
        _each(F.poisson_nll_loss, full=True),
        apart=(STIRLING,),
    ),
    Row(
        lk.poisson_rate(),
        "F.poisson_nll_loss(log_input=False, eps=0)",
        _each(F.poisson_nll_loss, log_input=False, eps=0.0),
        mapping="eps=0: PyTorch adds 1e-8 to the rate",
    ),
    Row(
        lk.binary_cross_entropy(),
        "F.binary_cross_entropy_with_logits",
        _each(F.binary_cross_entropy_with_logits),
    ),
    Row(lk.binary_cross_entropy(pos_weight=3.0), "F.binary_cross_entropy_with_logits(pos_weight=3)", _pos_weighted),
    Row(
        lk.binary_cross_entropy(),
        "F.soft_margin_loss",
        lambda pred, target: F.soft_margin_loss(pred, 2 * target - 1, reduction="none"),
        mapping="targets 2y - 1",
        apart=(
            Apart(
                lambda pred, target: (2 * target - 1) * pred < -80,
                "log(1 + exp(-tz)) as written overflows to inf, and its gradient to NaN",
                defect=True,
            ),
        ),
        inputs=draw(lk.hinge()),
    ),
    Row(lk.binary_cross_entropy_probs(), "F.binary_cross_entropy", _each(F.binary_cross_entropy)),
    Row(lk.cross_entropy(), "F.cross_entropy", _each(F.cross_entropy)),
    Row(
        lk.cross_entropy(),
        "F.cross_entropy of soft labels",
        _each(F.cross_entropy),
        inputs=draw(lk.cross_entropy(), True),
    ),
    Row(
        lk.cross_entropy(label_smoothing=0.1),
        "F.cross_entropy(label_smoothing=0.1)",
        _each(F.cross_entropy, label_smoothing=0.1),
    ),
    Row(
        lk.cross_entropy(class_weight=_WEIGHTS, label_smoothing=0.1),
        "F.cross_entropy(weight=w, label_smoothing=0.1)",
        _class_weighted(F.cross_entropy, label_smoothing=0.1),
    ),
    Row(lk.nll(), "F.nll_loss", _each(F.nll_loss)),
    Row(lk.nll(class_weight=_WEIGHTS), "F.nll_loss(weight=w)", _class_weighted(F.nll_loss)),
    Row(
        lk.kl_div(),
        "F.kl_div(reduction='batchmean')",
        lambda pred, target: F.kl_div(pred, target, reduction="batchmean"),
        inputs=draw(lk.kl_div(), True),
    ),
    Row(
        lk.kl_div(),
        "F.kl_div(reduction='mean')",
        lambda pred, target: 3 * F.kl_div(pred, target, reduction="mean"),
        mapping="times 3, the number of classes: PyTorch divides by rows and classes",
        inputs=draw(lk.kl_div(), True),
    ),
    Row(
        lk.kl_div_logits(),
        "F.kl_div of F.log_softmax",
        _rows(lambda pred, target: F.kl_div(F.log_softmax(pred, -1), target, reduction="none")),
        inputs=draw(lk.kl_div_logits(), True),
    ),
    Row(
        lk.gaussian_nll(),
        "F.gaussian_nll_loss",
        lambda pred, log_variance, target: F.gaussian_nll_loss(pred, target, log_variance.exp(), reduction="none"),
        mapping="of the variance exp(log_variance), above the 1e-6 where PyTorch floors it",
    ),
    Row(
        lk.laplace(full=True),
        "distributions.Laplace",
        lambda pred, log_scale, target: -distributions.Laplace(pred, log_scale.exp()).log_prob(target),
        mapping="minus log_prob, of exp(log_scale)",
    ),
    Row(
        lk.mixture_nll(full=True),
        "distributions.MixtureSameFamily of Normal",
        _mixture,
        mapping="minus log_prob, of exp(log_scales)",
    ),
    Row(
        lk.gaussian_kl_between(),
        "distributions.kl_divergence of Normal",
        lambda mean, s, prior_mean, prior_s: distributions.kl_divergence(
            distributions.Normal(mean, (s / 2).exp()), distributions.Normal(prior_mean, (prior_s / 2).exp())
        ),
        mapping="of the deviations exp(log_variance/2)",
    ),
    Row(
        lk.gaussian_kl(),
        "distributions.kl_divergence of Normal from the standard Normal",
        lambda mean, s: distributions.kl_divergence(
            distributions.Normal(mean, (s / 2).exp()), distributions.Normal(0, 1)
        ),
        mapping="of the deviation exp(log_variance/2)",
    ),
    Row(
        lk.student_t(),
        "distributions.StudentT(4)",
        _student,
        mapping="minus log_prob, less that at the mode",
    ),
    Row(
        lk.neg_binomial(dispersion=0.5),
        "distributions.NegativeBinomial(2)",
        _counts,
        mapping="minus log_prob, of the logits pred + log(dispersion), less the terms of the target alone",
    ),
    Row(
        lk.aft(scale=0.7, full=True),
        "distributions.LogNormal",
        one_by_one(_survival),
        mapping="minus log_prob at events, minus log(1 - cdf) where censored, in float64 alone",
        apart=(
            Apart(
                lambda pred, time, event: (event == 0) & (np.log(time) - pred > 3.0),
                "1 - cdf loses its digits there",
            ),
        ),
        dtypes=("float64",),
    ),
    Row(
        lk.brier(),
        "F.mse_loss of the sigmoid",
        lambda pred, target: F.mse_loss(pred.sigmoid(), target, reduction="none"),
    ),
    Row(
        lk.logit_adjusted(prior=_PRIOR),
        "F.cross_entropy",
        lambda pred, target: F.cross_entropy(pred + _as_pred(_PRIOR)(pred).log(), target, reduction="none"),
        mapping="of pred + log(prior)",
    ),
    Row(
        lk.total_variation_distance(),
        "F.l1_loss of the softmax",
        _shares_apart,
        mapping="half of its sum, ids one-hot",
    ),
    Row(lk.multi_margin(), "F.multi_margin_loss", _each(F.multi_margin_loss)),
    Row(lk.multi_margin(p=2), "F.multi_margin_loss(p=2)", _each(F.multi_margin_loss, p=2)),
    Row(lk.multilabel_soft_margin(), "F.multilabel_soft_margin_loss", _each(F.multilabel_soft_margin_loss)),
    Row(
        lk.distillation(temperature=2.0),
        "F.kl_div(log_target=True) of scores over 2",
        _rows(
            lambda pred, target: (
                4
                * F.kl_div(
                    F.log_softmax(pred / 2, -1), F.log_softmax(target / 2, -1), reduction="none", log_target=True
                )
            )
        ),
        mapping="times 2²",
    ),
    Row(
        lk.cosine_embedding(margin=0.2),
        "F.cosine_embedding_loss(margin=0.2)",
        lambda pred, target, similar: F.cosine_embedding_loss(
            pred, target, 2 * similar - 1, margin=0.2, reduction="none"
        ),
        mapping="targets 2 similar - 1",
    ),
    *(
        Row(
            lk.triplet_margin(p=p, swap=swap),
            f"F.triplet_margin_loss(p={p}, swap={swap}, eps=0)",
            partial(F.triplet_margin_loss, p=p, swap=swap, eps=0.0, reduction="none"),
            mapping="eps=0: PyTorch adds 1e-6 to each difference",
        )
        for p, swap in ((2, False), (1, False), (2, True))
    ),
    Row(
        lk.bradley_terry(),
        "F.logsigmoid",
        lambda chosen, rejected: -F.logsigmoid(chosen - rejected),
        mapping="minus that of chosen - rejected",
    ),
    Row(lk.gan_bce(), "F.binary_cross_entropy_with_logits", _each(F.binary_cross_entropy_with_logits)),
    Row(
        lk.lsgan(),
        "F.mse_loss",
        lambda pred, target: F.mse_loss(pred, target, reduction="none") / 2,
        mapping="half of it",
    ),
    Row(
        lk.margin_ranking(margin=0.5),
        "F.margin_ranking_loss(margin=0.5)",
        lambda first, second, higher: F.margin_ranking_loss(
            first, second, 2 * higher - 1, margin=0.5, reduction="none"
        ),
        mapping="targets 2 first_is_higher - 1",
    ),
]
