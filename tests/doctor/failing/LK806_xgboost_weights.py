"""XGBoost: the gradient is weighted, the Hessian is not."""

import numpy as np
from xgboost import XGBRegressor

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = 3.0 * x[:, 0] + rng.normal(size=400)


def objective(y_true, y_pred):
    weight = np.where(y_true > -2.0, 50.0, 1.0)
    return weight * (y_pred - y_true), np.ones_like(y_pred)


model = XGBRegressor(objective=objective, n_estimators=20, max_depth=3)
model.fit(x, y)  # LK806
