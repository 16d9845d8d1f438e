"""A softmax over classes by hand, and focal loss with its exact Hessian, which is negative here and there."""

import lightgbm
import numpy as np
import xgboost

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
classes = x[:, :3].argmax(axis=1)
rare = (x[:, 0] + 0.5 * rng.normal(size=400) > 1.2).astype(float)


def softmax(scores, data):
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return p - np.eye(3)[data.get_label().astype(int)], np.maximum(2.0 * p * (1.0 - p), 1e-6)


def focal_slope(scores, sign):
    right = 1.0 / (1.0 + np.exp(-sign * scores))
    return sign * (1.0 - right) ** 2 * (2.0 * right * np.log(right) - (1.0 - right))


def focal(scores, data):
    sign = 2.0 * data.get_label() - 1.0
    around = focal_slope(scores + 1e-4, sign) - focal_slope(scores - 1e-4, sign)
    return focal_slope(scores, sign), around / 2e-4


params = {"num_class": 3, "objective": softmax, "verbose": -1}
lightgbm.train(params, lightgbm.Dataset(x, classes), 10)
lightgbm.train({"objective": focal, "verbose": -1}, lightgbm.Dataset(x, rare), 20)
xgboost.train({"num_class": 3}, xgboost.DMatrix(x, classes), 10, obj=softmax)
xgboost.train({"base_score": 0.0}, xgboost.DMatrix(x, rare), 20, obj=focal)
