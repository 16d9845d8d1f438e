"""pytorch-metric-learning. It averages over what is not 0 where its reducer says so: MeanReducer averages over all."""

from __future__ import annotations

import numpy as np
import torch
from pytorch_metric_learning import distances, losses, reducers

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import batch, views

LIBRARY = Library.TORCH
DISTRIBUTION = "pytorch-metric-learning"

_MEAN = "MeanReducer: by default the rows of loss 0 are left out of the mean"


def _of_views(loss):
    """A loss of labelled rows on two views of a batch: row i of both has label i."""

    def call(anchor, positive):
        ids = torch.arange(len(anchor))
        return loss(torch.cat([anchor, positive]), torch.cat([ids, ids]))

    return call


def _with_centres(loss):
    """A loss that holds its class centres, set to the first unit vectors: unit embeddings then hold their cosines."""
    loss.W.data = torch.eye(4, 3)

    def call(pred, target):
        loss.W.data = loss.W.data.to(pred.dtype)
        rest = (1 - (pred * pred).sum(-1, keepdim=True)).sqrt()
        return loss(torch.cat([pred, rest], -1), target)

    return call


_DRAW = np.random.default_rng(3)
_OF_CLASSES = dict(
    mapping="of unit embeddings whose cosines with its class centres are those given",
    inputs=dict(pred=_DRAW.uniform(-0.55, 0.55, (40, 3)), target=_DRAW.integers(0, 3, 40)),
)


def _with_proxies(loss):
    def call(pred, proxies, target):
        loss.proxies.data = proxies.detach()
        return loss(pred, target)

    return call


_PROXIES = dict(
    pred=np.random.default_rng(4).normal(size=(12, 5)),
    proxies=np.random.default_rng(5).normal(size=(3, 5)),
    target=np.arange(12) % 3,
)

ROWS = [
    Row(lk.nt_xent(temperature=0.5), "NTXentLoss(temperature=0.5)", _of_views(losses.NTXentLoss(0.5)), inputs=views()),
    Row(lk.supcon(), "SupConLoss", losses.SupConLoss(0.1), inputs=batch()),
    Row(lk.multi_similarity(), "MultiSimilarityLoss", losses.MultiSimilarityLoss(), inputs=batch()),
    Row(
        lk.circle(),
        "CircleLoss(reducer=MeanReducer())",
        losses.CircleLoss(reducer=reducers.MeanReducer()),
        mapping=_MEAN,
        inputs=batch(),
    ),
    Row(
        lk.n_pairs(),
        "NPairsLoss(distance=DotProductSimilarity(normalize_embeddings=False))",
        _of_views(losses.NPairsLoss(distance=distances.DotProductSimilarity(normalize_embeddings=False))),
        inputs=views(),
    ),
    Row(
        lk.lifted_structure(),
        "LiftedStructureLoss(neg_margin=1, distance=LpDistance(normalize_embeddings=False))",
        losses.LiftedStructureLoss(neg_margin=1, distance=distances.LpDistance(normalize_embeddings=False)),
        mapping="embeddings as they are: it normalises them by default",
        inputs=batch(),
    ),
    Row(lk.arcface(margin=np.radians(28.6)), "ArcFaceLoss", _with_centres(losses.ArcFaceLoss(3, 4)), **_OF_CLASSES),
    Row(lk.cosface(), "CosFaceLoss", _with_centres(losses.CosFaceLoss(3, 4)), **_OF_CLASSES),
    Row(
        lk.ldam(class_counts=(5.0, 5.0, 5.0)),
        "CosFaceLoss(margin=0.5, scale=30)",
        _with_centres(losses.CosFaceLoss(3, 4, margin=0.5, scale=30)),
        mapping=f"of classes of one size, whose margins are one; {_OF_CLASSES['mapping']}",
        inputs=_OF_CLASSES["inputs"],
    ),
    Row(
        lk.normalized_softmax(),
        "NormalizedSoftmaxLoss",
        _with_centres(losses.NormalizedSoftmaxLoss(3, 4)),
        **_OF_CLASSES,
    ),
    Row(
        lk.vicreg(),
        "VICRegLoss",
        lambda anchor, positive: losses.VICRegLoss()(anchor, ref_emb=positive),
        inputs=views(),
    ),
    Row(
        lk.proxy_anchor(),
        "ProxyAnchorLoss",
        _with_proxies(losses.ProxyAnchorLoss(3, 5)),
        slope=False,
        mapping="values alone: it holds the proxies itself",
        inputs=_PROXIES,
    ),
    Row(
        lk.proxy_nca(),
        "ProxyNCALoss(distance=LpDistance(power=2, normalize_embeddings=False))",
        _with_proxies(
            losses.ProxyNCALoss(
                3, 5, distance=distances.LpDistance(power=2, normalize_embeddings=False), softmax_scale=1
            )
        ),
        slope=False,
        mapping="values alone, as it holds the proxies; nothing normalised, as it does by default",
        inputs=_PROXIES,
    ),
]
