"""XGBoost: a Hessian whose sign is flipped."""

import numpy as np
from xgboost import XGBClassifier

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = (2.0 * x[:, 0] + rng.normal(size=400) > 0.0).astype(float)


def objective(y_true, y_pred):
    p = 1.0 / (1.0 + np.exp(-y_pred))
    return p - y_true, p * (p - 1.0)


model = XGBClassifier(objective=objective, n_estimators=20, max_depth=3)
model.fit(x, y)  # LK803
