"""Keras, on TensorFlow."""

from __future__ import annotations

import keras
import numpy as np

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Apart, Row, draw
from parity.regions import at_margin, far_rows, unnormalized

LIBRARY = Library.TENSORFLOW
DISTRIBUTION = "keras"


def _each(function, **options):
    """Keras takes the mean over the last axis: it is given one of its own."""
    return lambda pred, target: function(target[..., None], pred[..., None], **options)


def _rows(function, **options):
    return lambda pred, target: function(keras.ops.one_hot(target, pred.shape[-1], dtype=pred.dtype), pred, **options)


_BINARY = draw(lk.hinge())

ROWS = [
    Row(lk.squared_error(), "mean_squared_error", _each(keras.losses.mean_squared_error)),
    Row(lk.absolute_error(), "mean_absolute_error", _each(keras.losses.mean_absolute_error)),
    Row(lk.huber(delta=0.7), "huber(delta=0.7)", _each(keras.losses.huber, delta=0.7)),
    Row(
        lk.log_cosh(),
        "log_cosh",
        lambda pred, target: _each(keras.losses.log_cosh)(pred, target) + (float(np.float32(np.log(2))) - np.log(2)),
        mapping="plus float32(log 2) - log 2: Keras's log 2 has single precision in float64 too",
    ),
    Row(
        lk.mape(),
        "mean_absolute_percentage_error",
        lambda pred, target: _each(keras.losses.mean_absolute_percentage_error)(pred, target) / 100,
        mapping="divided by 100: Keras speaks in per cent",
    ),
    Row(
        lk.msle(),
        "mean_squared_logarithmic_error",
        _each(keras.losses.mean_squared_logarithmic_error),
        apart=(Apart(lambda pred, target: np.minimum(pred, target) < 1e-7, "Keras moves numbers below 1e-7 there"),),
    ),
    Row(
        lk.poisson_rate(),
        "poisson",
        lambda pred, target: _each(keras.losses.poisson)(pred - 1e-7, target) + 1e-7,
        mapping="of pred - 1e-7, plus 1e-7: Keras adds 1e-7 within the logarithm",
    ),
    Row(
        lk.binary_cross_entropy(),
        "binary_crossentropy(from_logits=True)",
        _each(keras.losses.binary_crossentropy, from_logits=True),
    ),
    Row(
        lk.binary_cross_entropy(label_smoothing=0.1),
        "binary_crossentropy(from_logits=True, label_smoothing=0.1)",
        _each(keras.losses.binary_crossentropy, from_logits=True, label_smoothing=0.1),
    ),
    Row(
        lk.binary_cross_entropy_probs(),
        "binary_crossentropy",
        _each(keras.losses.binary_crossentropy),
        apart=(
            Apart(
                lambda pred, target: np.minimum(pred, 1 - pred) < 1e-7,
                "Keras moves probabilities into [1e-7, 1 - 1e-7], and the gradient outside is 0",
            ),
        ),
    ),
    Row(lk.hinge(), "hinge", _each(keras.losses.hinge), apart=(at_margin(1.0),)),
    Row(lk.squared_hinge(), "squared_hinge", _each(keras.losses.squared_hinge)),
    Row(
        lk.focal(),
        "binary_focal_crossentropy(from_logits=True)",
        _each(keras.losses.binary_focal_crossentropy, from_logits=True),
        inputs=_BINARY,
    ),
    Row(
        lk.focal(alpha=0.25),
        "binary_focal_crossentropy(from_logits=True, apply_class_balancing=True)",
        _each(keras.losses.binary_focal_crossentropy, from_logits=True, apply_class_balancing=True),
        inputs=_BINARY,
    ),
    Row(
        lk.cross_entropy(),
        "sparse_categorical_crossentropy(from_logits=True)",
        lambda pred, target: keras.losses.sparse_categorical_crossentropy(target, pred, from_logits=True),
    ),
    Row(
        lk.cross_entropy(label_smoothing=0.1),
        "categorical_crossentropy(from_logits=True, label_smoothing=0.1)",
        _rows(keras.losses.categorical_crossentropy, from_logits=True, label_smoothing=0.1),
        mapping="ids one-hot",
    ),
    Row(
        lk.cross_entropy(),
        "categorical_crossentropy(from_logits=True) of soft labels",
        lambda pred, target: keras.losses.categorical_crossentropy(target, pred, from_logits=True),
        apart=(unnormalized(),),
        inputs=draw(lk.cross_entropy(), soft=True),
    ),
    Row(
        lk.softmax_focal(),
        "categorical_focal_crossentropy(from_logits=True, alpha=1)",
        _rows(keras.losses.categorical_focal_crossentropy, from_logits=True, alpha=1.0),
        mapping="ids one-hot, alpha=1: Keras multiplies by 0.25",
        apart=(
            far_rows(
                15.0,
                "probabilities are moved into [1e-7, 1 - 1e-7] though scores came: the worst mistakes have no gradient",
                defect=True,
            ),
        ),
    ),
    Row(
        lk.kl_div(),
        "kl_divergence",
        lambda pred, target: keras.losses.kl_divergence(target, keras.ops.exp(pred)),
        mapping="of exp(pred): Keras takes probabilities",
        apart=(
            Apart(
                lambda pred, target: np.minimum(np.exp(pred), target).min(-1) < 1e-7,
                "Keras moves probabilities into [1e-7, 1], those of the target too",
            ),
        ),
        inputs=draw(lk.kl_div(), soft=True),
    ),
    Row(
        lk.cosine(),
        "cosine_similarity",
        lambda pred, target: 1 + keras.losses.cosine_similarity(target, pred),
        mapping="plus 1: Keras gives minus the cosine",
    ),
    Row(
        lk.generalized_ce(),
        "categorical_generalized_cross_entropy(q=0.7)",
        lambda pred, target: keras.losses.categorical_generalized_cross_entropy(target, keras.ops.softmax(pred), q=0.7),
        mapping="of the softmax: Keras takes probabilities",
        apart=(far_rows(100.0, "the slope of p^q where p rounds to 0 is NaN", defect=True),),
    ),
]
