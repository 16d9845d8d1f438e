"""LightGBM: the metrics it reports, which are the losses it trains with; its labels are float32 whatever comes."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row

LIBRARY = Library.NUMPY
DISTRIBUTION = "lightgbm"


def _metric(name, **settings):
    """A metric of scores as they are, and one number for all: no round is trained."""

    def call(pred, target):
        rows = lgb.Dataset(np.zeros((len(pred), 1)), label=target, init_score=pred)
        booster = lgb.Booster(dict(objective=name, metric=name, verbose=-1, **settings), rows)
        return booster.eval_train()[0][2]

    return dict(theirs=call, slope=False)


ROWS = [
    Row(lk.fair(scale=0.7), "fair, fair_c=0.7", **_metric("fair", fair_c=0.7)),
    Row(lk.huber(delta=0.9), "huber", mapping="delta=0.9: LightGBM's alpha starts there", **_metric("huber")),
    Row(lk.quantile(level=0.9), "quantile", mapping="level=0.9: LightGBM's alpha starts there", **_metric("quantile")),
    Row(lk.mape(eps=1.0), "mape", mapping="eps=1: LightGBM floors |target| there", **_metric("mape")),
]
