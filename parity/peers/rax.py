"""Rax, on JAX."""

from __future__ import annotations

import jax
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


ROWS = [
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
    Row(lk.listmle(), "listmle_loss", _each(rax.listmle_loss), inputs=lists()),
    Row(lk.pairwise_logistic(), "pairwise_logistic_loss", _each(rax.pairwise_logistic_loss), inputs=lists()),
    Row(lk.pairwise_hinge(), "pairwise_hinge_loss", _each(rax.pairwise_hinge_loss), inputs=lists()),
]
