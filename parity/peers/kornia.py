"""Kornia."""

from __future__ import annotations

import kornia.losses as kl
import numpy as np
import torch.nn.functional as F  # noqa: N812

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import channels_second, masks, pictures

LIBRARY = Library.TORCH
DISTRIBUTION = "kornia"


def _pictures(function, **options):
    """Kornia wants pictures of two axes."""
    return channels_second(lambda pred, target: function(pred[..., None], target[..., None], **options))


def _heatmaps(pred, target):
    p, q = pred.softmax(-1), F.one_hot(target, pred.shape[-1]).to(pred.dtype)
    return kl.js_div_loss_2d(p[:, None, None], q[:, None, None], reduction="none")[:, 0]


ROWS = [
    Row(lk.cauchy(), "cauchy_loss", kl.cauchy_loss),
    Row(lk.welsch(), "welsch_loss", kl.welsch_loss),
    Row(lk.geman_mcclure(), "geman_mcclure_loss", kl.geman_mcclure_loss),
    Row(lk.pseudo_huber(), "charbonnier_loss", kl.charbonnier_loss),
    Row(
        lk.barron(),
        "charbonnier_loss",
        kl.charbonnier_loss,
        mapping="at shape 1, where the two are one loss",
    ),
    Row(lk.js_divergence(), "js_div_loss_2d of the softmax", _heatmaps, mapping="ids one-hot"),
    Row(lk.total_variation(), "total_variation", kl.total_variation),
    Row(
        lk.focal(alpha=0.25),
        "binary_focal_loss_with_logits",
        lambda pred, target: kl.binary_focal_loss_with_logits(pred[:, None], target[:, None])[:, 0],
        mapping="alpha=0.25: Kornia starts there, losskit without",
    ),
    Row(
        lk.softmax_focal(),
        "focal_loss(alpha=None)",
        lambda pred, target: kl.focal_loss(pred, target, alpha=None).sum(1),
        mapping="summed over the classes, which hold zeros beside the true one",
    ),
    Row(
        lk.dice(smooth=1e-12),
        "dice_loss(average='macro', eps=1e-12)",
        _pictures(kl.dice_loss, average="macro", eps=1e-12),
        mapping="both without smoothing: Kornia adds 1e-8 below the line alone",
        inputs=pictures(),
    ),
    Row(
        lk.lovasz_softmax(classes="all"),
        "lovasz_softmax_loss",
        _pictures(kl.lovasz_softmax_loss),
        mapping="classes='all': Kornia averages over the classes that a picture lacks too",
        inputs=dict(pictures(), target=np.minimum(pictures()["target"], 1)),
    ),
    Row(
        lk.lovasz_hinge(),
        "lovasz_hinge_loss",
        channels_second(lambda pred, target: kl.lovasz_hinge_loss(pred[..., None], target[:, 0, :, None])),
        inputs=masks(),
    ),
    Row(
        lk.tversky(alpha=0.3, beta=0.7, smooth=1e-12),
        "tversky_loss(alpha=0.3, beta=0.7, eps=1e-12)",
        _pictures(kl.tversky_loss, alpha=0.3, beta=0.7, eps=1e-12),
        mapping="both without smoothing: Kornia adds 1e-8 below the line alone",
        inputs=pictures(),
    ),
]
