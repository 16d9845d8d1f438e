"""LK201 and LK202: prediction and target whose shapes differ, and broadcast without an error."""

from __future__ import annotations

import math
from collections.abc import Iterator

import keras
import numpy as np
from keras.src.losses.loss import squeeze_or_expand_to_same_rank

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_keras.arrays import fixed_shape
from losskit.doctor.on_keras.call import ALIGNS, ON_ENTRIES, Call


def broadcast(call: Call) -> Iterator[Finding]:
    pred, target = fixed_shape(call.pred), fixed_shape(call.target)
    if call.name not in ON_ENTRIES or pred is None or target is None or min(math.prod(pred), math.prod(target)) <= 1:
        return
    if not call.reduced and len(pred) == len(target):
        return  # all pairs on purpose
    aligned = _align(pred, target) if call.instance or call.name in ALIGNS else (pred, target)
    joint = np.broadcast_shapes(*aligned)
    compared = math.prod(joint)
    evidence = {"prediction": list(pred), "target": list(target), "compared": compared}
    if compared > max(math.prod(pred), math.prod(target)):
        yield finding(
            "LK201",
            f"{call.said} got a prediction {pred} and a target {target}: every prediction is compared with every "
            f"target, {compared} pairs.",
            evidence,
            fix="Give both one shape: keras.ops.squeeze, or return_sequences=False in the last recurrent layer.",
        )
    elif aligned[0] != aligned[1]:
        yield finding(
            "LK202",
            f"{call.said} got a prediction {pred} and a target {target}: the smaller is repeated to {joint}.",
            evidence,
        )


CHECKS = (broadcast,)


def _align(pred: tuple[int, ...], target: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shapes after Keras' own rule: a last axis of 1 that only one of them has is added or left out."""
    both = squeeze_or_expand_to_same_rank(keras.KerasTensor(pred), keras.KerasTensor(target))
    return both[0].shape, both[1].shape
