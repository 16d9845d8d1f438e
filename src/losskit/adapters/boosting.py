"""What gradient boosting asks of a loss: gradient and curvature of the sum over rows, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.adapters.refusals import is_rowwise


def gradient_and_curvature(loss: Any, raw: Any, label: Any, weight: Any) -> tuple[np.ndarray, np.ndarray]:
    """Both in the shape of `raw`: (n,), or (n, K) for a loss over classes; labels over classes are ids.

    `weight` (n,) multiplies both, as boosters expect; None or an empty array means none.
    """
    raw = np.asarray(raw)
    label = np.asarray(label)
    target = label.astype(np.int64) if is_rowwise(loss) else label.reshape(raw.shape)
    weight = None if weight is None or np.size(weight) == 0 else np.asarray(weight)
    return loss.gradient(raw, target, weight=weight), loss.curvature(raw, target, weight=weight)
