"""Losses in scikit-learn: a classifier."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.errors import InvalidInput, require
from losskit.training.estimators import loss as of_loss
from losskit.training.estimators.base import LossEstimator

require("sklearn", "sklearn")

from sklearn.base import ClassifierMixin  # noqa: E402
from sklearn.utils.metaestimators import available_if  # noqa: E402
from sklearn.utils.multiclass import check_classification_targets, type_of_target  # noqa: E402
from sklearn.utils.validation import validate_data  # noqa: E402


class LossClassifier(ClassifierMixin, LossEstimator):
    """A classifier that minimises the loss you give it.

    loss: None is cross_entropy. A loss over classes serves two or more; a binary one (hinge, binary_cross_entropy ...)
        two, the second of `classes_` being its class 1. Parameters per class follow `classes_`.

    Other parameters and attributes as in LossRegressor. Labels may be anything that sorts. As in scikit-learn coef_ is
    (K, d) and intercept_ (K,) for K > 2 classes, and (1, d) and (1,) for two: the log-odds, or margin, of the second,
    under a loss over classes too (there the difference of the two scores).
    """

    _default_loss = "cross_entropy"

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LossClassifier:
        """X (n, d), y (n,) labels, sample_weight (n,): the fitted estimator."""
        self._check_parameters()
        self.loss_ = self._resolved()
        kind = of_loss.task(self.loss_)
        if kind not in ("binary", "multiclass"):
            raise InvalidInput(
                f"LossClassifier: {self.loss_!r} is no loss for classes", of_loss.estimator_for(self.loss_)
            )
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, ids = np.unique(y, return_inverse=True)
        X, ids, weight = self._weighted_rows(X, ids, sample_weight)
        self._check_classes(kind, y, len(np.unique(ids)))
        if kind == "binary":
            self._train(X, ids.astype(np.float64), weight)
        else:
            self._train(X, ids.astype(np.int64), weight, classes=len(self.classes_))
        if self.model == "linear" and len(self.classes_) == 2:
            weights, biases = self._layers[0]
            self.coef_, self.intercept_ = (
                (weights, biases) if kind == "binary" else (np.diff(weights, axis=0), np.diff(biases))
            )
        return self

    def _check_classes(self, kind: str, y: np.ndarray, weighty: int) -> None:
        if weighty < 2:
            raise InvalidInput("LossClassifier needs rows of two classes, got 1 class", "look at y and sample_weight")
        if kind == "binary" and len(self.classes_) > 2:
            raise InvalidInput(
                f"Only binary classification is supported by {self.loss_!r}. The type of the target is "
                f"{type_of_target(y)}, {len(self.classes_)} classes",
                "take a loss over classes: lk.cross_entropy()",
            )

    def decision_function(self, X: Any) -> np.ndarray:
        """(n,) for two classes, above 0 for the second; else (n, K), the greatest for the class predicted."""
        raw = self.raw_score(X)
        return raw[:, 1] - raw[:, 0] if raw.ndim == 2 and len(self.classes_) == 2 else raw

    def predict(self, X: Any) -> np.ndarray:
        """(n,) labels."""
        decision = self.decision_function(X)
        return self.classes_[decision.argmax(axis=1) if decision.ndim == 2 else (decision > 0).astype(np.int64)]

    @available_if(lambda self: self._loss_has(lambda loss: of_loss.scale(loss) != "identity"))
    def predict_proba(self, X: Any) -> np.ndarray:
        """(n, K) probabilities, columns as in `classes_`; there for losses whose link gives them (not hinge)."""
        raw = self.raw_score(X)
        given = of_loss.prediction(self.loss_, raw)
        return given if given.ndim == 2 else np.column_stack([1.0 - given, given])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = not self._loss_has(lambda loss: of_loss.task(loss) == "binary")
        return tags
