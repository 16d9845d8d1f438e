"""A constant above every slope, half a slope, weights on both, and gradients in single precision on large targets."""

import lightgbm
import numpy as np
import xgboost

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = 1e5 * (3.0 * x[:, 0] + rng.normal(size=400))
positive = (y > 0.0).astype(float)


def twice(scores, data):
    r = np.float32(scores) - data.get_label()
    return 2.0 * r, np.ones_like(r)


def weighted(scores, data):
    weight = np.where(data.get_label() > 0.0, 5.0, 1.0)
    p = 1.0 / (1.0 + np.exp(-scores))
    return weight * (p - data.get_label()), weight * np.maximum(p * (1.0 - p), 1e-6)


def logistic(scores, data):
    return 1.0 / (1.0 + np.exp(-scores)) - data.get_label(), np.full(scores.shape, 0.25)


lightgbm.train({"objective": twice, "verbose": -1}, lightgbm.Dataset(x, y), 20)
xgboost.train({"max_depth": 3}, xgboost.DMatrix(x, y), 20, obj=twice)
lightgbm.train({"objective": weighted, "verbose": -1}, lightgbm.Dataset(x, positive), 20)
xgboost.train({"max_depth": 3}, xgboost.DMatrix(x, positive), 20, obj=logistic)
