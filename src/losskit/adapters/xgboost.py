"""A loss as an XGBoost objective."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.adapters.boosting import Objective
from losskit.adapters.refusals import check_served
from losskit.errors import require

require("xgboost", "xgboost")

import xgboost  # noqa: E402


class XGBoostObjective(Objective):
    """What `to_xgboost` returns; XGBoost's estimators look for the parameter named `sample_weight`."""

    container = xgboost.DMatrix
    host = "to_xgboost"

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tuple[np.ndarray, np.ndarray]:
        return self.answer(y_true, y_pred, sample_weight)


def to_xgboost(loss: Any) -> XGBoostObjective:
    """The loss as an objective: `xgboost.train(params, data, obj=...)` or `XGBRegressor(objective=...)`.

    It returns the gradient and a positive curvature (`loss.curvature`), (n,) or, for a loss over classes, (n, K) with
    ids as labels and `num_class=K` among the parameters. Sample weights multiply both.

    XGBoost predicts raw scores for an objective of yours: apply `loss.link(raw)` where they are not yet the prediction
    (binary_cross_entropy, poisson ...). Losses without curvature (absolute_error, quantile ...) take steps of size 1:
    scale the target, and pass `base_score=`, as the snippet of the loss does.
    Raises NotSupported for a loss that cannot be trained or takes other inputs.
    """
    check_served(loss, "to_xgboost")
    return XGBoostObjective(loss)
