"""TensorFlow's own operations for single losses, where they are more accurate; as `ops/torch_kernels.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf


def _cross_entropy(params: Mapping[str, Any], pred: Any, target: Any, reduction: str) -> Any:
    """Soft labels in float32: the slope of tf.nn.log_softmax rounds the sum of a row's labels, the fused one takes 1.

    Float64 would show by how much labels that were rounded to float32 once miss it.
    """
    if params["class_weight"] is not None or params["z_loss"] or pred.dtype != tf.float32:
        return None
    if target.dtype != tf.float32 or not pred.shape.num_elements() or pred.shape != target.shape:
        return None
    smoothing = params["label_smoothing"]
    if smoothing:
        target = (1.0 - smoothing) * target + smoothing / pred.shape[-1]
    each = tf.nn.softmax_cross_entropy_with_logits(target, pred)
    return each if reduction == "none" else tf.reduce_mean(each)


KERNELS: dict[tuple[str, str], Callable[..., Any]] = {
    ("losskit.catalogue.classification", "cross_entropy"): _cross_entropy,
}
