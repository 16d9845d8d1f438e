"""losskit's objectives and estimators: robust, kinked, focal, over classes and over lists."""

import lightgbm
import numpy as np
import xgboost

import losskit as lk
from losskit.adapters.lightgbm import LossLGBMClassifier, LossLGBMRegressor
from losskit.adapters.xgboost import LossXGBClassifier, LossXGBRegressor

rng = np.random.default_rng(0)
x = rng.normal(size=(300, 5))
y = 1000.0 + 30.0 * x[:, 0] + rng.standard_t(3, size=300)
classes = x[:, :3].argmax(axis=1)
rare = (x[:, 0] > 1.2).astype(int)
lists = np.repeat(np.arange(30), 10)

for loss in (lk.huber(delta=2.0), lk.absolute_error(), lk.quantile(level=0.9), lk.welsch()):
    lightgbm.LGBMRegressor(objective=lk.to_lightgbm(loss), n_estimators=5, n_jobs=1, verbose=-1).fit(x, y)
    xgboost.XGBRegressor(objective=lk.to_xgboost(loss), n_estimators=5).fit(x, y)
    LossLGBMRegressor(objective=loss, n_estimators=5, n_jobs=1, verbose=-1).fit(x, y)
    LossXGBRegressor(objective=loss, n_estimators=5).fit(x, y)
for estimator, options in ((LossLGBMClassifier, dict(n_jobs=1, verbose=-1)), (LossXGBClassifier, {})):
    model = estimator(objective=lk.focal(), n_estimators=5, **options).fit(x, rare)
    print(model.predict(x).mean(), model.predict_proba(x).min())
    print(estimator(objective=lk.cross_entropy(), n_estimators=5, **options).fit(x, classes).predict_proba(x).min())
xgboost.train({}, xgboost.DMatrix(x, classes, qid=lists), 5, obj=lk.to_xgboost(lk.listnet()))
params = {"objective": lk.to_lightgbm(lk.listnet()), "verbose": -1}
lightgbm.train(params, lightgbm.Dataset(x, classes, group=np.full(30, 10)), 5)
