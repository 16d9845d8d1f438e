"""A loss that bends down far out: its curvature is bounded from above by gradient over residual; a few are negative."""

import lightgbm
import numpy as np
import xgboost

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = 3.0 * x[:, 0] + rng.standard_t(3, size=400)


def cauchy(scores, data):
    r = scores - data.get_label()
    return r / (1.0 + r * r), 1.0 / (1.0 + r * r)


def welsch(scores, data):
    u = (scores - data.get_label()) / 4.0
    return u * np.exp(-0.5 * u * u), (1.0 - u * u) * np.exp(-0.5 * u * u)


lightgbm.train({"objective": cauchy, "verbose": -1}, lightgbm.Dataset(x, y), 20)
xgboost.train({"max_depth": 3}, xgboost.DMatrix(x, y), 20, obj=welsch)
