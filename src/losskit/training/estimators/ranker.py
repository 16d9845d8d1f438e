"""Losses over lists in scikit-learn: a ranker."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from losskit.core.checks import check
from losskit.errors import InvalidInput, require
from losskit.training.estimators import loss as of_loss
from losskit.training.estimators.base import LossEstimator
from losskit.training.estimators.mlp import fit_mlp
from losskit.training.estimators.mlp_objective import MlpObjective

require("sklearn", "sklearn")

from scipy.optimize import minimize  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402
from sklearn.metrics import ndcg_score  # noqa: E402
from sklearn.utils.validation import validate_data  # noqa: E402


class LossRanker(LossEstimator):
    """A ranker that minimises a loss over lists: its scores order the items of each list.

    loss: None is listnet. Lists are told by `group` or `qid`; without either all rows are one list.

    Other parameters and attributes as in LossRegressor, but that `batch_size` and `validation_fraction` count lists. A
    constant moves no item: intercept_ is 0 and fit_intercept does nothing. The linear model is trained by
    L-BFGS, until a step lowers the objective by less than `tol` of it.
    """

    _default_loss = "listnet"

    def fit(self, X: Any, y: Any, group: Any = None, qid: Any = None) -> LossRanker:
        """X (n, d), y (n,) relevances, group (lists,) sizes of lists in the order of the rows, or qid (n,) list of each
        row, in any order: the fitted estimator."""
        self._check_parameters()
        self.loss_ = self._resolved()
        if of_loss.task(self.loss_) != "ranking":
            raise InvalidInput(f"LossRanker: {self.loss_!r} is no loss over lists", "for example lk.listnet()")
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        items, where = _lists(len(X), group, qid)
        relevance = np.where(where, y[items], 0.0)
        check(self.loss_, np.zeros_like(relevance), relevance, where=where)
        self._one_score = True
        if self.model == "linear":
            self._train_lists(X[items], relevance, where)
        else:
            extras, settings = {"where": where}, self._mlp_settings()
            self._layers, self.loss_curve_ = fit_mlp(
                self.loss_, X[items], relevance, extras, settings, np.zeros(1), np.ones(1)
            )
            self.n_iter_ = len(self.loss_curve_)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """(n,) scores: the higher, the earlier in its list."""
        return self.raw_score(X)

    def score(self, X: Any, y: Any, group: Any = None, qid: Any = None) -> float:
        """The mean NDCG of the lists with two items or more of which one is relevant, gains being the relevances."""
        pred, y = self.predict(X), np.asarray(y, np.float64)
        items, where = _lists(len(pred), group, qid)
        lists = [row[kept] for row, kept in zip(items, where, strict=True)]
        lists = [rows for rows in lists if len(rows) > 1 and y[rows].any()]
        if not lists:
            raise InvalidInput("no list of two items has a relevant one: NDCG is not defined", "give other lists")
        return float(np.mean([ndcg_score([y[rows]], [pred[rows]]) for rows in lists]))

    def _train_lists(self, X: np.ndarray, y: np.ndarray, where: np.ndarray) -> None:
        settings = self._mlp_settings()
        objective = MlpObjective(self.loss_, options=("where",), l2=settings.l2)
        deviation = X[where].std(0)
        unit = 1.0 / np.where(deviation > 0, deviation, 1.0)
        signs = (1.0, -1.0) if settings.l1 else (1.0,)  # |w| is smooth in the parts of w above and below 0

        def penalised(parts: np.ndarray) -> tuple[float, np.ndarray]:
            weights = unit * (np.asarray(signs) @ parts.reshape(len(signs), -1))
            value, ((slope, _),) = objective(((weights[None], np.zeros(1)),), X, y, where)
            gradient = np.concatenate([unit * (sign * slope[0] + settings.l1) for sign in signs])
            return value + settings.l1 * (np.tile(unit, len(signs)) @ parts if settings.l1 else 0.0), gradient

        found = minimize(
            penalised,
            np.zeros(len(signs) * X.shape[-1]),
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, None) if settings.l1 else (None, None)] * (len(signs) * X.shape[-1]),
            options={"maxiter": self.max_iter, "ftol": self.tol, "gtol": 1e-8},
        )
        if not found.success:
            warnings.warn(f"{self!r} stopped before its minimum: {found.message}", ConvergenceWarning, stacklevel=3)
        self.coef_ = unit * (np.asarray(signs) @ found.x.reshape(len(signs), -1))
        self.intercept_, self.n_iter_ = 0.0, max(1, found.nit)
        self._layers = ((self.coef_[None], np.zeros(1)),)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.positive_only = True
        return tags


def _lists(count: int, group: Any, qid: Any) -> tuple[np.ndarray, np.ndarray]:
    """The rows of each list (lists, L), and which of those places hold one."""
    if group is not None and qid is not None:
        raise InvalidInput("LossRanker takes group= or qid=, got both", "leave one away")
    if group is not None:
        qid = np.repeat(np.arange(len(group)), np.asarray(group))
    qid = np.zeros(count) if qid is None else np.asarray(qid)
    if qid.shape != (count,):
        raise InvalidInput(
            f"{count} rows, and lists for {qid.size} rows", "group= sums to the rows of X, qid= has one entry for each"
        )
    _, which, lengths = np.unique(qid, return_inverse=True, return_counts=True)
    where = np.arange(lengths.max(initial=0)) < lengths[:, None]
    items = np.zeros(where.shape, np.int64)
    items[where] = np.argsort(which, kind="stable")
    return items, where
