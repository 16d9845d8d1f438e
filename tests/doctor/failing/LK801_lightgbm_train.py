"""LightGBM: target minus score, and so uphill."""

import lightgbm
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = 3.0 * x[:, 0] + rng.normal(size=400)


def objective(scores, data):
    return data.get_label() - scores, np.ones_like(scores)


lightgbm.train({"objective": objective, "verbose": -1}, lightgbm.Dataset(x, y), 20)  # LK801
