"""The winning model, trained on all rows, ready for new ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from losskit.chooser import rules
from losskit.chooser.features import Features
from losskit.chooser.metrics import Metric
from losskit.core.loss import Loss
from losskit.errors import NotSupported
from losskit.training.layers import Layers, predict


@dataclass(frozen=True)
class Predictor:
    """Features, model, link and decision rule in one; it can be pickled.

    `predict` gives values or the original class labels, `predict_proba` (n, classes) probabilities; both take a table
    with the columns of the first one: a DataFrame, or an array where that was given.
    """

    features: Features
    layers: Layers
    loss: Loss
    task: str
    classes: tuple[Any, ...] | None
    rule: str
    state: Any
    metric: Metric

    def predict(self, X: Any) -> np.ndarray:
        """(n,) values on the target's scale, or class labels."""
        prediction = self._prediction(X)
        if self.classes is None:
            return rules.apply(self.rule, self.state, self.metric, prediction)
        return np.asarray(self.classes)[rules.decide_class(self.state, prediction)]

    def predict_proba(self, X: Any) -> np.ndarray:
        """(n, classes) probabilities, columns in the order of `classes`; raises NotSupported for regression."""
        if self.classes is None:
            raise NotSupported("a regression has no class probabilities", "Use predict.")
        prediction = self._prediction(X)
        return prediction if prediction.ndim == 2 else np.column_stack([1.0 - prediction, prediction])

    def _prediction(self, X: Any) -> np.ndarray:
        from losskit.chooser.study import prediction_of
        from losskit.chooser.table import as_frame

        raw = predict(self.layers, self.features.transform(as_frame(X)).astype(np.float64))
        return prediction_of(self.loss, self.task, raw if self.task == "multiclass" else raw[:, 0])
