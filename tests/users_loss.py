"""A user's own module: a loss of ten lines."""

from __future__ import annotations

import losskit as lk


@lk.define_loss(pred=lk.Real, target=lk.Real, cost=lk.Positive(3.0, doc="of a unit short over a unit left"))
def shortage(ops, pred, target, *, cost):
    """Squared error that costs `cost` times more where too little was predicted."""
    r = pred - target
    return ops.where(r < 0.0, cost * r * r, r * r)
