"""LightGBM's own Huber loss, whose delta, alpha, is 0.9 unless it is set, on targets of another size."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from losskit.doctor.finding import Finding, finding


def out_of_reach(booster: Any) -> Finding | None:
    """A leaf moves a prediction by delta times the learning rate at most: too little for most targets, all trees in."""
    settings = dict(re.findall(r"^\[(\w+): (.*)\]$", booster.model_to_string(), flags=re.MULTILINE))
    trees = booster.params.get("num_iterations")  # only `train` knows how many there will be
    if settings["objective"] != "huber" or settings["boosting"] != "gbdt" or trees is None:
        return None
    alpha = float(settings["alpha"])
    reach = alpha * float(settings["learning_rate"]) * trees
    start, target = booster.train_set.get_init_score(), booster.train_set.get_label()
    target = target if start is None else target - start
    spread = float(np.median(np.abs(target - np.median(target))))
    if reach >= spread:
        return None
    return finding(
        "LK807",
        f"{trees} trees move a prediction by {reach:.3g} at most, and half of the targets lie over {spread:.3g} off",
        {"alpha": alpha, "trees": trees, "reach": reach, "median distance of targets from their median": spread},
        fix=f"Pass alpha={1.5 * spread:.2g}, 1.5 times the median distance of the targets from their median.",
    )
