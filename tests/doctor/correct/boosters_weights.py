"""Weights of rows, cross-validation, and objectives that hold the targets, count their calls or draw at random."""

import lightgbm
import numpy as np
import xgboost

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = 3.0 * x[:, 0] + rng.normal(size=400)
weight = rng.uniform(0.1, 100.0, size=400)


def for_lightgbm(y_true, y_pred, weight):
    weight = np.ones_like(y_pred) if weight is None else weight
    return weight * (y_pred - y_true), weight


def for_xgboost(y_true, y_pred, sample_weight=None):
    return for_lightgbm(y_true, y_pred, sample_weight)


def holds_the_targets(scores, data):
    return weight * (scores - y), weight


class Annealed:
    """A quantile that sharpens from call to call, with a little noise."""

    def __init__(self):
        self.calls = 0

    def __call__(self, scores, data):
        self.calls += 1
        r = (scores - data.get_label()) * min(self.calls, 10) + 1e-3 * np.random.randn(len(scores))
        return np.tanh(r), np.ones_like(r)


lightgbm.LGBMRegressor(objective=for_lightgbm, n_estimators=20, n_jobs=1, verbose=-1).fit(x, y, sample_weight=weight)
xgboost.XGBRegressor(objective=for_xgboost, n_estimators=20).fit(x, y, sample_weight=weight)
lightgbm.train({"objective": holds_the_targets, "verbose": -1}, lightgbm.Dataset(x, y), 20)
xgboost.train({}, xgboost.DMatrix(x, y), 20, obj=holds_the_targets)
lightgbm.train({"objective": Annealed(), "verbose": -1}, lightgbm.Dataset(x, y), 20)
xgboost.train({}, xgboost.DMatrix(x, y), 20, obj=Annealed())
folds = {"objective": lambda scores, data: (scores - data.get_label(), np.ones_like(scores)), "metric": "l2"}
lightgbm.cv({**folds, "verbose": -1}, lightgbm.Dataset(x, y), 10, stratified=False)
xgboost.cv({}, xgboost.DMatrix(x, y), 10, obj=folds["objective"])
