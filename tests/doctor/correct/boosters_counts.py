"""Counts, gammas and rates through the exponential: their raw scores are logarithms, far below the targets."""

import lightgbm
import numpy as np
import xgboost

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
counts = rng.poisson(200.0 * np.exp(0.5 * x[:, 0])).astype(float)
amounts = 1e4 * rng.gamma(2.0, np.exp(0.5 * x[:, 0]))


def poisson(scores, data):
    mean = np.exp(scores)
    return mean - data.get_label(), mean


def gamma(scores, data):
    share = data.get_label() * np.exp(-scores)
    return 1.0 - share, share


def tweedie(scores, data):
    a, b = data.get_label() * np.exp(-0.5 * scores), np.exp(0.5 * scores)
    return b - a, 0.5 * (a + b)


start = np.log(counts.mean())
lightgbm.train({"objective": poisson, "verbose": -1}, lightgbm.Dataset(x, counts, init_score=np.full(400, start)), 20)
lightgbm.train({"objective": gamma, "verbose": -1}, lightgbm.Dataset(x, amounts), 20)
lightgbm.train({"objective": tweedie, "verbose": -1}, lightgbm.Dataset(x, counts), 20)
xgboost.train({"base_score": start}, xgboost.DMatrix(x, counts), 20, obj=poisson)
xgboost.train({"base_score": 5.0}, xgboost.DMatrix(x, amounts), 20, obj=gamma)
xgboost.train({}, xgboost.DMatrix(x, counts), 20, obj=tweedie)
