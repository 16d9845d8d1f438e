"""A loss as a LightGBM objective."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.adapters.boosting import gradient_and_curvature
from losskit.adapters.refusals import check_served
from losskit.errors import require

require("lightgbm", "lightgbm")

import lightgbm  # noqa: E402


class LightGBMObjective:
    """What `to_lightgbm` returns; LightGBM counts its three parameters to find out that it takes weights."""

    def __init__(self, loss: Any):
        self.loss = loss

    def __call__(self, y_true: Any, y_pred: Any, weight: Any = None) -> tuple[np.ndarray, np.ndarray]:
        if isinstance(y_pred, lightgbm.Dataset):  # lightgbm.train calls (preds, Dataset)
            data = y_pred
            return gradient_and_curvature(self.loss, y_true, data.get_label(), data.get_weight())
        return gradient_and_curvature(self.loss, y_pred, y_true, weight)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self  # nothing in it changes, and a loss made inside a function has no name to be found by

    def __repr__(self) -> str:
        return f"to_lightgbm({self.loss!r})"


def to_lightgbm(loss: Any) -> LightGBMObjective:
    """The loss as an objective: `LGBMRegressor(objective=...)` or `lightgbm.train({"objective": ...}, dataset)`.

    It returns the gradient and a positive curvature (`loss.curvature`), (n,) or, for a loss over classes, (n, K) with
    ids as labels and `num_class=K` among the parameters. Sample weights multiply both.

    LightGBM predicts raw scores for an objective of yours: apply `loss.link(raw)` where they are not yet the prediction
    (binary_cross_entropy, poisson ...). It starts such an objective from 0 and takes steps of size 1 for losses without
    curvature (absolute_error, quantile ...): scale the target, or pass `init_score=`, as the snippet of the loss does.
    Raises NotSupported for a loss that cannot be trained or takes other inputs.
    """
    check_served(loss, "to_lightgbm")
    return LightGBMObjective(loss)
