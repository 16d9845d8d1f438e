"""Divergences: how far predicted class probabilities lie from the true ones."""

from __future__ import annotations

from losskit.core.define import define_loss
from losskit.core.domains import Classes, Logits, LogProbs


@define_loss(
    pred=LogProbs,
    target=Classes,
    claims=dict(convex=True, smooth=True, lipschitz=1.0, proper=True),
    source="Kullback and Leibler 1951, doi:10.1214/aoms/1177729694",
    aka=("torch.nn.KLDivLoss(reduction='batchmean')", "keras.losses.KLDivergence", "optax.losses.kl_divergence"),
    pitfall="torch's default mean also divides by the number of classes; keras takes probabilities, not logarithms",
)
def kl_div(ops, pred, target):
    """KL(target || exp(pred)), one number for each row, from logarithms of probabilities."""
    return target.expect(-pred) + target.information()


def _softmax_hessian(ops, pred, target):
    return ops.expand(target.mass(pred), pred) * (ops.softmax(pred) * ops.one_minus_softmax(pred))


@define_loss(
    pred=Logits,
    target=Classes,
    claims=dict(convex=True, smooth=True, lipschitz=1.0, proper=True, estimates="log-probabilities"),
    source="Kullback and Leibler 1951, doi:10.1214/aoms/1177729694",
    aka=("optax.losses.kl_divergence of jax.nn.log_softmax",),
    hessian=_softmax_hessian,
    pitfall="for class ids it is cross_entropy; torch's default mean also divides by the number of classes",
)
def kl_div_logits(ops, pred, target):
    """KL(target || softmax(pred)), one number for each row: cross-entropy less the entropy of the target."""
    return target.expect(-ops.log_softmax(pred)) + target.information()
