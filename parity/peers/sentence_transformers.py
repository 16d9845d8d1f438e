"""sentence-transformers, from the embeddings on."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from sentence_transformers.sentence_transformer import losses

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import batch, views

LIBRARY = Library.TORCH
DISTRIBUTION = "sentence-transformers"

_MODEL = torch.nn.Identity()  # the losses below never run it

_GRADED = dict(**views(), target=np.array([0.0, 0.2, 0.2, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]))


def _pair(loss, **options):
    made = loss(_MODEL, **options)
    return lambda anchor, positive, *target: made.compute_loss_from_embeddings([anchor, positive], *target or [None])


ROWS = [
    Row(lk.info_nce(), "MultipleNegativesRankingLoss", _pair(losses.MultipleNegativesRankingLoss), inputs=views()),
    Row(
        lk.info_nce(symmetric=True),
        "MultipleNegativesSymmetricRankingLoss",
        _pair(losses.MultipleNegativesSymmetricRankingLoss),
        inputs=views(),
    ),
    Row(lk.cosent(), "CoSENTLoss", _pair(losses.CoSENTLoss), inputs=_GRADED),
    Row(
        lk.contrastive(margin=0.5, half=True),
        "ContrastiveLoss(distance_metric=F.pairwise_distance)",
        _pair(losses.ContrastiveLoss, distance_metric=partial(F.pairwise_distance, eps=0.0)),
        mapping="Euclidean distances without an epsilon: it starts from 1 - cos; margin 0.5 and half: it starts there",
    ),
    Row(
        lk.triplet_margin(margin=5.0),
        "TripletLoss",
        lambda anchor, positive, negative: losses.TripletLoss(_MODEL).compute_loss_from_embeddings(
            [anchor, positive, negative], None
        ),
        mapping="margin 5: it starts there, losskit at 1",
    ),
    Row(
        lk.batch_hard_triplet(margin=5.0),
        "BatchHardTripletLoss",
        lambda pred, target: losses.BatchHardTripletLoss(_MODEL).compute_loss_from_embeddings([pred], target),
        mapping="margin 5: it starts there, losskit at 1",
        inputs=batch(),
    ),
    Row(
        lk.semi_hard_triplet(margin=5.0),
        "BatchSemiHardTripletLoss",
        lambda pred, target: losses.BatchSemiHardTripletLoss(_MODEL).compute_loss_from_embeddings([pred], target),
        mapping="margin 5: it starts there, losskit at 1",
        inputs=batch(),
    ),
]
