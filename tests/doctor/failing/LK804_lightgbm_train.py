"""LightGBM: gradient and Hessian of the mean."""

import lightgbm
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = 3.0 * x[:, 0] + rng.normal(size=400)


def objective(scores, data):
    r = scores - data.get_label()
    return 2.0 * r / len(r), 2.0 * np.ones_like(r) / len(r)


lightgbm.train({"objective": objective, "verbose": -1}, lightgbm.Dataset(x, y), 20)  # LK804
