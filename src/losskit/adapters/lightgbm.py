"""A loss in LightGBM: an objective with its metric, and estimators that predict on the target's scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.adapters import boosting
from losskit.adapters.leaves import best_steps
from losskit.errors import NotSupported, require

require("lightgbm", "lightgbm")

import lightgbm  # noqa: E402
from sklearn.utils.metaestimators import available_if  # noqa: E402


class LightGBMObjective(boosting.Objective):
    """What `to_lightgbm` returns; LightGBM counts its four parameters to find out that it takes weights and groups."""

    host = "to_lightgbm"

    def unpack(self, data: Any) -> tuple[Any, Any, Any]:
        return data.get_label(), data.get_weight(), data.get_group()

    def coupling(self, classes: int) -> float:
        return classes / (classes - 1.0)  # Friedman 2001, doi:10.1214/aos/1013203451

    def __call__(
        self, y_true: Any, y_pred: Any, weight: Any = None, group: Any = None
    ) -> tuple[np.ndarray, np.ndarray]:
        return self.gradients(*self.arguments(y_true, y_pred, weight, group))

    def metric(self, y_true: Any, y_pred: Any, weight: Any = None, group: Any = None) -> tuple[str, float, bool]:
        """(name, weighted mean loss of raw scores, False: less is better), for `eval_metric=` and `feval=`.

        Pass `metric="None"` among the parameters too, else early stopping looks at LightGBM's own metric as well.
        """
        value = self.value(*self.arguments(y_true, y_pred, weight, group))
        return self.name, value, False


def to_lightgbm(loss: Any) -> LightGBMObjective:
    """The loss as an objective: `LGBMRegressor(objective=...)` or `lightgbm.train({"objective": ...}, dataset)`.

    It returns gradient and positive curvature, (n,) or, for a loss over classes, (n, K) with ids as labels and
    `num_class=K` among the parameters. Sample weights multiply both. A loss over lists reads the groups. Losses whose
    slope jumps (absolute_error, quantile ...) get the curvature of their smoothed selves, and so steps in the target's
    units. `.metric` is the loss as a metric, for `feval=` and `eval_metric=`; `.start(y, weight)` its best constant.

    LightGBM predicts raw scores for an objective of yours and starts it from 0: pass `init_score=`, add it to what is
    predicted, and apply `loss.link(raw)` where raw scores are no prediction yet (binary_cross_entropy, poisson ...).
    `LossLGBMRegressor`, `LossLGBMClassifier` and `LossLGBMRanker` do all of that.
    Raises NotSupported for a loss that cannot be trained or takes other inputs.
    """
    return LightGBMObjective(loss)


class _Training:
    """One training: LightGBM's scores plus the best constant, with leaves renewed where the loss has no curvature.

    LightGBM keeps its own scores, which know of neither: `added` holds what each data set's scores lack.
    """

    before_iteration = True  # LightGBM asks a callback for these two
    order = 0

    def __init__(self, objective: LightGBMObjective, tables: list[Any]):
        self.objective = objective
        self.tables = tables  # the training rows, then those of each validation set
        self.renews = boosting.is_kinked(objective.loss)
        self.booster: Any = None
        self.start: Any = None
        self.added: dict[int, np.ndarray] = {}  # by the identity of a data set's labels, which LightGBM passes on
        self.of_table: list[int] = []
        self.trees = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self  # LightGBM copies a metric

    def __call__(self, *call: Any) -> Any:
        """LightGBM calls it with one argument as a callback before each iteration, with two as the objective."""
        return self.gradients(*call) if len(call) == 2 else self.begin(call[0].model)

    def begin(self, booster: Any) -> None:
        if self.booster is not None:
            return
        self.booster, self.trees = booster, booster.num_trees()
        self.renews = self.renews and _grows_plain_trees(booster)
        for data in (booster.train_set, *booster.valid_sets):
            self.of_table.append(id(data.get_label()))
            self.added[self.of_table[-1]] = np.zeros(data.num_data())

    def gradients(self, scores: np.ndarray, data: Any) -> tuple[np.ndarray, np.ndarray]:
        label, weight, group = self.objective.unpack(data)
        if self.start is None:
            begun = data.get_init_score() is not None  # by the user, or by the model that is continued
            self.start = 0.0 if begun else self.objective.start(label, weight)
        self.rows = self.scores(label, scores), label, weight
        return self.objective.gradients(*self.rows, group, exact=self.renews)

    def scores(self, label: np.ndarray, scores: np.ndarray) -> np.ndarray:
        return scores + (self.added[id(label)] + self.start if self.renews else self.start)

    def metric(self, y_true: Any, y_pred: Any, weight: Any, group: Any) -> tuple[str, float, bool]:
        self.renew()
        return self.objective.metric(y_true, self.scores(y_true, y_pred), weight, group)

    def after_iteration(self, env: Any) -> None:
        self.renew()

    def renew(self) -> None:
        """Give each leaf of the newest tree its rows' best constant, once."""
        if not self.renews or self.booster.num_trees() == self.trees:
            return
        tree, self.trees = self.trees, self.trees + 1
        leaf = [self.leaves(tree, table) for table in self.tables]
        grown = self.booster.dump_model(start_iteration=tree, num_iteration=1)["tree_info"][0]
        old = np.array([self.booster.get_leaf_output(tree, i) for i in range(grown["num_leaves"])])
        new = grown["shrinkage"] * best_steps(self.objective.loss, *self.rows, leaf[0], len(old))
        _set_leaves(self.booster, tree, new)
        for key, ids in zip(self.of_table, leaf, strict=True):
            self.added[key] += (new - old)[ids]

    def leaves(self, tree: int, table: Any) -> np.ndarray:
        found = self.booster.predict(table, pred_leaf=True, start_iteration=tree, num_iteration=1)
        return found.ravel().astype(np.int64)

    def finish(self, booster: Any) -> None:
        """Put the start into the first tree, one for each class, so that the model predicts whole scores."""
        for tree, start in enumerate(np.atleast_1d(self.start)):
            if start:
                leaves = booster.dump_model(start_iteration=0, num_iteration=1)["tree_info"][tree]["num_leaves"]
                old = [booster.get_leaf_output(tree, i) for i in range(leaves)]
                _set_leaves(booster, tree, np.array(old) + start)


