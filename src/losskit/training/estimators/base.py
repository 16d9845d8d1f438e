"""What the scikit-learn estimators share: their parameters, the two models, the raw score."""

from __future__ import annotations

import math
import numbers
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from losskit.errors import InvalidInput, LosskitError, require
from losskit.training.descent import Diverged
from losskit.training.estimators import loss as of_loss
from losskit.training.estimators.mlp import MlpSettings, fit_mlp
from losskit.training.layers import Layers, predict
from losskit.training.linear.exact import LinearFit, fit_linear

require("sklearn", "sklearn")

from sklearn.base import BaseEstimator  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402
from sklearn.utils import check_array, check_random_state  # noqa: E402
from sklearn.utils.validation import check_is_fitted, validate_data  # noqa: E402

MODELS = ("linear", "mlp")
PENALTIES = (None, "l1", "l2", "elasticnet")
RANGES = {
    "alpha": (0.0, math.inf),
    "l1_ratio": (0.0, 1.0),
    "max_iter": (1, math.inf),
    "tol": (0.0, 1.0),
    "batch_size": (1, math.inf),
    "epochs": (1, math.inf),
    "validation_fraction": (0.0, 1.0),
    "patience": (1, math.inf),
}
FAR = 1e6  # times the largest target: no constant as far away is much better than a fit, if the loss has a minimum


