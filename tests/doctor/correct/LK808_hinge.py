"""A squared error on 0 and 1, and hinges, which have no probabilities and want none."""

import lightgbm
import numpy as np
import xgboost

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = (2.0 * x[:, 0] + rng.normal(size=400) > 0.0).astype(float)


def brier(scores, data):
    return scores - data.get_label(), np.ones_like(scores)


def squared_hinge(scores, data):
    sign = 2.0 * data.get_label() - 1.0
    short = np.maximum(1.0 - sign * scores, 0.0)
    return -2.0 * sign * short, np.where(short > 0.0, 2.0, 1e-3)


lightgbm.train({"objective": brier, "verbose": -1}, lightgbm.Dataset(x, y), 20)
lightgbm.train({"objective": squared_hinge, "verbose": -1}, lightgbm.Dataset(x, y), 20)
xgboost.train({"max_depth": 3}, xgboost.DMatrix(x, y), 20, obj=brier)
xgboost.train({"max_depth": 3}, xgboost.DMatrix(x, y), 20, obj=squared_hinge)