def _set_leaves(booster: Any, tree: int, values: np.ndarray) -> None:
    for leaf, value in enumerate(values):
        booster.set_leaf_output(tree, leaf, value)


def _grows_plain_trees(booster: Any) -> bool:
    """Whether a leaf may be given another constant: no dropped trees, linear leaves or monotone constraints."""
    settings = booster.model_to_string()
    return all(line in settings for line in ("[boosting: gbdt]", "[linear_tree: 0]", "[monotone_constraints: ]"))


_OF_ITS_OWN_OBJECTIVES = ("alpha", "fair_c", "tweedie_variance_power", "scale_pos_weight", "is_unbalance")


class _LossModel(lightgbm.LGBMModel):
    """What the estimators of a loss share."""

    _tasks: tuple[str, ...]

    def fit(self, X: Any, y: Any, *args: Any, **rest: Any) -> Any:
        """As LightGBM's own fit; the metric of `eval_set`, and of early stopping, is the loss.

        It starts from the loss's best constant unless `init_score=` is given, which is then yours to add, as ever.
        """
        objective = LightGBMObjective(self.objective)
        boosting.check_task(self.objective, type(self).__name__, *self._tasks)
        boosting.check_settings(type(self).__name__, self.get_params(), _OF_ITS_OWN_OBJECTIVES)
        boosting.check_labels(type(self).__name__, y)
        if rest.get("eval_metric") is not None:
            raise NotSupported(
                f"{type(self).__name__} judges by its loss, got eval_metric=",
                "use LightGBM's estimator with objective=lk.to_lightgbm(loss) to judge by another metric",
            )
        self._training = _Training(objective, [X, *_eval_tables(X, y, **rest)])
        rest["callbacks"] = [self._training, self._training.after_iteration, *(rest.get("callbacks") or ())]
        try:
            super().fit(X, y, *args, **{**rest, "eval_metric": self._training.metric})
            self._training.finish(self.booster_)
        finally:
            del self._training
        return self

    def _process_params(self, stage: str) -> dict[str, Any]:
        if stage == "fit":
            self._objective = self._training.objective
        params = super()._process_params(stage)
        if stage == "fit":
            boosting.check_classes(self.objective, self._n_classes)
            params.update(objective=self._training, metric="None")
            if boosting.kind(self.objective) == "rowwise":
                params["num_class"] = self._n_classes
        return params

    def _raw(self, X: Any, *args: Any, **rest: Any) -> Any:
        return lightgbm.LGBMModel.predict(self, X, True, *args, **rest)


