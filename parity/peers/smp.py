"""segmentation-models-pytorch."""

from __future__ import annotations

import segmentation_models_pytorch.losses as smp

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import channels_second, masks, pictures, soft

LIBRARY = Library.TORCH
DISTRIBUTION = "segmentation-models-pytorch"


def _pictures(loss, **options):
    """smp wants pictures of two axes."""
    made = loss("multiclass", **options)
    return channels_second(lambda pred, target: made(pred[..., None], target[..., None]))


_UNSMOOTHED = dict(mapping="smooth=1e-12: smp has none", inputs=pictures())
_SINGLE = ("float32",)


ROWS = [
    Row(lk.binary_cross_entropy(), "SoftBCEWithLogitsLoss", smp.SoftBCEWithLogitsLoss(reduction="none")),
    Row(
        lk.binary_cross_entropy(label_smoothing=0.2),
        "SoftBCEWithLogitsLoss(smooth_factor=0.1)",
        smp.SoftBCEWithLogitsLoss(reduction="none", smooth_factor=0.1),
        mapping="label_smoothing=0.2: smp moves a target by its factor, losskit and Keras by half of it",
    ),
    Row(
        lk.cross_entropy(label_smoothing=0.1),
        "SoftCrossEntropyLoss(smooth_factor=0.1)",
        smp.SoftCrossEntropyLoss(smooth_factor=0.1),
    ),
    Row(
        lk.focal(),
        "FocalLoss('binary')",
        smp.FocalLoss("binary", reduction="none"),
        apart=(soft("for a soft target p_t is exp(-cross-entropy)"),),
    ),
    Row(lk.dice(smooth=1e-12), "DiceLoss('multiclass')", _pictures(smp.DiceLoss), **_UNSMOOTHED),
    Row(lk.jaccard(smooth=1e-12), "JaccardLoss('multiclass')", _pictures(smp.JaccardLoss), **_UNSMOOTHED),
    Row(
        lk.tversky(alpha=0.3, beta=0.7, smooth=1e-12),
        "TverskyLoss('multiclass', alpha=0.3, beta=0.7)",
        _pictures(smp.TverskyLoss, alpha=0.3, beta=0.7),
        **_UNSMOOTHED,
    ),
    Row(
        lk.dice(smooth=1e-12),
        "DiceLoss('binary')",
        channels_second(smp.DiceLoss("binary")),
        mapping="smooth=1e-12: smp has none",
        inputs=masks(),
    ),
    Row(
        lk.focal_tversky(smooth=1e-12),
        "TverskyLoss('binary', alpha=0.3, beta=0.7, gamma=0.75)",
        channels_second(smp.TverskyLoss("binary", alpha=0.3, beta=0.7, gamma=0.75)),
        mapping="smooth=1e-12: smp has none; of one class: smp raises the mean over classes to the power",
        inputs=masks(),
    ),
    Row(
        lk.mcc(eps=1e-12),
        "MCCLoss(eps=0) of the sigmoid",
        channels_second(lambda pred, target: smp.MCCLoss(eps=0.0)(pred.sigmoid(), target)),
        mapping="of probabilities, both without smoothing: smp adds eps to each count",
        inputs=masks(),
    ),
    Row(lk.lovasz_softmax(), "LovaszLoss('multiclass')", _pictures(smp.LovaszLoss), inputs=pictures(), dtypes=_SINGLE),
    Row(
        lk.lovasz_hinge(),
        "LovaszLoss('binary')",
        channels_second(smp.LovaszLoss("binary")),
        mapping="in float32 alone: in float64 it raises RuntimeError",
        inputs=masks(),
        dtypes=_SINGLE,
    ),
]
