"""XGBoost: target minus score, and so uphill."""

import numpy as np
import xgboost

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = 3.0 * x[:, 0] + rng.normal(size=400)


def objective(scores, data):
    return data.get_label() - scores, np.ones_like(scores)


xgboost.train({"max_depth": 3}, xgboost.DMatrix(x, y), 20, obj=objective)  # LK801
