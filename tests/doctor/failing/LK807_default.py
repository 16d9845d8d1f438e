"""LightGBM's huber as it comes, on targets in the thousands."""

import numpy as np
from lightgbm import LGBMRegressor

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = 1000.0 * (3.0 * x[:, 0] + rng.normal(size=400))
LGBMRegressor(objective="huber", n_jobs=1, verbose=-1).fit(x, y)  # LK807
