"""XGBoost: raw scores, asked for by that name, and the sigmoid of them."""

import numpy as np
from xgboost import XGBClassifier

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 5))
y = (2.0 * x[:, 0] + rng.normal(size=400) > 0.0).astype(float)


def objective(y_true, y_pred):
    p = 1.0 / (1.0 + np.exp(-y_pred))
    return p - y_true, p * (1.0 - p)


model = XGBClassifier(objective=objective, n_estimators=20, max_depth=3)
model.fit(x, y)
scores = model.predict(x, output_margin=True)
probability = 1.0 / (1.0 + np.exp(-scores))
print(((scores > 0.0) == y).mean(), probability.mean())
