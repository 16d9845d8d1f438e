"""Optax, on JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax.losses as ox

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Apart, Row, draw
from parity.regions import INTERPOLATED, KINK, at_margin, masks, views

jax.config.update("jax_enable_x64", True)

LIBRARY = Library.JAX
DISTRIBUTION = "optax"


def _signed(function):
    return lambda pred, target: function(pred, 2.0 * target - 1.0)


def _one_hot(function, **options):
    return lambda pred, target: function(pred, jax.nn.one_hot(target, pred.shape[-1], dtype=pred.dtype), **options)


def _tied(pred, target):
    """Rows where two classes lack the same, or the class itself lies exactly at the margin."""
    reach = np.float32(pred + 1.0) - np.eye(pred.shape[-1])[target]
    return np.diff(np.sort(reach, axis=-1)[:, -2:])[:, 0] == 0


def _met(anchor, positive, negative):
    """Triplets whose anchor is at distance 0."""
    return (anchor == positive).all(-1) | (anchor == negative).all(-1)


ROWS = [
    Row(lk.squared_error(), "squared_error", ox.squared_error),
    Row(lk.squared_error(half=True), "l2_loss", ox.l2_loss),
    Row(lk.huber(delta=0.7), "huber_loss(delta=0.7)", lambda pred, target: ox.huber_loss(pred, target, delta=0.7)),
    Row(lk.log_cosh(), "log_cosh", ox.log_cosh),
    Row(lk.binary_cross_entropy(), "sigmoid_binary_cross_entropy", ox.sigmoid_binary_cross_entropy),
    Row(lk.hinge(), "hinge_loss", _signed(ox.hinge_loss), mapping="targets 2y - 1", apart=(at_margin(1.0),)),
    Row(
        lk.perceptron(),
        "perceptron_loss",
        _signed(ox.perceptron_loss),
        mapping="targets 2y - 1",
        apart=(at_margin(0.0),),
    ),
    Row(lk.focal(), "sigmoid_focal_loss", ox.sigmoid_focal_loss, apart=(INTERPOLATED,)),
    Row(
        lk.focal(alpha=0.25),
        "sigmoid_focal_loss(alpha=0.25)",
        lambda z, y: ox.sigmoid_focal_loss(z, y, alpha=0.25),
        apart=(INTERPOLATED,),
    ),
    Row(
        lk.cross_entropy(),
        "softmax_cross_entropy_with_integer_labels",
        ox.softmax_cross_entropy_with_integer_labels,
    ),
    Row(
        lk.cross_entropy(),
        "softmax_cross_entropy",
        ox.softmax_cross_entropy,
        inputs=draw(lk.cross_entropy(), soft=True),
    ),
    Row(
        lk.cross_entropy(label_smoothing=0.1),
        "softmax_cross_entropy of smooth_labels(alpha=0.1)",
        _one_hot(lambda pred, target: ox.softmax_cross_entropy(pred, ox.smooth_labels(target, 0.1))),
        mapping="ids one-hot",
    ),
    Row(
        lk.poly1(epsilon=2.0),
        "poly_loss_cross_entropy",
        _one_hot(ox.poly_loss_cross_entropy),
        mapping="ids one-hot, epsilon=2: Optax starts there, losskit at 1",
    ),
    Row(
        lk.symmetric_ce(),
        "poly_loss_cross_entropy(epsilon=-10 log(1e-4))",
        _one_hot(lambda pred, target: 0.1 * ox.poly_loss_cross_entropy(pred, target, epsilon=-10 * np.log(1e-4))),
        mapping="ids one-hot, times alpha, with epsilon beta/alpha times minus log 1e-4: the two are one loss",
    ),
    Row(lk.kl_div(), "kl_divergence", ox.kl_divergence, inputs=draw(lk.kl_div(), soft=True)),
    Row(
        lk.kl_div(),
        "kl_divergence_with_log_targets",
        lambda pred, target: ox.kl_divergence_with_log_targets(pred, jnp.log(target)),
        mapping="of log(target)",
        apart=(
            Apart(lambda pred, target: (target == 0).any(-1), "a share of 0, logarithm -inf, gives NaN", defect=True),
        ),
        inputs=draw(lk.kl_div(), soft=True),
    ),
    Row(lk.multiclass_hinge(), "multiclass_hinge_loss", ox.multiclass_hinge_loss, apart=(Apart(_tied, KINK),)),
    Row(
        lk.sparsemax(),
        "multiclass_sparsemax_loss",
        ox.multiclass_sparsemax_loss,
        mapping="values alone: in JAX's 64-bit mode its gradient raises TypeError",
        slope=False,
    ),
    Row(lk.cosine(), "cosine_distance", ox.cosine_distance),
    Row(
        lk.nt_xent(),
        "ntxent(temperature=0.5)",
        lambda anchor, positive: ox.ntxent(
            jnp.concatenate([anchor, positive]), jnp.tile(jnp.arange(len(anchor)), 2), 0.5
        ),
        mapping="both views as one batch, row i of each with label i",
        inputs=views(),
    ),
    Row(
        lk.dice(smooth=2.0),
        "binary_dice_loss",
        ox.binary_dice_loss,
        mapping="smooth=2: Optax adds 1, to half of what losskit divides",
        inputs=masks(),
    ),
    Row(
        lk.triplet_margin(),
        "triplet_margin_loss(eps=0)",
        lambda anchor, positive, negative: ox.triplet_margin_loss(anchor, positive, negative, eps=0.0),
        mapping="eps=0: Optax adds 1e-6 to the squared distances",
        apart=(Apart(_met, "the slope of a root at 0 is NaN without that 1e-6"),),
    ),
]
