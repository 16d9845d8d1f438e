"""XGBoost: the metrics it reports, which are the losses it trains with; its scores are float32 whatever comes."""

from __future__ import annotations

import numpy as np
import xgboost as xgb

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Apart, Row
from parity.regions import FAR_HAZARDS, singly, times

LIBRARY = Library.NUMPY
DISTRIBUTION = "xgboost-cpu"


def _metric(pred, labels, **settings):
    """A metric of scores as they are: no round is trained."""
    rows = xgb.DMatrix(np.zeros((len(pred), 1)), base_margin=pred, **labels)
    return float(xgb.train(settings, rows, num_boost_round=0).eval(rows).rpartition(":")[2])


def _aft(distribution):
    def call(pred, time, event):
        labels = dict(label_lower_bound=[time], label_upper_bound=[time if event else np.inf])
        return _metric([pred], labels, objective="survival:aft", aft_loss_distribution=distribution)

    return singly(call)


def _floored(loss):
    return Apart(lambda *inputs: loss.each(*inputs) > 27.6, "XGBoost raises a likelihood below 1e-12 to 1e-12")


def _cox(pred, time, event):
    order = np.argsort(time, kind="stable")
    labels = dict(label=np.where(event > 0.5, time, -time)[order])
    return _metric(pred[order], labels, objective="survival:cox")


_VALUES = dict(slope=False, dtypes=("float32",))


def _aft_row(distribution):
    loss = lk.aft(distribution=distribution, full=True)
    peer = f"aft-nloglik, aft_loss_distribution='{distribution}'"
    return Row(loss, peer, _aft(distribution), apart=(_floored(loss),), **_VALUES)


ROWS = [
    *map(_aft_row, ("normal", "logistic", "extreme")),
    Row(
        lk.cox(),
        "cox-nloglik",
        singly(_cox),
        mapping="rows by time, times of censored rows negative",
        apart=(FAR_HAZARDS,),
        inputs=times(ties=True),
        **_VALUES,
    ),
]
