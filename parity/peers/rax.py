"""Rax, on JAX."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import rax

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Apart, Row
from parity.regions import lists

jax.config.update("jax_enable_x64", True)

LIBRARY = Library.JAX
DISTRIBUTION = "rax"


def _each(function):
    return jax.vmap(function)


def _soft(metric):
    return jax.vmap(lambda pred, target: -metric(pred, target, rank_fn=rax.utils.approx_ranks))


_SIGN = "minus it: what its approx_t12n does, which raises AttributeError on this JAX"


def _shares(gains):
    return gains / gains.sum()


def _lambda(pred, target):
    weights = partial(rax.dcg_lambdaweight, normalize=True)
    return rax.pairwise_logistic_loss(pred, target, lambdaweight_fn=weights, reduce_fn=jnp.sum) / len(pred)


ROWS = [
    Row(
        lk.listnet(labels="raw"),
        "softmax_loss",
        jax.vmap(lambda pred, target: rax.softmax_loss(pred, target, reduce_fn=None)),
    ),
    Row(
        lk.listnet(),
        "softmax_loss of softmax labels",
        jax.vmap(lambda pred, target: rax.softmax_loss(pred, jax.nn.softmax(target), reduce_fn=None)),
        mapping="of softmax(target): Rax takes raw labels",
    ),
    Row(
        lk.binary_cross_entropy(),
        "pointwise_sigmoid_loss",
        lambda pred, target: rax.pointwise_sigmoid_loss(pred, target, reduce_fn=None),
        apart=(
            Apart(
                lambda pred, target: pred == 0, "the loss is smooth at 0, but autodiff of its parts is not", defect=True
            ),
        ),
    ),
    Row(
        lk.squared_error(),
        "pointwise_mse_loss",
        lambda pred, target: rax.pointwise_mse_loss(pred, target, reduce_fn=None),
    ),
    Row(
        lk.xe_ndcg(),
        "softmax_loss of the shares 2^y - noise",
        jax.vmap(lambda pred, target, noise: rax.softmax_loss(pred, _shares(2.0**target - noise), reduce_fn=None)),
        mapping="of the shares: Rax takes labels as they are",
    ),
    Row(
        lk.approx_mrr(),
        "mrr_metric(rank_fn=approx_ranks)",
        _soft(rax.mrr_metric),
        mapping=f"{_SIGN}; of one relevant item: of several Rax takes the best, losskit the mean by relevance",
        inputs=dict(lists(), target=(lists()["target"] == 3.0).astype(float)),
    ),
    Row(
        lk.approx_ndcg(),
        "ndcg_metric(rank_fn=approx_ranks)",
        _soft(rax.ndcg_metric),
        mapping=_SIGN,
        inputs=lists(),
    ),
    Row(
        lk.lambda_rank(),
        "pairwise_logistic_loss(lambdaweight_fn=dcg_lambdaweight, reduce_fn=sum)",
        _each(_lambda),
        mapping="normalised, over the length of the list, by which Rax multiplies",
        inputs=lists(),
    ),
    Row(lk.listmle(), "listmle_loss", _each(rax.listmle_loss), inputs=lists()),
    Row(lk.pairwise_logistic(), "pairwise_logistic_loss", _each(rax.pairwise_logistic_loss), inputs=lists()),
    Row(lk.pairwise_hinge(), "pairwise_hinge_loss", _each(rax.pairwise_hinge_loss), inputs=lists()),
]
