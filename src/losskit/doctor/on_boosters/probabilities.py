"""Raw scores of a custom objective that come back as probabilities."""

from __future__ import annotations

import numpy as np

from losskit.doctor.finding import Finding, finding


def raw_scores(given: np.ndarray) -> Finding | None:
    """What `predict_proba` gave is outside of [0, 1]."""
    outside = (given < 0.0) | (given > 1.0)
    if not outside.any():
        return None
    return finding(
        "LK805",
        "predict_proba returned raw scores: LightGBM does not know the link of your objective",
        {"least": float(given.min()), "greatest": float(given.max()), "outside [0, 1]": float(outside.mean())},
    )
