"""A loss in XGBoost: an objective with its metric, and estimators that predict on the target's scale."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from losskit.adapters import boosting
from losskit.adapters.leaves import best_steps
from losskit.errors import InvalidInput, NotSupported, require

require("xgboost", "xgboost")

import xgboost  # noqa: E402
from sklearn.utils.metaestimators import available_if  # noqa: E402
from xgboost.sklearn import XGBRankerMixIn  # noqa: E402


class XGBoostObjective(boosting.Objective):
    """What `to_xgboost` returns; XGBoost's estimators look for the parameter named `sample_weight`."""

    host = "to_xgboost"

    def unpack(self, data: Any) -> tuple[Any, Any, Any]:
        return data.get_label(), data.get_weight(), np.diff(data.get_uint_info("group_ptr").astype(np.int64))

    def coupling(self, classes: int) -> float:
        return 2.0  # by diagonal dominance, as multi:softprob

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tuple[np.ndarray, np.ndarray]:
        return self.gradients(*self.arguments(y_true, y_pred, sample_weight, None))

    @property
    def metric(self) -> XGBoostMetric:
        """The weighted mean loss of raw scores: `custom_metric=` of `train`, `eval_metric=` of an estimator.

        Pass `disable_default_eval_metric=True` too, else XGBoost prints its own beside it.
        """
        return XGBoostMetric(self)


class XGBoostMetric:
    """The loss as XGBoost calls a metric: estimators want a number and its `__name__`, native training both at once."""

    def __init__(self, objective: XGBoostObjective):
        self.objective = objective
        self.__name__ = objective.name

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        value = self.objective.value(*self.objective.arguments(y_true, y_pred, sample_weight, None))
        return (self.__name__, value) if hasattr(y_pred, "get_label") else value


def to_xgboost(loss: Any) -> XGBoostObjective:
    """The loss as an objective: `xgboost.train(params, data, obj=...)` or `XGBRegressor(objective=...)`.

    It returns gradient and positive curvature, (n,) or, for a loss over classes, (n, K) with ids as labels and
    `num_class=K` among the parameters. Sample weights multiply both. A loss over lists reads the groups of the data.
    Losses whose slope jumps (absolute_error, quantile ...) get the curvature of their smoothed selves, and so steps in
    the target's units. `.metric` is the loss as a metric, for `custom_metric=` and `eval_metric=`; `.start(y, weight)`
    its best constant, for `base_score=`.

    XGBoost predicts raw scores for an objective of yours: apply `loss.link(raw)` where they are no prediction yet
    (binary_cross_entropy, poisson ...). `LossXGBRegressor`, `LossXGBClassifier` and `LossXGBRanker` do all of that.
    Raises NotSupported for a loss that cannot be trained or takes other inputs.
    """
    return XGBoostObjective(loss)


class _Training(xgboost.callback.TrainingCallback):
    """One training, its leaves renewed where the loss has no curvature.

    XGBoost keeps its own scores, which know nothing of that: `added` holds what each matrix's scores lack, and the
    leaves are written into the model at the end.
    """

    def __init__(self, objective: XGBoostObjective, matrices: list[Any]):
        super().__init__()
        self.objective = objective
        self.added = {id(data): np.zeros(data.num_row()) for data in matrices}
        self.matrices = matrices  # the training rows, then each validation set
        self.leaves: list[dict[int, float]] = []  # of each tree, by its node

    def before_training(self, model: Any) -> Any:
        self.booster = model
        self.renews = boosting.is_kinked(self.objective.loss) and _grows_plain_trees(model)
        return model

    def gradients(self, scores: np.ndarray, data: Any) -> tuple[np.ndarray, np.ndarray]:
        label, weight, group = self.objective.unpack(data)
        if not self.renews:
            return self.objective.gradients(scores, label, weight, group)
        self.rows = scores + self.added[id(data)], label.astype(float), weight if weight.size else None
        return self.objective.gradients(*self.rows, group, exact=True)

    def metric(self, scores: np.ndarray, data: Any) -> tuple[str, float]:
        self.renew()
        return self.objective.metric(scores + self.added[id(data)] if self.renews else scores, data)

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        self.renew()
        return False

    def renew(self) -> None:
        """Find the best constant of each leaf of the newest tree, once."""
        if not self.renews or self.booster.num_boosted_rounds() == len(self.leaves):
            return
        newest = self.booster[len(self.leaves) : len(self.leaves) + 1]
        node = [newest.predict(data, pred_leaf=True).ravel().astype(np.int64) for data in self.matrices]
        old = np.array(_trees(json.loads(newest.save_raw("json")))[0]["split_conditions"])
        new = _settings(self.booster)["eta"] * best_steps(self.objective.loss, *self.rows, node[0], len(old))
        for data, nodes in zip(self.matrices, node, strict=True):
            self.added[id(data)] += (new - old)[nodes]
        self.leaves.append({int(leaf): float(new[leaf]) for leaf in np.unique(node[0])})

    def after_training(self, model: Any) -> Any:
        if self.renews:
            grown = json.loads(model.save_raw("json"))
            for tree, leaves in zip(_trees(grown), self.leaves, strict=True):
                for node, value in leaves.items():
                    tree["split_conditions"][node] = tree["base_weights"][node] = value
            model.load_model(bytearray(json.dumps(grown), "utf-8"))
        return model


