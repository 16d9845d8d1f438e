"""The law of estimates: the best constant prediction is what the loss says it estimates."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.core.loss import Loss
from losskit.testing.claims import predicts_classes
from losskit.testing.samples import class_count


def assert_estimates(loss: Loss) -> None:
    """The constant with the least mean loss over skewed data is what the loss claims to estimate."""
    if loss.estimates is None:
        return
    if len(loss.definition.wrt) > 1:
        _assert_constants(loss)
    elif loss.kind == "rowwise":
        _assert_class_scores(loss)
    elif predicts_classes(loss):
        for share in (0.2, 0.65):
            y = np.repeat([1.0, 0.0], [int(1000 * share), 1000 - int(1000 * share)])
            _assert_binary(loss, share, best_constant(loss, y))
    else:
        y = np.random.default_rng(5).gamma(2.0, 1.5, 301)
        best = best_constant(loss, y)
        _assert_location(loss, y, float(loss.link(np.array([best]))[0]))


def best_constant(loss: Loss, y: np.ndarray) -> float:
    """The constant score with the least mean loss, by a search that narrows."""
    low, high = -3.0, 20.0
    pred = loss.definition.inputs[loss.definition.lead]
    low, high = max(low, pred.low + 1e-6), min(high, pred.high - 1e-6)
    for _ in range(12):
        tried = np.linspace(low, high, 101)
        means = [loss(np.full(len(y), c), y) for c in tried]
        at = int(np.argmin(means))
        low, high = tried[max(at - 2, 0)], tried[min(at + 2, 100)]
    return 0.5 * (low + high)


def _assert_location(loss: Loss, y: np.ndarray, predicted: float) -> None:
    claim = str(loss.estimates)
    mean, median = float(np.mean(y)), float(np.median(y))
    level = float(claim.split()[-1]) if claim.startswith(("quantile", "expectile")) else 0.5
    if claim == "between mean and median":
        slack = 0.01 * float(np.std(y))  # with a small scale it is a smoothed median, which may lie beside the median
        assert median - slack <= predicted <= mean + slack, f"{loss!r} estimates {predicted}, not in [{median}, {mean}]"
    elif claim.startswith("expectile"):
        above, below = (float(np.sum(np.maximum(s * (y - predicted), 0.0))) for s in (1.0, -1.0))
        assert abs(level * above - (1.0 - level) * below) < 1e-3, f"{loss!r} estimates {predicted}, which is no {claim}"
    elif claim == "mean of log1p":
        _assert_near(loss, float(np.log1p(predicted)), float(np.mean(np.log1p(y))))
    elif claim.startswith("quantile"):
        _assert_near(loss, predicted, float(np.quantile(y, level, method="inverted_cdf")))
    else:
        _assert_near(loss, predicted, _known(loss, {"mean": mean, "median": median}))


def _assert_binary(loss: Loss, share: float, score: float) -> None:
    odds = float(np.log(share / (1.0 - share)))
    if loss.estimates == "sign":
        assert np.sign(score) == np.sign(share - 0.5), f"{loss!r} scores {score} where a share of {share} is 1"
    elif loss.estimates == "mean":
        _assert_near(loss, float(loss.link(np.array([score]))[0]), share)
    else:
        _assert_near(loss, score, _known(loss, {"log-odds": odds, "half the log-odds": odds / 2.0}))


def _assert_class_scores(loss: Loss) -> None:
    """At the scores it claims, the gradient of the expected loss vanishes."""
    share = np.arange(class_count(loss), 0.0, -1.0)
    scores = np.log(share / np.sum(share))
    claims = {"log-probabilities": scores}
    if {"temperature", "prior"} <= loss.params.keys():
        balanced = scores - loss.params["temperature"] * np.log(loss.params["prior"])
        claims["log-probabilities of balanced classes"] = balanced
    wanted = _known(loss, claims)
    gradient = loss.gradient(np.broadcast_to(wanted, (len(share), len(share))), np.arange(len(share)))
    slope = np.sum(share[:, None] / np.sum(share) * gradient, axis=0)
    assert np.allclose(slope, 0.0, atol=1e-12), f"{loss!r} is not at its least at {loss.estimates}: {slope}"


def _assert_constants(loss: Loss) -> None:
    """No other constants near those that it claims, one for each differentiated input, have a lower mean loss.

    What is positive is predicted by its logarithm.
    """
    y = np.random.default_rng(5).gamma(2.0, 1.5, 301)
    wanted = np.array([_constant(loss, part, y) for part in str(loss.estimates).split(" and ")])

    def mean(constants: np.ndarray) -> float:
        return float(loss(*(np.full(len(y), c) for c in constants), y))

    around = np.random.default_rng(6).standard_normal((200, len(wanted))) * np.geomspace(1e-3, 1.0, 200)[:, None]
    better = [step for step in around if mean(wanted + step) < mean(wanted) - 1e-12]
    assert not better, f"{loss!r} is not at its least at {loss.estimates}: it is less {better[0]} away"


def _constant(loss: Loss, claim: str, y: np.ndarray) -> float:
    if claim.startswith("quantile "):
        return float(np.quantile(y, float(claim.split()[1]), method="inverted_cdf"))
    deviation = np.mean(np.abs(y - np.median(y)))
    meanings = {
        "mean": np.mean(y),
        "median": np.median(y),
        "variance": np.log(np.var(y)),
        "mean absolute deviation": np.log(deviation),
    }
    assert claim in meanings, f"{loss!r} claims to estimate {claim!r}, which no law knows here"
    return float(meanings[claim])


def _known(loss: Loss, meanings: dict[str, Any]) -> Any:
    claim = str(loss.estimates)
    known = ", ".join(meanings)
    assert claim in meanings, f"{loss!r} claims to estimate {claim!r}, which no law knows here (known: {known})"
    return meanings[claim]


def _assert_near(loss: Loss, found: float, wanted: float) -> None:
    assert abs(found - wanted) < 1e-4 * (1.0 + abs(wanted)), f"{loss!r} estimates {found}, {loss.estimates} is {wanted}"
