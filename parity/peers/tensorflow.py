"""TensorFlow's own losses."""

from __future__ import annotations

import tensorflow as tf

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Apart, Row, draw
from parity.regions import STIRLING, unnormalized

LIBRARY = Library.TENSORFLOW
DISTRIBUTION = "tensorflow-cpu"

ROWS = [
    Row(
        lk.binary_cross_entropy(),
        "tf.nn.sigmoid_cross_entropy_with_logits",
        lambda pred, target: tf.nn.sigmoid_cross_entropy_with_logits(labels=target, logits=pred),
    ),
    Row(
        lk.binary_cross_entropy(pos_weight=3.0),
        "tf.nn.weighted_cross_entropy_with_logits(pos_weight=3)",
        lambda pred, target: tf.nn.weighted_cross_entropy_with_logits(labels=target, logits=pred, pos_weight=3.0),
        apart=(
            Apart(
                lambda pred, target: pred == 0,
                "the loss is smooth at 0, but the slopes of |z| and relu(-z) there do not add up to its slope",
                defect=True,
            ),
        ),
    ),
    Row(
        lk.cross_entropy(),
        "tf.nn.sparse_softmax_cross_entropy_with_logits",
        lambda pred, target: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=target, logits=pred),
    ),
    Row(
        lk.cross_entropy(),
        "tf.nn.softmax_cross_entropy_with_logits",
        lambda pred, target: tf.nn.softmax_cross_entropy_with_logits(labels=target, logits=pred),
        apart=(unnormalized(),),
        inputs=draw(lk.cross_entropy(), soft=True),
    ),
    Row(
        lk.poisson(),
        "tf.nn.log_poisson_loss",
        lambda pred, target: tf.nn.log_poisson_loss(targets=target, log_input=pred),
    ),
    Row(
        lk.total_variation(),
        "tf.image.total_variation",
        lambda pred: tf.image.total_variation(pred[..., None]),
        mapping="of one channel: TensorFlow adds up the channels",
    ),
    Row(
        lk.poisson(full=True),
        "tf.nn.log_poisson_loss(compute_full_loss=True)",
        lambda pred, target: tf.nn.log_poisson_loss(targets=target, log_input=pred, compute_full_loss=True),
        apart=(STIRLING,),
    ),
]
