"""LightGBM: the absolute error, with the second derivative that it has."""

import numpy as np
from lightgbm import LGBMRegressor

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = 3.0 * x[:, 0] + rng.normal(size=400)


def objective(y_true, y_pred):
    return np.sign(y_pred - y_true), np.zeros_like(y_pred)


model = LGBMRegressor(objective=objective, n_estimators=20, n_jobs=1, verbose=-1)
model.fit(x, y)  # LK802
