"""What an estimator asks of its loss: that it can be trained, what for, and on which scale its raw scores lie."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from losskit.adapters.refusals import check_served
from losskit.core.domains import Domain
from losskit.core.registry import get
from losskit.errors import InvalidInput, NotSupported


def resolve(loss: Any, host: str) -> Any:
    """A loss given as one, by name or as a dict; raises where `host` cannot train with it."""
    loss = get(loss) if isinstance(loss, (str, Mapping)) else loss
    check_served(loss, host)
    for _, part in loss._terms():
        domain = part.definition.inputs[part.definition.lead]
        if domain.low > -math.inf or domain.high < math.inf:
            raise NotSupported(
                f"{part.name} takes {domain.description}: {host} predicts any real number",
                "take the loss of a raw score (losskit list)",
            )
    if len({scale(part) for _, part in loss._terms()}) > 1:
        raise InvalidInput(
            f"{loss!r} adds losses whose raw scores mean different things: {host} has one raw score",
            "add losses of one link, for example squared_error and huber",
        )
    return loss


def task(loss: Any) -> str:
    """What the loss trains for: "regression", "binary", "multiclass" or "ranking"."""
    return loss._terms()[0][1].definition.task


def target_domain(loss: Any) -> Domain:
    """What the targets of the loss may be."""
    d = loss._terms()[0][1].definition
    return next(domain for name, domain in d.inputs.items() if name != d.lead)


def scale(loss: Any) -> Any:
    """What a raw score means: the name of its link ("identity", "exp", "sigmoid" ...), or the loss's own function."""
    d = loss._terms()[0][1].definition
    return d.link or d.inputs[d.lead].link


def prediction(loss: Any, raw: np.ndarray) -> np.ndarray:
    """The raw score on the target's scale: a value, a rate, a probability."""
    return loss._terms()[0][1].link(raw)


def estimator_for(loss: Any) -> str:
    """The remedy for a loss that was given to the wrong estimator."""
    hosts = {"regression": "LossRegressor", "ranking": "LossRanker"}
    return f"give it to lk.{hosts.get(task(loss), 'LossClassifier')}"
