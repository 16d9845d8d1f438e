"""LightGBM: Cauchy's loss with its exact Hessian, far from every target."""

import lightgbm
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = 20.0 + 3.0 * x[:, 0] + rng.normal(size=400)


def objective(scores, data):
    r = scores - data.get_label()
    return r / (1.0 + r * r), (1.0 - r * r) / (1.0 + r * r) ** 2


lightgbm.train({"objective": objective, "verbose": -1}, lightgbm.Dataset(x, y), 20)  # LK803
