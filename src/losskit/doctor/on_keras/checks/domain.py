"""LK305: values that a loss does not take."""

from __future__ import annotations

from collections.abc import Iterator

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_keras.call import Call


def negative_counts(call: Call) -> Iterator[Finding]:
    if call.name not in ("poisson", "mean_squared_logarithmic_error") or not call.reduced or call.targets is None:
        return
    if (call.targets < 0).any():
        yield finding(
            "LK305",
            f"{call.said} takes targets from 0 on and got {int((call.targets < 0).sum())} below.",
            {"smallest target": float(call.targets[call.targets < 0].min())},
            fix="Train on targets from 0 on: do not centre or scale them.",
        )


def negative_rates(call: Call) -> Iterator[Finding]:
    if call.name == "poisson" and call.scores is not None and (call.scores < 0).any():
        yield finding(
            "LK305",
            f"poisson takes rates, above 0, and got {int((call.scores < 0).sum())} predictions below: their logarithm "
            "is NaN, and with it the loss.",
            {"smallest prediction": float(call.scores[call.scores < 0].min())},
            fix="End the model in Dense(1, activation='exponential'), or 'softplus'.",
        )


def no_such_class(call: Call) -> Iterator[Finding]:
    """PyTorch and TensorFlow raise on a CPU; on JAX such a row costs nothing."""
    if call.name != "sparse_categorical_crossentropy" or not call.reduced or call.targets is None:
        return
    ids, classes = call.targets, call.classes
    left_out = ids == call.arguments["ignore_class"] if call.arguments["ignore_class"] is not None else False
    unknown = int((((ids < 0) | (ids >= classes)) & ~left_out).sum())
    if unknown:
        yield finding(
            "LK305",
            f"{call.said} takes ids of classes from 0 to {(classes or 0) - 1} and got {unknown} others: they count as "
            "rows whose loss is 0, or make it NaN.",
            {"smallest id": float(ids.min()), "largest id": float(ids.max()), "classes": classes},
            fix="Number the classes from 0 on; leave rows out with ignore_class or a sample_weight of 0.",
        )


CHECKS = (negative_counts, negative_rates, no_such_class)
