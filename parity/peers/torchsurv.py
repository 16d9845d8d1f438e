"""torchsurv; it computes in float32 whatever comes."""

from __future__ import annotations

import math

import torch
from torchsurv.loss.cox import neg_partial_log_likelihood
from torchsurv.loss.weibull import neg_log_likelihood_weibull

import losskit as lk
from losskit.testing.libraries import Library
from losskit.testing.samples import sample
from parity.comparison import Row
from parity.regions import FAR_HAZARDS, times

LIBRARY = Library.TORCH
DISTRIBUTION = "torchsurv"

_SINGLE = ("float32",)


def _cox(**options):
    def call(pred, time, event):
        batches = zip(pred, event > 0.5, time, strict=True)
        return torch.stack([neg_partial_log_likelihood(*batch, **options) for batch in batches])

    return call


def _weibull(pred, time, event):
    params = torch.stack([pred, torch.full_like(pred, -math.log(0.7))], -1)
    return neg_log_likelihood_weibull(params, event > 0.5, time)


ROWS = [
    Row(lk.cox(), "neg_partial_log_likelihood", _cox(), inputs=times(), dtypes=_SINGLE),
    Row(
        lk.cox(),
        "neg_partial_log_likelihood(ties_method='breslow', reduction='sum')",
        lambda pred, time, event: _cox(ties_method="breslow", reduction="sum")(pred, time, event) / event.sum(-1),
        mapping="over the number of events: its mean is over the times of events",
        apart=(FAR_HAZARDS,),
        inputs=times(ties=True),
        dtypes=_SINGLE,
    ),
    Row(
        lk.aft(distribution="extreme", scale=0.7, full=True),
        "neg_log_likelihood_weibull",
        _weibull,
        mapping="of log-shapes -log(scale), and of hazards below 1e10, to which it clips them",
        inputs=sample(lk.aft(), rows=48),
        dtypes=_SINGLE,
    ),
]