def _eval_tables(X: Any, y: Any, eval_set: Any = None, eval_X: Any = None, eval_y: Any = None, **_: Any) -> list[Any]:
    """The tables of the validation sets, but for the training rows themselves, which LightGBM knows again."""
    if eval_X is not None:
        pairs = list(zip(eval_X, eval_y, strict=True)) if isinstance(eval_X, tuple) else [(eval_X, eval_y)]
    else:
        pairs = [eval_set] if isinstance(eval_set, tuple) else eval_set or []
    return [table for table, target in pairs if not (table is X and target is y)]


def _is_no_prediction(options: dict[str, Any]) -> bool:
    """Does LightGBM's predict give leaves or contributions here?"""
    return bool(options.get("pred_leaf") or options.get("pred_contrib"))


class LossLGBMRegressor(_LossModel, lightgbm.LGBMRegressor):
    """`LGBMRegressor` trained with a loss: `LossLGBMRegressor(objective=lk.huber(), **what LGBMRegressor takes)`.

    `predict` gives predictions on the target's scale (`raw_score=True`: raw scores). It starts from the loss's best
    constant, which the model contains, so that `booster_` alone predicts whole raw scores. Under losses whose slope
    jumps (absolute_error, quantile ...) each leaf gets its rows' best constant, as LightGBM's own l1 and quantile do.
    """

    _tasks = ("regression",)

    def predict(self, X: Any, raw_score: bool = False, *args: Any, **rest: Any) -> Any:
        """(n,) on the target's scale; other keywords are LightGBM's."""
        raw = self._raw(X, *args, **rest)
        if raw_score or _is_no_prediction(rest):
            return raw
        return boosting.link(self.objective, raw)


class LossLGBMClassifier(_LossModel, lightgbm.LGBMClassifier):
    """`LGBMClassifier` trained with a loss: `LossLGBMClassifier(objective=lk.focal(), **what LGBMClassifier takes)`.

    `predict` gives classes and `predict_proba` (n, K) probabilities, the loss's link of the raw scores; a loss without
    probabilities (hinge) has no `predict_proba`. `decision_function` gives raw scores. For two classes both kinds of
    losses do.
    """

    _tasks = ("binary", "multiclass")

    def predict(self, X: Any, raw_score: bool = False, *args: Any, **rest: Any) -> Any:
        """(n,) classes; other keywords are LightGBM's."""
        raw = self._raw(X, *args, **rest)
        if raw_score or _is_no_prediction(rest):
            return raw
        return self.classes_[boosting.class_ids(self.objective, raw)]

    def decision_function(self, X: Any, **rest: Any) -> Any:
        """(n,) for two classes, above 0 for the second; else (n, K) raw scores. Other keywords are LightGBM's."""
        return boosting.decision(self._raw(X, **rest))

    @available_if(lambda self: boosting.has_link(self.objective))
    def predict_proba(self, X: Any, raw_score: bool = False, *args: Any, **rest: Any) -> Any:
        """(n, K) probabilities; other keywords are LightGBM's."""
        raw = self._raw(X, *args, **rest)
        if raw_score or _is_no_prediction(rest):
            return raw
        return boosting.probabilities(self.objective, raw)


class LossLGBMRanker(_LossModel, lightgbm.LGBMRanker):
    """`LGBMRanker` trained with a loss over lists: `LossLGBMRanker(objective=lk.listnet()).fit(X, y, group=sizes)`.

    Weights, one for each row, must be equal within a list. `predict` gives scores to sort by.
    """

    _tasks = ("ranking",)
