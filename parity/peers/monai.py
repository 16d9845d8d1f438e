"""MONAI; its focal losses compute in float32 whatever comes."""

from __future__ import annotations

import monai.losses

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import INTERPOLATED, channels_second, pictures

LIBRARY = Library.TORCH
DISTRIBUTION = "monai"

_SINGLE = ("float32",)


def _channel(module):
    return lambda pred, target: module(pred[:, None], target[:, None])[:, 0]


def _one_hot(module):
    return lambda pred, target: module(pred, target[:, None]).sum(1)


def _ids(module):
    return channels_second(lambda pred, target: module(pred, target[:, None]))


ROWS = [
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
        )
    ),
]
