"""Losses in scikit-learn: a regressor."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.core.checks import check
from losskit.errors import InvalidInput, require
from losskit.training.estimators import loss as of_loss
from losskit.training.estimators.base import LossEstimator

require("sklearn", "sklearn")

from sklearn.base import RegressorMixin  # noqa: E402
from sklearn.utils.validation import validate_data  # noqa: E402


class LossRegressor(RegressorMixin, LossEstimator):
    """A regressor that minimises the loss you give it.

    loss: a losskit loss, its name or its dict; None is squared_error. It may have a link: under poisson `predict` gives
        rates, under log_squared_error values on the target's own scale. binary_cross_entropy serves shares in [0, 1].
    model: "linear", trained to the minimum; or "mlp", relu layers trained by Adam on batches, in NumPy.
    penalty: None, "l1", "l2" or "elasticnet", added to the mean loss: alpha·(r·Σ|w| + (1 - r)/2·Σw²), r = l1_ratio.
        Never on the intercept; on the weights for columns as they are (linear) or standardised (mlp).
    alpha: strength of the penalty (1e-4); without a penalty it does nothing.
    fit_intercept, max_iter (500), tol (1e-10: of the gradient, as a share of the slopes that it sums): of the linear
        model.
    hidden_layer_sizes ((64,)), learning_rate (3e-3), batch_size (64), epochs (200, at most): of the mlp.
    early_stopping (True): hold `validation_fraction` (0.1) of the rows out and keep the epoch that is best on them;
        stop after `patience` (10) epochs without a better one. False trains for all epochs.
    random_state: of the mlp's first weights, held out rows and batches.

    Once fitted: coef_ (d,) and intercept_, a float (linear, one target; (m, d) and (m,) for m targets, where targets
    may be any number), in the units of X and y; loss_curve_, the mean objective of each epoch (mlp); loss_, n_iter_,
    n_features_in_, feature_names_in_. With sample_weight w the mean loss is Σwℓ/Σw. A linear fit of a loss that is
    not convex is a stationary point. Warns ConvergenceWarning where a linear fit ends before its minimum. Raises
    InvalidInput for targets outside the loss's domain, NotSupported for losses that cannot be trained, Diverged for
    losses without a minimum.
    """

    _default_loss = "squared_error"

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LossRegressor:
        """X (n, d), y (n,) or (n, m), sample_weight (n,): the fitted estimator."""
        self._check_parameters()
        self.loss_ = self._resolved()
        if of_loss.task(self.loss_) in ("multiclass", "ranking") or of_loss.target_domain(self.loss_).only:
            raise InvalidInput(
                f"LossRegressor: {self.loss_!r} is no loss for numbers", of_loss.estimator_for(self.loss_)
            )
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, multi_output=not self._positive_only())
        X, y, weight = self._weighted_rows(X, y.astype(np.float64), sample_weight)
        check(self.loss_, np.zeros_like(y), y)
        self._train(X, y, weight)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """(n,) or (n, m) predictions on the target's scale."""
        raw = self.raw_score(X)
        return of_loss.prediction(self.loss_, raw)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = self._positive_only()
        tags.target_tags.multi_output = not tags.target_tags.positive_only
        return tags

    def _positive_only(self) -> bool:
        return self._loss_has(lambda loss: of_loss.target_domain(loss).low >= 0)
