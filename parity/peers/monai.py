"""MONAI; its focal losses compute in float32 whatever comes."""

from __future__ import annotations

import monai.losses
import numpy as np

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import INTERPOLATED, channels_second, masks, one_by_one, pictures

LIBRARY = Library.TORCH
DISTRIBUTION = "monai"

_SINGLE = ("float32",)


def _channel(module):
    return lambda pred, target: module(pred[:, None], target[:, None])[:, 0]


def _one_hot(module):
    return lambda pred, target: module(pred, target[:, None]).sum(1)


def _ids(module):
    return channels_second(lambda pred, target: module(pred, target[:, None]))


def _adversary(criterion, **options):
    """MONAI's adversarial loss, of one score that is real or generated at a time."""
    module = monai.losses.PatchAdversarialLoss(criterion=criterion, **options)
    return one_by_one(lambda pred, target: module(pred, bool(target), for_discriminator=True))


_SCORES = np.random.default_rng(8).uniform(-0.99, 0.99, 40)
_REAL = np.arange(40) % 2.0

ROWS = [
    Row(
        lk.gan_hinge(),
        "PatchAdversarialLoss(criterion='hinge')",
        lambda pred, target: _adversary("hinge")(pred.atanh(), target),
        mapping="of atanh(score): MONAI takes its tanh first, so that the hinge bends nowhere",
        inputs=dict(pred=_SCORES, target=_REAL),
    ),
    Row(
        lk.lsgan(),
        "PatchAdversarialLoss(no_activation_leastsq=True)",
        lambda pred, target: _adversary("least_squares", no_activation_leastsq=True)(pred, target) / 2,
        mapping="half of it",
        inputs=dict(pred=4 * _SCORES, target=_REAL),
    ),
    Row(
        lk.gan_bce(),
        "PatchAdversarialLoss(criterion='bce')",
        _adversary("bce"),
        inputs=dict(pred=4 * _SCORES, target=_REAL),
    ),
    Row(
        lk.focal(),
        "FocalLoss",
        _channel(monai.losses.FocalLoss(reduction="none")),
        apart=(INTERPOLATED,),
        dtypes=_SINGLE,
    ),
    Row(
        lk.focal(alpha=0.25),
        "FocalLoss(alpha=0.25)",
        _channel(monai.losses.FocalLoss(alpha=0.25, reduction="none")),
        apart=(INTERPOLATED,),
        dtypes=_SINGLE,
    ),
    Row(
        lk.softmax_focal(),
        "FocalLoss(use_softmax=True, to_onehot_y=True)",
        _one_hot(monai.losses.FocalLoss(use_softmax=True, to_onehot_y=True, reduction="none")),
        mapping="summed over the classes; MONAI's mean divides by their number too",
        dtypes=_SINGLE,
    ),
    *(
        Row(
            loss,
            f"{peer.__name__}(softmax=True, to_onehot_y=True)",
            _ids(peer(softmax=True, to_onehot_y=True, **options)),
            mapping=words,
            inputs=pictures(),
        )
        for loss, peer, options, words in (
            (lk.dice(smooth=1e-5), monai.losses.DiceLoss, {}, ""),
            (
                lk.jaccard(smooth=5e-6),
                monai.losses.DiceLoss,
                {"jaccard": True},
                "smooth=5e-6: MONAI doubles what it divides, and adds 1e-5 to that",
            ),
            (lk.tversky(alpha=0.3, beta=0.7), monai.losses.TverskyLoss, {"alpha": 0.3, "beta": 0.7}, ""),
            (lk.generalized_dice(), monai.losses.GeneralizedDiceLoss, {}, ""),
            (lk.dice_ce(), monai.losses.DiceCELoss, {}, ""),
        )
    ),
    Row(
        lk.dice(squared=True),
        "DiceLoss(sigmoid=True, squared_pred=True)",
        channels_second(monai.losses.DiceLoss(sigmoid=True, squared_pred=True)),
        inputs=masks(),
    ),
    Row(
        lk.dice_focal(),
        "DiceFocalLoss(sigmoid=True)",
        channels_second(monai.losses.DiceFocalLoss(sigmoid=True)),
        mapping="of masks: of ids, under softmax=True, its focal part is still the binary one of each class",
        inputs=dict(pictures(), target=np.eye(3)[pictures()["target"]]),
        dtypes=_SINGLE,
    ),
]
