"""XGBoost: p - y and p * (1 - p), without a sigmoid for p."""

import numpy as np
import xgboost

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = (2.0 * x[:, 0] + rng.normal(size=400) > 0.0).astype(float)


def objective(scores, data):
    y = data.get_label()
    return scores - y, scores * (1.0 - scores)


xgboost.train({"max_depth": 3}, xgboost.DMatrix(x, y), 20, obj=objective)  # LK808
