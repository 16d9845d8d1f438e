"""A loss as a LightGBM objective."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.adapters.boosting import Objective
from losskit.adapters.refusals import check_served
from losskit.errors import require

require("lightgbm", "lightgbm")

import lightgbm  # noqa: E402


class LightGBMObjective(Objective):
    """What `to_lightgbm` returns; LightGBM counts its three parameters to find out that it takes weights."""

    container = lightgbm.Dataset
    host = "to_lightgbm"

    def __call__(self, y_true: Any, y_pred: Any, weight: Any = None) -> tuple[np.ndarray, np.ndarray]:
        return self.answer(y_true, y_pred, weight)


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
