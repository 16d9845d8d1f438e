"""allRank; its targets and discounts are float32 whatever comes."""

from __future__ import annotations

from allrank.models import losses as allrank

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import far_rows, lists, one_by_one

LIBRARY = Library.TORCH
DISTRIBUTION = "allRank"


ROWS = [
    Row(
        lk.listnet(),
        "listNet",
        one_by_one(allrank.listNet, eps=0.0),
        mapping="eps=0: allRank adds 1e-10 to the shares of the scores",
        apart=(far_rows(80.0, "without it the logarithm of a share that rounds to 0 is infinite"),),
    ),
    Row(lk.pairwise_logistic(), "rankNet", one_by_one(allrank.rankNet), inputs=lists(), dtypes=("float32",)),
    Row(
        lk.listmle(),
        "listMLE",
        one_by_one(allrank.listMLE, eps=0.0),
        mapping="eps=0: allRank adds 1e-10 within the logarithm",
        inputs=lists(),
    ),
    Row(lk.approx_ndcg(), "approxNDCGLoss", one_by_one(allrank.approxNDCGLoss), inputs=lists(), dtypes=("float32",)),
    Row(
        lk.lambda_rank(),
        "lambdaLoss(weighing_scheme='lambdaRank_scheme', reduction_log='natural')",
        one_by_one(allrank.lambdaLoss, weighing_scheme="lambdaRank_scheme", reduction_log="natural"),
        mapping="natural logarithms: allRank starts from base 2",
        inputs=lists(),
        dtypes=("float32",),
    ),
]
