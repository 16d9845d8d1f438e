"""LibAUC; its labels and moving averages are float32 whatever comes."""

from __future__ import annotations

import torch
from libauc import losses

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import classes, one_by_one

LIBRARY = Library.TORCH
DISTRIBUTION = "libauc"

_SINGLE = ("float32",)


def _margin(pred, target):
    """AUCMLoss over p (1 - p), its three variables set to their best."""
    made = losses.AUCMLoss(device="cpu")
    high, low = pred[target > 0.5].detach().mean(), pred[target < 0.5].detach().mean()
    made.a.data, made.b.data, made.alpha.data = high, low, (1 - high + low).relu()
    share = target.mean()
    return made(pred.flatten(), target.flatten()) / (share * (1 - share))


def _averaged(made, value):
    """The value that its moving averages hold, as of this batch alone, with the gradient of its loss."""

    def call(pred, target):
        loss = made(pred.flatten(), target.flatten(), torch.arange(target.numel()))
        return value(made)[target.flatten() > 0.5].mean() + loss - loss.detach()

    return one_by_one(call)


_AVERAGED = "the value of its moving averages, for its loss has the gradient alone; gamma=1: averages of this batch"

ROWS = [
    Row(
        lk.auc_pairwise(),
        "PairwiseAUCLoss('squared_hinge')",
        one_by_one(losses.PairwiseAUCLoss("squared_hinge")),
        inputs=classes(),
    ),
    Row(
        lk.auc_margin(),
        "AUCMLoss",
        one_by_one(_margin),
        mapping="over p (1 - p), p the share of positives; its three variables at their best",
        inputs=classes(),
        dtypes=_SINGLE,
    ),
    Row(
        lk.average_precision(),
        "APLoss(gamma=1)",
        _averaged(losses.APLoss(12, gamma=1.0), lambda made: 1 - made.u_pos / made.u_all),
        mapping=_AVERAGED,
        inputs=classes(),
        dtypes=_SINGLE,
    ),
    Row(
        lk.partial_auc(),
        "pAUC_DRO_Loss(gamma=1)",
        _averaged(losses.pAUC_DRO_Loss(12, gamma=1.0), lambda made: made.u_pos.log()),
        mapping=_AVERAGED,
        inputs=classes(),
        dtypes=_SINGLE,
    ),
]
