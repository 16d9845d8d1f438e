"""A loss as a scikit-learn scorer, on anybody's estimators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from losskit.errors import InvalidInput, NotSupported, require
from losskit.training.estimators import loss as of_loss
from losskit.training.estimators.base import LossEstimator

require("sklearn", "sklearn")

from sklearn.pipeline import Pipeline  # noqa: E402
from sklearn.utils.metadata_routing import MetadataRequest  # noqa: E402
from sklearn.utils.validation import check_is_fitted  # noqa: E402

TINY = np.finfo(np.float64).tiny  # what a probability of 0 counts as: its logarithm is -708


def scorer(loss: Any) -> LossScorer:
    """The loss as a scorer, `scorer(estimator, X, y, sample_weight=None)`: greater is better, so minus the mean loss.

    For `scoring=` in cross_val_score, GridSearchCV, permutation_importance and the like. loss: a losskit loss, its name
    or its dict. The loss is given the raw scores of losskit's estimators that were trained on its scale, in a pipeline
    or a search too. Of any other estimator it takes `predict` (squared_error, huber ...), the logarithm of `predict`
    (poisson, gamma ...), log1p of it (log_squared_error), the log-odds or logarithms of `predict_proba`
    (binary_cross_entropy, cross_entropy ...; a probability of 0 counts as 2e-308), or `decision_function` (hinge ...).
    Labels are matched with the estimator's `classes_`.

    Raises NotSupported for an estimator that has no such method, and for losses over lists; InvalidInput for labels
    that the estimator has not seen and for predictions outside the domain.
    """
    loss = of_loss.resolve(loss, "scorer")
    if of_loss.task(loss) == "ranking":
        raise NotSupported(f"{loss!r} judges lists, which a scorer is not told of", "call LossRanker.score with qid=")
    return LossScorer(loss)


class LossScorer:
    """What `scorer` returns."""

    def __init__(self, loss: Any):
        self.loss = loss
        self._request = MetadataRequest(owner=self)

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        raw, target = self._raw_and_target(estimator, X, np.asarray(y))
        weight = None if sample_weight is None else np.asarray(sample_weight, np.float64)
        if weight is not None and target.ndim == 2:
            weight = np.repeat(weight[:, None], target.shape[1], axis=1)
        return -float(self.loss(raw, target, weight=weight))

    def __repr__(self) -> str:
        return f"lk.scorer({self.loss!r})"

    def set_score_request(self, *, sample_weight: bool | str | None) -> LossScorer:
        """Whether scikit-learn's metadata routing hands `sample_weight` over, and under which name."""
        self._request.score.add_request(param="sample_weight", alias=sample_weight)
        return self

    def get_metadata_routing(self) -> MetadataRequest:
        """What metadata routing asks for."""
        return self._request

    def _raw_and_target(self, estimator: Any, X: Any, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        estimator, X = _innermost(estimator, X)
        raw = self._raw(estimator, X)
        if of_loss.task(self.loss) == "regression" or not hasattr(estimator, "classes_"):
            return raw, y.astype(np.float64)
        ids = _class_ids(estimator.classes_, y)
        if of_loss.task(self.loss) == "multiclass":
            return raw, ids
        if len(estimator.classes_) != 2:
            raise InvalidInput(
                f"{self.loss!r} judges two classes, {type(estimator).__name__} has {len(estimator.classes_)}",
                "score by a loss over classes: lk.cross_entropy()",
            )
        return raw, ids.astype(np.float64)

    def _raw(self, estimator: Any, X: Any) -> np.ndarray:
        """The raw scores that the loss judges."""
        scale, task = of_loss.scale(self.loss), of_loss.task(self.loss)
        if isinstance(estimator, LossEstimator):
            check_is_fitted(estimator)
            if (of_loss.scale(estimator.loss_), of_loss.task(estimator.loss_)) == (scale, task):
                return estimator.raw_score(X)
        margin = task == "binary" and scale == "identity"
        method, raw_of = ("decision_function", np.asarray) if margin else _READINGS.get(scale, ("", np.asarray))
        if not hasattr(estimator, method):
            raise NotSupported(
                f"{self.loss!r} judges {method or 'raw scores on a scale of its own'}, which "
                f"{type(estimator).__name__} does not give",
                "score by another loss, or train losskit's estimator with this one",
            )
        return raw_of(np.asarray(getattr(estimator, method)(X), np.float64))


def _innermost(estimator: Any, X: Any) -> tuple[Any, Any]:
    """The estimator that predicts inside pipelines and searches, and X as it comes there."""
    while True:
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif isinstance(estimator, Pipeline):
            X = estimator[:-1].transform(X) if len(estimator) > 1 else X
            estimator = estimator[-1]
        else:
            return estimator, X


def _class_ids(classes: np.ndarray, y: np.ndarray) -> np.ndarray:
    unknown = ~np.isin(y, classes)
    if unknown.any():
        raise InvalidInput(
            f"y holds {y[unknown][0]!r}, a class that the estimator has not seen ({int(unknown.sum())} of {y.size})",
            "stratify the folds, or leave rare classes out",
        )
    return np.searchsorted(classes, y)


def _logarithm(domain: str, shift: float = 0.0) -> Callable[[np.ndarray], np.ndarray]:
    def inverse(predicted: np.ndarray) -> np.ndarray:
        if (predicted <= -shift).any():
            raise InvalidInput(
                f"the estimator predicts {predicted.min():g}; the loss judges predictions {domain}",
                "score by another loss, or use an estimator that keeps to them",
            )
        return np.log1p(predicted) if shift else np.log(predicted)

    return inverse


def _log_odds(probability: np.ndarray) -> np.ndarray:
    logs = _log(probability)
    return logs[:, 1] - logs[:, 0]


def _log(probability: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(probability, TINY))


# By the link of a loss: what it reads of an estimator, and how that becomes the raw score.
_READINGS: dict[Any, tuple[str, Callable[[np.ndarray], np.ndarray]]] = {
    "identity": ("predict", np.asarray),
    "exp": ("predict", _logarithm("above 0")),
    "expm1": ("predict", _logarithm("above -1", 1.0)),
    "sigmoid": ("predict_proba", _log_odds),
    "softmax": ("predict_proba", _log),
}
