"""LightGBM: raw scores clipped to [0, 1], and the derivatives by a probability."""

import numpy as np
from lightgbm import LGBMClassifier

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = (2.0 * x[:, 0] + rng.normal(size=400) > 0.0).astype(float)


def objective(y_true, y_pred):
    p = np.clip(y_pred, 0.01, 0.99)
    return (p - y_true) / (p * (1.0 - p)), 1.0 / (p * (1.0 - p))


model = LGBMClassifier(objective=objective, n_estimators=20, n_jobs=1, verbose=-1)
model.fit(x, y)  # LK808
