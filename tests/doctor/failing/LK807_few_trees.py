"""LightGBM's huber as it comes, with 20 trees on targets whose deviation is 30."""

import lightgbm
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = 100.0 + 30.0 * x[:, 0] + rng.normal(size=400)
params = {"objective": "huber", "learning_rate": 0.05, "verbose": -1}
lightgbm.train(params, lightgbm.Dataset(x, y), num_boost_round=20)  # LK807
