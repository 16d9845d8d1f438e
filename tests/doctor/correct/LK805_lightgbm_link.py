"""LightGBM: raw scores, asked for by that name, and the sigmoid of them."""

import numpy as np
from lightgbm import LGBMClassifier

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = (2.0 * x[:, 0] + rng.normal(size=400) > 0.0).astype(float)


def objective(y_true, y_pred):
    p = 1.0 / (1.0 + np.exp(-y_pred))
    return p - y_true, p * (1.0 - p)


model = LGBMClassifier(objective=objective, n_estimators=20, n_jobs=1, verbose=-1)
model.fit(x, y)
scores = model.predict(x, raw_score=True)
probability = 1.0 / (1.0 + np.exp(-scores))
print(((scores > 0.0) == y).mean(), probability.mean())