class LossEstimator(BaseEstimator):
    """The parameters, documented in LossRegressor, and how they are put to use."""

    _default_loss: str
    _layers: Layers

    def __init__(
        self,
        loss: Any = None,
        *,
        model: str = "linear",
        penalty: str | None = None,
        alpha: float = 1e-4,
        l1_ratio: float = 0.5,
        fit_intercept: bool = True,
        max_iter: int = 500,
        tol: float = 1e-10,
        hidden_layer_sizes: tuple[int, ...] = (64,),
        learning_rate: float = 3e-3,
        batch_size: int = 64,
        epochs: int = 200,
        early_stopping: bool = True,
        validation_fraction: float = 0.1,
        patience: int = 10,
        random_state: Any = None,
    ):
        self.loss = loss
        self.model = model
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.hidden_layer_sizes = hidden_layer_sizes
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.random_state = random_state

    def raw_score(self, X: Any) -> np.ndarray:
        """The raw scores that the loss judges, before its link: (n,), (n, K) over classes, (n, m) for m targets."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        scores = predict(self._layers, X)
        return scores[:, 0] if self._one_score else scores

    def _resolved(self) -> Any:
        return of_loss.resolve(self._default_loss if self.loss is None else self.loss, type(self).__name__)

    def _loss_has(self, question: Callable[[Any], Any]) -> bool:
        """The answer to a question about the loss; False for a loss that `fit` will refuse."""
        try:
            return bool(question(self._resolved()))
        except LosskitError:
            return False

    def _check_parameters(self) -> None:
        for name, known in (("model", MODELS), ("penalty", PENALTIES)):
            if getattr(self, name) not in known:
                raise InvalidInput(
                    f"{type(self).__name__}: {name} must be one of {', '.join(map(repr, known))}, "
                    f"got {getattr(self, name)!r}",
                    f"the default is {known[0]!r}",
                )
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            kind, kind_name = (numbers.Integral, "whole number") if isinstance(low, int) else (numbers.Real, "number")
            if not (isinstance(value, kind) and low <= float(value) <= high):
                raise InvalidInput(
                    f"{type(self).__name__}: {name} must be a {kind_name} from {low:g} to {high:g}, got {value!r}",
                    "see help(lk.LossRegressor)",
                )
        sizes = self.hidden_layer_sizes
        if not isinstance(sizes, (tuple, list)) or not all(isinstance(n, numbers.Integral) and n >= 1 for n in sizes):
            raise InvalidInput(
                f"{type(self).__name__}: hidden_layer_sizes must be a tuple of whole numbers >= 1, got {sizes!r}",
                "(64,) is one hidden layer of 64 units",
            )

    def _weighted_rows(
        self, X: np.ndarray, y: np.ndarray, sample_weight: Any
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """The rows that weigh anything, and their weights; None where all weigh alike."""
        if sample_weight is None:
            return X, y, None
        weight = check_array(sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight")
        if weight.shape != (len(X),) or (weight < 0).any() or not weight.any():
            raise InvalidInput(
                f"sample_weight must hold {len(X)} numbers >= 0, not all of them zero, got {weight.size} of shape "
                f"{weight.shape} from {weight.min(initial=0):g} to {weight.max(initial=0):g}",
                "give one weight for each row of X",
            )
        kept = weight > 0
        return X[kept], y[kept], weight[kept]

    def _train(self, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None, classes: int | None = None) -> None:
        """Fit `loss_` to (X, y) by the model asked for."""
        for name in ("coef_", "intercept_", "loss_curve_"):  # of an earlier fit by the other model
            self.__dict__.pop(name, None)
        self._one_score = y.ndim == 1 and classes is None
        if self.model == "linear":
            self._train_linear(X, y, weight, classes)
        else:
            self._train_mlp(X, y, weight, classes)

    def _train_linear(self, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None, classes: int | None) -> None:
        fit = self._minimum(X, y, weight, classes, self.fit_intercept)
        if not fit.converged:
            warnings.warn(f"{self!r} stopped before its minimum: {fit.message}", ConvergenceWarning, stacklevel=4)
        self.coef_, self.intercept_, self.n_iter_ = fit.coef, fit.intercept, max(1, fit.iterations)
        self._layers = ((np.atleast_2d(fit.coef), np.atleast_1d(fit.intercept)),)

    def _minimum(
        self, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None, classes: int | None, fit_intercept: bool
    ) -> LinearFit:
        """The linear fit; raises Diverged where the loss falls without end."""
        fit = fit_linear(
            self.loss_,
            X,
            y,
            weight=weight,
            penalty=self.penalty,
            alpha=self.alpha,
            l1_ratio=self.l1_ratio,
            fit_intercept=fit_intercept,
            classes=classes,
            tolerance=self.tol,
            max_iter=self.max_iter,
        )
        low = fit.objective - max(1.0, abs(fit.objective))
        if not fit.converged and _least_far_away(self.loss_, y, weight, classes) < low:
            raise Diverged(
                f"{self.loss_!r} falls without end as the predictions grow: it has no minimum",
                "look at its sign, and at the factors of a sum",
            )
        return fit

    def _train_mlp(self, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None, classes: int | None) -> None:
        # The best constant is the start; it also shows that the loss has a minimum.
        constant = self._minimum(X[:, :0], y, weight, classes, fit_intercept=True)
        start, spread = np.atleast_1d(constant.intercept), _spread(weight, y)
        scale = np.ones(len(start))
        if of_loss.scale(self.loss_) == "identity" and of_loss.task(self.loss_) == "regression":
            deviation = np.atleast_1d(y.std(axis=0))
            scale = np.where(deviation > 0, deviation, 1.0)
        self._layers, self.loss_curve_ = fit_mlp(
            self.loss_,
            X,
            y,
            {} if spread is None else {"weight": spread},
            self._mlp_settings(),
            start,
            scale,
        )
        self.n_iter_ = len(self.loss_curve_)

    def _mlp_settings(self) -> MlpSettings:
        l1_share = {None: 0.0, "l1": 1.0, "l2": 0.0, "elasticnet": self.l1_ratio}[self.penalty]
        alpha = 0.0 if self.penalty is None else self.alpha
        return MlpSettings(
            hidden_layer_sizes=tuple(self.hidden_layer_sizes),
            learning_rate=self.learning_rate,
            batch_size=self.batch_size,
            epochs=self.epochs,
            held_out=self.validation_fraction if self.early_stopping else 0.0,
            patience=self.patience,
            l1=alpha * l1_share,
            l2=alpha * (1.0 - l1_share),
            seed=int(check_random_state(self.random_state).randint(2**31 - 1)),
        )


def _least_far_away(loss: Any, y: np.ndarray, weight: np.ndarray | None, classes: int | None) -> float:
    """The least loss of constant raw scores of very great size, either sign, summed over outputs as a fit's is."""
    far = FAR * max(1.0, float(np.abs(y).max()))
    shape = (*y.shape, classes) if classes else y.shape
    scores = [sign * far * unit for sign in (-1.0, 1.0) for unit in np.eye(classes or 1)]
    least = min(loss(np.array(np.broadcast_to(score, shape)), y, weight=_spread(weight, y)) for score in scores)
    return float(least) * (y.shape[1] if y.ndim == 2 else 1)


def _spread(weight: np.ndarray | None, y: np.ndarray) -> np.ndarray | None:
    """Weights of rows in the shape of y."""
    return weight if weight is None or y.ndim == 1 else np.repeat(weight[:, None], y.shape[1], axis=1)
