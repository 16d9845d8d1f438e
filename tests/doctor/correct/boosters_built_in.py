"""Objectives that LightGBM and XGBoost bring, in regression, classification and ranking."""

import lightgbm
import numpy as np
import xgboost

rng = np.random.default_rng(0)
x = rng.normal(size=(300, 5))
y = 2.0 * x[:, 0] + rng.normal(size=300)
classes = x[:, :3].argmax(axis=1)
small = dict(n_estimators=30, n_jobs=1)

for objective in ("l2", "l1", "huber", "fair", "quantile"):
    lightgbm.LGBMRegressor(objective=objective, verbose=-1, **small).fit(x, y)
for objective in ("reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror"):
    xgboost.XGBRegressor(objective=objective, **small).fit(x, y)
for labels in (y > 0.0, classes):
    model = lightgbm.LGBMClassifier(verbose=-1, **small).fit(x, labels)
    print(model.predict_proba(x).sum(axis=1).max(), model.predict_proba(x, raw_score=True).min())
    other = xgboost.XGBClassifier(**small).fit(x, labels)
    print(other.predict_proba(x).sum(axis=1).max(), other.predict(x).max())
lightgbm.LGBMRanker(verbose=-1, **small).fit(x, classes, group=np.full(30, 10))
xgboost.XGBRanker(**small).fit(x, classes, qid=np.repeat(np.arange(30), 10))
