"""What gradient boosting asks of a loss: gradient and curvature of the sum over rows, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.adapters.refusals import is_rowwise


class Objective:
    """A loss as a booster calls it. A subclass names the host's data container and its word for weights.

    Hosts call in two ways: estimators with (y_true, y_pred, weight), native training with (scores, container).
    """

    container: type
    host: str

    def __init__(self, loss: Any):
        self.loss = loss

    def answer(self, y_true: Any, y_pred: Any, weight: Any) -> tuple[np.ndarray, np.ndarray]:
        """Gradient and curvature, whichever way the host called."""
        if isinstance(y_pred, self.container):
            data: Any = y_pred
            return gradient_and_curvature(self.loss, y_true, data.get_label(), data.get_weight())
        return gradient_and_curvature(self.loss, y_pred, y_true, weight)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self  # nothing in it changes, and a loss made inside a function has no name to be found by

    def __repr__(self) -> str:
        return f"{self.host}({self.loss!r})"


def gradient_and_curvature(loss: Any, raw: Any, label: Any, weight: Any) -> tuple[np.ndarray, np.ndarray]:
    """Both in the shape of `raw`: (n,), or (n, K) for a loss over classes; labels over classes are ids.

    `weight` (n,) multiplies both, as boosters expect; None or an empty array means none.
    """
    raw = np.asarray(raw)
    label = np.asarray(label)
    target = label.astype(np.int64) if is_rowwise(loss) else label.reshape(raw.shape)
    weight = None if weight is None or np.size(weight) == 0 else np.asarray(weight)
    return loss.gradient(raw, target, weight=weight), loss.curvature(raw, target, weight=weight)
