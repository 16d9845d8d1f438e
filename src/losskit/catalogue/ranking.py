"""Ranking: losses over the scores of the items of a list; `where` marks the items that are not padding."""

from __future__ import annotations

from losskit.core.define import define_loss
from losskit.core.domains import Relevance, Scores

_NEVER = -1e30  # a score whose share is 0 in every dtype


def _shares(ops, target, where):
    return where.keep(ops.softmax(where.keep(target, _NEVER)), 0.0)


def _listnet_hessian(ops, pred, target, where):
    score = where.keep(pred, _NEVER)
    return where.keep(ops.softmax(score) * ops.one_minus_softmax(score), 0.0)


@define_loss(
    pred=Scores,
    target=Relevance,
    claims=dict(convex=True, smooth=True, lipschitz=1.0),
    source="Cao et al. 2007, doi:10.1145/1273496.1273513",
    aka=("allrank listNet",),
    hessian=_listnet_hessian,
    pitfall="relevances enter as softmax(target): grades far apart put all weight on the best item",
)
def listnet(ops, pred, target, where):
    """Cross-entropy between the softmax of the relevances and the softmax of the scores, top-one ListNet."""
    return -ops.sum(_shares(ops, target, where) * ops.log_softmax(where.keep(pred, _NEVER)))