def _trees(model: dict[str, Any]) -> list[dict[str, Any]]:
    return model["learner"]["gradient_booster"]["model"]["trees"]


def _settings(booster: Any) -> dict[str, Any]:
    """How the booster grows trees: `eta` as a number, the rest as XGBoost writes it."""
    grower = json.loads(booster.save_config())["learner"]["gradient_booster"]
    trees = grower.get("tree_train_param", {"eta": "1"})
    return {**trees, **grower.get("gbtree_model_param", {}), "name": grower["name"], "eta": float(trees["eta"])}


def _grows_plain_trees(booster: Any) -> bool:
    """Whether a leaf may be given another constant: one tree a round, none dropped, no monotone constraints."""
    s = _settings(booster)
    return s["name"] == "gbtree" and s["num_parallel_tree"] == "1" and s["monotone_constraints"] == "()"


_OF_ITS_OWN_OBJECTIVES = ("huber_slope", "quantile_alpha", "tweedie_variance_power", "scale_pos_weight")


class _LossModel(xgboost.XGBModel):
    """What the estimators of a loss share."""

    _tasks: tuple[str, ...]

    def _matrix(self, X: Any, y: Any, **rest: Any) -> Any:
        return xgboost.DMatrix(
            X,
            y,
            missing=self.missing,
            feature_types=self.feature_types,
            enable_categorical=self.enable_categorical,
            nthread=self.n_jobs,
            **rest,
        )

    def _train(self, data: Any, evals: list[Any], verbose: Any, **params: Any) -> Any:
        objective = XGBoostObjective(self.objective)
        boosting.check_task(self.objective, type(self).__name__, *self._tasks)
        boosting.check_settings(type(self).__name__, self.get_params(), _OF_ITS_OWN_OBJECTIVES)
        if self.eval_metric is not None:
            raise NotSupported(
                f"{type(self).__name__} judges by its loss, got eval_metric=",
                "use XGBoost's estimator with objective=lk.to_xgboost(loss) to judge by another metric",
            )
        params = {"disable_default_eval_metric": True, **self.get_xgb_params(), **params}
        if self.base_score is None:
            start = objective.start(data.get_label(), data.get_weight() if data.get_weight().size else None)
            params["base_score"] = start.tolist() if isinstance(start, np.ndarray) else start
        training = _Training(objective, [data, *evals])
        self.evals_result_: dict[str, Any] = {}
        self._Booster = xgboost.train(
            params,
            data,
            self.get_num_boosting_rounds(),
            evals=[(matrix, f"validation_{i}") for i, matrix in enumerate(evals)],
            obj=training.gradients,
            custom_metric=training.metric,
            early_stopping_rounds=self.early_stopping_rounds,
            evals_result=self.evals_result_,
            verbose_eval=verbose,
            callbacks=[training, *(self.callbacks or ())],
        )
        return self

    def _raw(self, X: Any, **rest: Any) -> Any:
        return xgboost.XGBModel.predict(self, X, output_margin=True, **rest)

    def load_model(self, fname: Any) -> None:
        """As XGBoost's own; the loss stays the one that this estimator was made with: the file does not hold it."""
        loss = self.objective
        super().load_model(fname)
        self.objective = loss


