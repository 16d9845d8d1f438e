"""LightGBM: Huber's loss with its exact Hessian, far from every target."""

import lightgbm
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = 1000.0 + 3.0 * x[:, 0] + rng.normal(size=400)


def objective(scores, data):
    r = scores - data.get_label()
    return np.clip(r, -1.0, 1.0), (np.abs(r) <= 1.0).astype(float)


lightgbm.train({"objective": objective, "verbose": -1}, lightgbm.Dataset(x, y), 20)  # LK802
