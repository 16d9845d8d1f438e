"""LK101 to LK103, LK106 to LK108 and LK110 to LK112: the last activation of a model against what its loss takes."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from keras import backend

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_keras.call import BINARY, OVER_CLASSES, OVERLAPS, Call

_SLACK = 0.01  # how far rounding in half precision may carry a probability

_LINEAR = "Remove the last activation, or pass from_logits=False."
_PROBABILITIES = "Pass from_logits=True, or end the model in a {activation}."


def softmax_before_cross_entropy(call: Call) -> Iterator[Finding]:
    if call.name not in OVER_CLASSES or not call.from_logits or call.classes in (None, 1):
        return
    if call.activation == "softmax" or _in_simplex(call.scores):
        assert call.classes is not None
        least = math.log(math.e + call.classes - 1) - 1
        yield finding(
            "LK101",
            f"{call.said} has from_logits=True and got probabilities: softmax is applied to them, and with "
            f"{call.classes} classes the loss cannot fall below {least:.3f}{_mended_by_tensorflow()}.",
            {"classes": call.classes, **_range(call)},
            fix=_LINEAR,
        )


def probabilities_as_logits(call: Call) -> Iterator[Finding]:
    if call.name in BINARY and call.from_logits and call.activation in ("sigmoid", "softmax"):
        yield finding(
            "LK102",
            f"{call.said} has from_logits=True and got the output of a {call.activation}: it is squashed twice, and "
            f"no predicted probability can lie below 0.5{_mended_by_tensorflow()}.",
            _range(call),
            fix=_LINEAR,
        )


def log_softmax_before_cross_entropy(call: Call) -> Iterator[Finding]:
    if call.name in OVER_CLASSES and call.from_logits and call.activation == "log_softmax":
        yield finding(
            "LK103",
            f"{call.said} has from_logits=True and applies log_softmax to what has had it already.",
            _range(call),
            fix="Remove the log_softmax: the second one changes nothing.",
        )


def relu_before_logits(call: Call) -> Iterator[Finding]:
    if call.name in (*OVER_CLASSES, *BINARY) and call.from_logits and call.activation == "relu":
        yield finding(
            "LK106",
            f"{call.said} has from_logits=True and got the output of a ReLU: no score is negative, and those at 0 "
            "have no gradient.",
            _range(call),
        )


def sigmoid_before_cross_entropy(call: Call) -> Iterator[Finding]:
    if call.name in OVER_CLASSES and call.activation == "sigmoid" and call.classes not in (None, 1):
        what = (
            "softmax is applied to them, and scores that differ by 1 at most say nothing with certainty"
            if call.from_logits
            else "they are divided by their sum, and what the model predicts is no distribution over its classes"
        )
        yield finding(
            "LK107",
            f"{call.said} takes {'raw scores' if call.from_logits else 'the output of a softmax'} and got that of a "
            f"sigmoid: {what}.",
            _range(call),
            fix="End the model in a softmax; for several labels per row use binary_crossentropy.",
        )


def one_class(call: Call) -> Iterator[Finding]:
    alone = call.classes == 1
    if alone and (call.name in OVER_CLASSES or (call.name in BINARY and call.activation == "softmax")):
        yield finding(
            "LK108",
            f"{call.said} got an output of shape {tuple(call.pred.shape)}: over one class a softmax is 1 whatever the "
            "model says, and nothing is learnt.",
            {"classes": 1},
            fix="End the model in Dense(1, activation='sigmoid') with binary_crossentropy, or in Dense(2).",
        )


def overlap_of_logits(call: Call) -> Iterator[Finding]:
    if call.name in OVERLAPS and _outside(call.scores):
        yield finding(
            "LK110",
            f"{call.said} takes probabilities and got values outside [0, 1]: its quotient has no bound, and falls as "
            "scores grow.",
            _range(call),
            fix="End the model in a sigmoid or softmax.",
        )


def scores_as_probabilities(call: Call) -> Iterator[Finding]:
    """Cross-entropy over classes divides by the sum of a row: there only what is negative is sure to be wrong."""
    if call.name not in (*OVER_CLASSES, *BINARY, "kl_divergence") or call.from_logits or call.scores is None:
        return
    if not _outside(call.scores, above=call.name not in OVER_CLASSES):
        return
    within = "" if call.name == "kl_divergence" else " (from_logits=False)"
    activation = "sigmoid" if call.name in BINARY else "softmax"
    share = float(((call.scores < 0) | (call.scores > 1)).mean())
    yield finding(
        "LK111",
        f"{call.said} takes probabilities{within} and got raw scores: {share:.0%} of them lie outside [0, 1], where "
        "they are cut off and have no gradient.",
        _range(call) | {"share outside [0, 1]": share},
        fix=f"End the model in a {activation}."
        if call.name == "kl_divergence"
        else _PROBABILITIES.format(activation=activation),
    )


def threshold_on_scores(call: Call) -> Iterator[Finding]:
    threshold = call.arguments.get("threshold", 0.5)
    if call.name == "binary_accuracy" and 0 < threshold < 1 and _outside(call.scores):
        yield finding(
            "LK112",
            f"accuracy is counted at a threshold of {threshold:g}, and the model gives raw scores: it predicts a "
            f"positive from a probability of {1 / (1 + math.exp(-threshold)):.3f} on.",
            _range(call) | {"threshold": threshold},
        )


CHECKS = (
    softmax_before_cross_entropy,
    probabilities_as_logits,
    log_softmax_before_cross_entropy,
    relu_before_logits,
    sigmoid_before_cross_entropy,
    one_class,
    overlap_of_logits,
    scores_as_probabilities,
    threshold_on_scores,
)


def _mended_by_tensorflow() -> str:
    return "; Keras on TensorFlow goes back to the scores before it" if backend.backend() == "tensorflow" else ""


def _in_simplex(scores: np.ndarray | None) -> bool:
    """Whether rows are probabilities beyond doubt: several that differ, and not all of them 0 and 1."""
    if scores is None or scores.ndim < 2 or scores.shape[-1] < 2:
        return False
    rows = scores.reshape(-1, scores.shape[-1])
    sums = bool((rows >= 0).all() and (np.abs(rows.sum(-1) - 1) < 1e-3).all())
    return sums and len(rows) > 1 and bool((rows != rows[0]).any() and (rows != rows.round()).any())


def _outside(scores: np.ndarray | None, above: bool = True) -> bool:
    """Whether values lie below 0, or `above` 1, by more than rounding."""
    if scores is None or not scores.size:
        return False
    return bool((scores < -_SLACK).any() or (above and (scores > 1 + _SLACK).any()))


def _range(call: Call) -> dict[str, float]:
    """Of the prediction, where it can be read."""
    if call.scores is None or not call.scores.size:
        return {}
    return {"smallest": float(call.scores.min()), "largest": float(call.scores.max())}
