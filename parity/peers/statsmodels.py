"""statsmodels."""

from __future__ import annotations

from statsmodels.duration.hazard_regression import PHReg
from statsmodels.robust import norms

import losskit as lk
from losskit.testing.libraries import Library
from parity.comparison import Row
from parity.regions import singly, times

LIBRARY = Library.NUMPY
DISTRIBUTION = "statsmodels"

_TUKEY = norms.TukeyBiweight(c=4.685)


def _cox(pred, time, event):
    """The mean over the events, of the scores as one column whose coefficient is 1."""
    return -PHReg(time, pred[:, None], status=event, ties="breslow").loglike([1.0]) / event.sum()


ROWS = [
    Row(
        lk.tukey(),
        "robust.norms.TukeyBiweight",
        lambda pred, target: _TUKEY.rho(pred - target),
        slope=lambda pred, target: _TUKEY.psi(pred - target),
    ),
    Row(
        lk.cox(),
        "PHReg(ties='breslow').loglike",
        singly(_cox),
        mapping="its sign turned, over the number of events",
        slope=False,
        inputs=times(ties=True),
    ),
]
