"""XGBoost: Huber's loss with its exact Hessian, far from every target."""

import numpy as np
import xgboost

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = 1000.0 + 3.0 * x[:, 0] + rng.normal(size=400)


def objective(scores, data):
    r = scores - data.get_label()
    return np.clip(r, -1.0, 1.0), (np.abs(r) <= 1.0).astype(float)


xgboost.train({"max_depth": 3, "base_score": 0.0}, xgboost.DMatrix(x, y), 20, obj=objective)  # LK802