class _OverRows(_LossModel):
    """A loss with one weight for each row."""

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        eval_set: Any = None,
        sample_weight_eval_set: Any = None,
        verbose: Any = False,
    ) -> Any:
        """As XGBoost's own fit; the metric of `eval_set`, a list of (X, y), and of early stopping is the loss."""
        params = self._class_params(y)
        weights = sample_weight_eval_set or [None] * len(eval_set or [])
        evals = [self._matrix(*pair, weight=w) for pair, w in zip(eval_set or [], weights, strict=True)]
        return self._train(self._matrix(X, y, weight=sample_weight), evals, verbose, **params)

    def _class_params(self, y: Any) -> dict[str, Any]:
        return {}


class LossXGBRegressor(_OverRows, xgboost.XGBRegressor):
    """`XGBRegressor` trained with a loss: `LossXGBRegressor(objective=lk.huber(), **what XGBRegressor takes)`.

    `predict` gives predictions on the target's scale (`output_margin=True`: raw scores). It starts from the loss's best
    constant, unless `base_score` is given, as a raw score. Where the loss's slope jumps (absolute_error, quantile ...)
    each leaf gets its rows' best constant, as XGBoost's own reg:absoluteerror and reg:quantileerror do.
    """

    _tasks = ("regression",)

    def predict(self, X: Any, *, output_margin: bool = False, **rest: Any) -> Any:
        """(n,) on the target's scale; other keywords are XGBoost's."""
        raw = self._raw(X, **rest)
        return raw if output_margin else boosting.link(self.objective, raw)


class LossXGBClassifier(_OverRows, xgboost.XGBClassifier):
    """`XGBClassifier` trained with a loss: `LossXGBClassifier(objective=lk.focal(), **what XGBClassifier takes)`.

    Labels are ids from 0, as XGBoost wants them. `predict` gives ids and `predict_proba` (n, K) probabilities, the
    loss's link of the raw scores; a loss without probabilities (hinge) has no `predict_proba`. `predict(X,
    output_margin=True)` gives raw scores. For two classes both kinds of losses do.
    """

    _tasks = ("binary", "multiclass")

    def _class_params(self, y: Any) -> dict[str, Any]:
        ids = np.unique(np.asarray(y))
        self.n_classes_ = len(ids)
        if not np.array_equal(ids, np.arange(len(ids))):
            raise InvalidInput(
                f"labels must be ids from 0, got {ids[:5]}", "sklearn.preprocessing.LabelEncoder makes them"
            )
        XGBoostObjective(self.objective)
        boosting.check_classes(self.objective, self.n_classes_)
        return {"num_class": self.n_classes_} if boosting.kind(self.objective) == "rowwise" else {}

    def predict(self, X: Any, *, output_margin: bool = False, **rest: Any) -> Any:
        """(n,) class ids; other keywords are XGBoost's."""
        raw = self._raw(X, **rest)
        return raw if output_margin else boosting.class_ids(self.objective, raw)

    def decision_function(self, X: Any, **rest: Any) -> Any:
        """(n,) for two classes, above 0 for the second; else (n, K) raw scores. Other keywords are XGBoost's."""
        return boosting.decision(self._raw(X, **rest))

    @available_if(lambda self: boosting.has_link(self.objective))
    def predict_proba(self, X: Any, *args: Any, **rest: Any) -> Any:
        """(n, K) probabilities; other keywords are XGBoost's."""
        return boosting.probabilities(self.objective, self._raw(X, **rest))


class LossXGBRanker(_LossModel, XGBRankerMixIn):
    """XGBoost trained with a loss over lists: `LossXGBRanker(objective=lk.listnet()).fit(X, y, qid=qid)`.

    Other keywords are those of `XGBModel`. `predict` gives scores to sort by.
    """

    _tasks = ("ranking",)

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        qid: Any,
        sample_weight: Any = None,
        eval_set: Any = None,
        eval_qid: Any = None,
        verbose: Any = False,
    ) -> Any:
        """`qid` (n,) numbers the lists, whose rows come together; `sample_weight` (lists,) is one for each list.

        The metric of `eval_set`, a list of (X, y) with a list `eval_qid`, and of early stopping is the loss.
        """
        eval_set, eval_qid = eval_set or [], eval_qid or []
        if len(eval_set) != len(eval_qid):
            raise InvalidInput(
                f"LossXGBRanker: {len(eval_set)} eval_set and {len(eval_qid)} eval_qid", "give each (X, y) its eval_qid"
            )
        evals = [self._matrix(*pair, qid=ids) for pair, ids in zip(eval_set, eval_qid, strict=True)]
        return self._train(self._matrix(X, y, weight=sample_weight, qid=qid), evals, verbose)
