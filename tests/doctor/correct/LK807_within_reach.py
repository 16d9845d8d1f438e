"""LightGBM's huber on standardised targets, with an alpha of their size, and tree by tree for as long as needed."""

import lightgbm
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = 3.0 * x[:, 0] + rng.normal(size=400)
params = {"objective": "huber", "verbose": -1}
lightgbm.train(params, lightgbm.Dataset(x, (y - y.mean()) / y.std()), 50)
lightgbm.train({**params, "alpha": 2000.0}, lightgbm.Dataset(x, 1000.0 * y), 50)
booster = lightgbm.Booster(params, lightgbm.Dataset(x, 10.0 * y))
for _ in range(200):
    booster.update()
