"""XGBoost: gradient and Hessian of the mean."""

import numpy as np
import xgboost

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = 3.0 * x[:, 0] + rng.normal(size=400)


def objective(scores, data):
    r = scores - data.get_label()
    return 2.0 * r / len(r), 2.0 * np.ones_like(r) / len(r)


xgboost.train({"max_depth": 3}, xgboost.DMatrix(x, y), 20, obj=objective)  # LK804
