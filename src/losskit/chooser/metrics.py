"""The metrics a model can be judged by, each evaluated under many weightings of the rows at once.

A bootstrap asks the same question of the same predictions a thousand times, only with other row weights. So a metric
first prepares what does not depend on the weights (losses per row, one sort), then answers for all weightings together.
Only numpy is imported here: the name of a metric is checked before anything heavy loads.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from losskit.errors import InvalidInput, UnknownName

TASKS = ("regression", "binary", "multiclass")
CLASSES = ("binary", "multiclass")

BLOCK = 4_000_000  # weights looked at in one go: bounds the memory of the cumulative sums
FLOOR = 1e-6  # of the target's mean: the least prediction a deviance is given

Evaluate = Callable[[np.ndarray], np.ndarray]
"""(B, n) weights to (B,) values of the metric."""


@dataclass(frozen=True)
class Metric:
    """One metric: what it needs, which way is better, and how it is evaluated.

    name:              as users write it ("mae", "pinball@0.9")
    tasks:             the tasks it fits, out of "regression", "binary", "multiclass"
    greater_is_better: the direction
    needs:             "prediction": (n,) values on the target's scale; "probability": (n,) of class 1 when binary,
                       (n, K) when multiclass; "label": (n,) integer class ids
    gain_kind:         "relative" to the baseline's value, or "absolute" where a ratio means nothing
    target:            what the target must be: "real", "non-negative", "positive", "nonzero" or "classes"
    """

    name: str
    tasks: tuple[str, ...]
    greater_is_better: bool
    needs: str
    gain_kind: str
    target: str
    plan: Callable[[np.ndarray, np.ndarray], Evaluate] = field(repr=False, compare=False)

    def __call__(self, y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The metric under each row of weights.

        y:          (n,) target; class ids 0..K-1 for classes
        prediction: what `needs` says
        weights:    (B, n) non-negative; `np.ones((1, n))` gives the plain value

        Returns (B,) float64; NaN where a metric is undefined (roc_auc where the weights leave one class only).
        """
        weights = np.asarray(weights)
        if weights.dtype.kind != "f":
            weights = weights.astype(np.float64)
        if weights.ndim != 2 or weights.shape[1] != len(y) or (weights.size and weights.min() < 0):
            raise InvalidInput(
                f"weights must be (B, {len(y)}) and non-negative; got shape {weights.shape}",
                "Give np.ones((1, n)) for the plain value.",
            )
        evaluate = self.prepare(y, prediction)
        rows = max(1, BLOCK // max(1, len(y)))
        blocks = [evaluate(weights[i : i + rows]) for i in range(0, len(weights), rows)]
        return np.concatenate(blocks) if blocks else np.empty(0)

    def prepare(self, y: np.ndarray, prediction: np.ndarray) -> Evaluate:
        """What `__call__` evaluates, with the work that no weight changes already done."""
        y, prediction = np.asarray(y), np.asarray(prediction)
        rank = {2} if self.needs == "probability" and self.tasks == ("multiclass",) else {1}
        if self.needs == "probability" and self.tasks == CLASSES:
            rank = {1, 2}
        if y.ndim != 1 or prediction.ndim not in rank or len(prediction) != len(y):
            raise InvalidInput(
                f"{self.name} needs a (n,) target and one {self.needs} per row; got {y.shape} and {prediction.shape}",
                "Probabilities are (n,) of class 1 when binary and (n, K) when multiclass; all else is (n,).",
            )
        if self.needs == "prediction":
            y, prediction = y.astype(np.float64), prediction.astype(np.float64)
        return self.plan(y, prediction)

    def check_target(self, y: np.ndarray) -> None:
        """Raise InvalidInput where the metric is not defined for this target; warn where it is of little use."""
        y = np.asarray(y)
        if self.target == "classes" and len(np.unique(y)) < 2:
            raise InvalidInput(f"{self.name} needs two classes; the target has one", "Give rows of another class.")
        if self.target == "non-negative" and np.min(y) < 0:
            raise InvalidInput(
                f"{self.name} needs a target >= 0; the smallest is {np.min(y):g}", "Judge by mae or rmse instead."
            )
        if self.target == "positive" and np.min(y) <= 0:
            raise InvalidInput(
                f"{self.name} needs a target > 0; the smallest is {np.min(y):g}",
                "Judge by poisson_deviance (zeros are fine there), mae or rmse instead.",
            )
        if self.target == "nonzero" and np.any(y == 0):
            warnings.warn(
                f"{self.name} divides by the target, which is 0 in {np.mean(y == 0):.1%} of the rows: those rows "
                "decide everything. Judge by smape or mae instead.",
                stacklevel=2,
            )


def get_metric(name: str, task: str | None = None) -> Metric:
    """The metric of that name: "mae", "pinball@0.9" (any level between 0 and 1), "top_3" (any count) ...

    task: "regression", "binary" or "multiclass"; None checks the name only.

    Raises UnknownName with the nearest names, and InvalidInput for a metric that does not fit the task.
    """
    if task is not None and task not in TASKS:
        raise InvalidInput(f"unknown task {task!r}", "A task is one of: " + ", ".join(TASKS) + ".")
    metric = _parametric(name) or METRICS.get(name)
    if metric is None:
        raise UnknownName("metric", name, metric_names(task))
    if task is not None and task not in metric.tasks:
        raise InvalidInput(
            f"metric {name!r} is for {' and '.join(metric.tasks)}, and the task is {task}",
            f"Metrics for {task}: " + ", ".join(metric_names(task)) + ".",
        )
    return metric


def metric_names(task: str | None = None) -> list[str]:
    """The names of all metrics, or of those for one task; the parametric ones by an example."""
    known = [*METRICS.values(), pinball_metric(0.9), top_k_metric(3)]
    return [metric.name for metric in known if task is None or task in metric.tasks]


def _parametric(name: str) -> Metric | None:
    """pinball@q and top_k, or None when `name` is neither."""
    if re.fullmatch(r"pinball(@.*)?", name):
        try:
            return pinball_metric(float(name.removeprefix("pinball@")))
        except ValueError:
            raise InvalidInput(
                f"pinball needs a level between 0 and 1; got {name!r}", 'Write it as "pinball@0.9".'
            ) from None
    if re.fullmatch(r"top_(k|\d+)", name):
        count = name.removeprefix("top_")
        if count == "k" or int(count) < 1:
            raise InvalidInput(f"top_k needs a count of at least 1; got {name!r}", 'Write it as "top_3".')
        return top_k_metric(int(count))
    return None


# --- Means over rows ------------------------------------------------------------------------------------------------


def _mean_of(loss: np.ndarray) -> Evaluate:
    """The weighted mean of one loss per row."""
    # Scaled by the largest, so that float32 weights neither overflow nor lose a large loss.
    scale = np.max(np.abs(loss), initial=0.0) or 1.0
    scaled, ones = loss / scale, np.ones(len(loss))

    def evaluate(weights: np.ndarray) -> np.ndarray:
        total = (weights @ scaled.astype(weights.dtype)).astype(np.float64)
        return total / (weights @ ones.astype(weights.dtype)) * scale

    return evaluate


def _root_of(mean: Evaluate) -> Evaluate:
    return lambda weights: np.sqrt(mean(weights))


def _mae(y: np.ndarray, p: np.ndarray) -> Evaluate:
    return _mean_of(np.abs(y - p))


def _rmse(y: np.ndarray, p: np.ndarray) -> Evaluate:
    return _root_of(_mean_of((y - p) ** 2))


def _rmsle(y: np.ndarray, p: np.ndarray) -> Evaluate:
    """Predictions below 0 count as 0."""
    return _rmse(np.log1p(y), np.log1p(np.maximum(p, 0)))


def _mape(y: np.ndarray, p: np.ndarray) -> Evaluate:
    """A fraction, not a percentage; a target nearer to 0 than float64 epsilon counts as epsilon, as in scikit-learn."""
    return _mean_of(np.abs(y - p) / np.maximum(np.abs(y), np.finfo(np.float64).eps))


def _smape(y: np.ndarray, p: np.ndarray) -> Evaluate:
    """Between 0 and 2; a row with target and prediction 0 counts as 0."""
    size = np.abs(y) + np.abs(p)
    return _mean_of(2 * np.abs(y - p) / np.where(size > 0, size, 1))


def _pinball(y: np.ndarray, p: np.ndarray, *, level: float) -> Evaluate:
    return _mean_of(np.maximum(level * (y - p), (level - 1) * (y - p)))


def _poisson_deviance(y: np.ndarray, p: np.ndarray) -> Evaluate:
    """A prediction below a millionth of the target's mean counts as that, so that any model can be judged."""
    p = np.maximum(p, FLOOR * np.mean(y) or FLOOR)
    return _mean_of(2 * (y * np.log(np.where(y > 0, y, p) / p) - y + p))


def _gamma_deviance(y: np.ndarray, p: np.ndarray) -> Evaluate:
    """Predictions are floored as in the Poisson deviance."""
    p = np.maximum(p, FLOOR * np.mean(y))
    return _mean_of(2 * (np.log(p / y) + y / p - 1))


def _r2(y: np.ndarray, p: np.ndarray) -> Evaluate:
    """1 minus squared error over the variance; for a constant target 1 if perfect, else 0, as in scikit-learn."""
    centred = y - np.mean(y)
    error, square, mean = _mean_of((y - p) ** 2), _mean_of(centred**2), _mean_of(centred)

    def evaluate(weights: np.ndarray) -> np.ndarray:
        residual, variance = error(weights), square(weights) - mean(weights) ** 2
        flat = variance <= 0
        return np.where(flat, residual == 0, 1 - residual / np.where(flat, 1, variance))

    return evaluate


def _accuracy(y: np.ndarray, label: np.ndarray) -> Evaluate:
    return _mean_of((y == label).astype(np.float64))


def _log_loss(y: np.ndarray, p: np.ndarray) -> Evaluate:
    """Probabilities are clipped at the epsilon of their own dtype, as in scikit-learn."""
    eps = np.finfo(p.dtype).eps if np.issubdtype(p.dtype, np.floating) else np.finfo(np.float64).eps
    p = np.clip(p.astype(np.float64), eps, 1 - eps)
    if p.ndim == 1:
        return _mean_of(-np.where(y == 1, np.log(p), np.log1p(-p)))
    return _mean_of(-np.log(p[np.arange(len(y)), y]))


def _brier(y: np.ndarray, p: np.ndarray) -> Evaluate:
    """Binary: the squared error of the probability of class 1. Multiclass: summed over all classes."""
    if p.ndim == 1:
        return _mean_of((p - y) ** 2)
    return _mean_of(np.sum((p - np.eye(p.shape[1])[y]) ** 2, axis=1))


def _top_k(y: np.ndarray, p: np.ndarray, *, count: int) -> Evaluate:
    """Of equal probabilities the higher class id comes first, as in scikit-learn."""
    if count >= p.shape[1]:
        raise InvalidInput(
            f"top_{count} is always 1 with {p.shape[1]} classes", f"Use top_{max(1, p.shape[1] - 1)} or below."
        )
    own = p[np.arange(len(y)), y][:, None]
    ahead = (p > own) | ((p == own) & (np.arange(p.shape[1]) > y[:, None]))
    return _mean_of((ahead.sum(axis=1) < count).astype(np.float64))


# --- Order statistics and rankings ----------------------------------------------------------------------------------


def _median_ae(y: np.ndarray, p: np.ndarray) -> Evaluate:
    """The weighted median; where half of the weight lies exactly on a row, the mean of it and the next."""
    error = np.abs(y - p)
    order = np.argsort(error)
    error = error[order]

    def evaluate(weights: np.ndarray) -> np.ndarray:
        below = np.cumsum(weights.take(order, axis=1), axis=1)
        half = below[:, -1:] / 2
        at = np.minimum(np.sum(below < half, axis=1), len(error) - 1)
        reached = np.take_along_axis(below, at[:, None], axis=1)
        after = np.sum(below <= reached, axis=1)
        after = np.where(after < len(error), after, at)
        exact = (reached - half)[:, 0] <= np.finfo(weights.dtype).eps
        return np.where(exact, (error[at] + error[after]) / 2, error[at])

    return evaluate


def _roc_auc(y: np.ndarray, p: np.ndarray) -> Evaluate:
    """Binary, or the plain mean over the classes present of one class against the rest."""
    if p.ndim == 1:
        return _auc(y == 1, p)
    parts = [_auc(y == k, p[:, k]) for k in np.unique(y)]
    return lambda weights: np.mean([part(weights) for part in parts], axis=0)


def _auc(positive: np.ndarray, score: np.ndarray) -> Evaluate:
    """The weight of the pairs that a positive wins against a negative, a tie counting half."""
    above, below = np.flatnonzero(positive), np.flatnonzero(~positive)
    below = below[np.argsort(score[below])]
    beaten = np.searchsorted(score[below], score[above], side="left")
    level = np.searchsorted(score[below], score[above], side="right")
    tied = np.any(beaten != level)

    def evaluate(weights: np.ndarray) -> np.ndarray:
        weight = weights.take(above, axis=1)
        under = np.zeros((len(weights), len(below) + 1), weights.dtype)
        np.cumsum(weights.take(below, axis=1), axis=1, out=under[:, 1:])
        wins = under.take(beaten, axis=1)
        if tied:
            wins = (wins + under.take(level, axis=1)) / 2
        pairs = weight.sum(axis=1, dtype=np.float64) * under[:, -1]
        won = np.einsum("bi,bi->b", weight, wins).astype(np.float64)
        return np.divide(won, pairs, out=np.full(len(won), np.nan), where=pairs > 0)

    return evaluate


def _average_precision(y: np.ndarray, p: np.ndarray) -> Evaluate:
    """The mean over the positives of the precision at their score, equal scores taken together."""
    order = np.argsort(-p)
    positive = np.flatnonzero(y[order] == 1)
    last = np.searchsorted(-p[order], -p[order][positive], side="right") - 1
    hits = np.searchsorted(positive, last, side="right") - 1

    def evaluate(weights: np.ndarray) -> np.ndarray:
        ranked = weights.take(order, axis=1)
        weight = ranked.take(positive, axis=1)
        found = np.cumsum(weight, axis=1).take(hits, axis=1)
        seen = np.cumsum(ranked, axis=1).take(last, axis=1)
        precision = found / np.maximum(seen, np.finfo(seen.dtype).tiny)
        total = weight.sum(axis=1, dtype=np.float64)
        gained = np.einsum("bi,bi->b", weight, precision).astype(np.float64)
        return np.divide(gained, total, out=np.zeros(len(total)), where=total > 0)

    return evaluate


# --- Counts of labels -----------------------------------------------------------------------------------------------

Masses = tuple[np.ndarray, np.ndarray, np.ndarray]


def _from_counts(y: np.ndarray, label: np.ndarray, finish: Callable[[Masses], np.ndarray]) -> Evaluate:
    """`finish` on the weight of each class among targets, among labels, and among both: three (B, K) arrays."""
    classes = np.union1d(y, label)
    actual, given = y[:, None] == classes, label[:, None] == classes
    table = np.concatenate([actual, given, actual & given], axis=1)

    def evaluate(weights: np.ndarray) -> np.ndarray:
        masses = (weights @ table.astype(weights.dtype)).astype(np.float64)
        actual, given, both = np.split(masses, 3, axis=1)
        return finish((actual, given, both))

    return evaluate


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """above / below, and 0 where nothing is below."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _balanced_accuracy(y: np.ndarray, label: np.ndarray) -> Evaluate:
    def finish(masses: Masses) -> np.ndarray:
        actual, _, both = masses
        return _ratio(both, actual).sum(axis=1) / np.maximum((actual > 0).sum(axis=1), 1)

    return _from_counts(y, label, finish)


def _macro_f1(y: np.ndarray, label: np.ndarray) -> Evaluate:
    def finish(masses: Masses) -> np.ndarray:
        actual, given, both = masses
        return _ratio(2 * both, actual + given).mean(axis=1)

    return _from_counts(y, label, finish)


def _f1(y: np.ndarray, label: np.ndarray) -> Evaluate:
    mean_of_both = _mean_of(((y == 1) & (label == 1)).astype(np.float64))
    mean_of_sum = _mean_of((y == 1).astype(np.float64) + (label == 1))
    return lambda weights: _ratio(2 * mean_of_both(weights), mean_of_sum(weights))


def _mcc(y: np.ndarray, label: np.ndarray) -> Evaluate:
    """Gorodkin's correlation of two partitions (2004, doi:10.1016/j.compbiolchem.2004.09.006); 0 if one is constant."""
    if np.all(y == y[0]) or np.all(label == label[0]):
        return lambda weights: np.zeros(len(weights))

    def finish(masses: Masses) -> np.ndarray:
        actual, given, both = masses
        total = actual.sum(axis=1)
        covariance = both.sum(axis=1) * total - np.sum(actual * given, axis=1)
        spread = (total**2 - np.sum(actual**2, axis=1)) * (total**2 - np.sum(given**2, axis=1))
        return np.divide(covariance, np.sqrt(np.maximum(spread, 0)), out=np.zeros_like(total), where=spread > 0)

    return _from_counts(y, label, finish)


# --- The registry ---------------------------------------------------------------------------------------------------


def pinball_metric(level: float) -> Metric:
    """The pinball loss of the quantile `level`, 0 < level < 1; ValueError outside."""
    if not 0 < level < 1:
        raise ValueError(level)
    return _value(f"pinball@{level}", partial(_pinball, level=level))


def top_k_metric(count: int) -> Metric:
    """The share of rows whose class is among the `count` most probable."""
    return _score(f"top_{count}", partial(_top_k, count=count), "probability", ("multiclass",))


def _value(name: str, plan: Callable, target: str = "real") -> Metric:
    """A loss of predicted values: regression, less is better."""
    return Metric(name, ("regression",), False, "prediction", "relative", target, plan)


def _score(
    name: str,
    plan: Callable,
    needs: str,
    tasks: tuple[str, ...] = CLASSES,
    greater_is_better: bool = True,
    gain_kind: str = "relative",
) -> Metric:
    """A score of classes."""
    return Metric(name, tasks, greater_is_better, needs, gain_kind, "classes", plan)


_ALL = (
    _value("rmse", _rmse),
    _value("mae", _mae),
    _value("mape", _mape, "nonzero"),
    _value("smape", _smape),
    _value("rmsle", _rmsle, "non-negative"),
    Metric("r2", ("regression",), True, "prediction", "absolute", "real", _r2),
    _value("median_ae", _median_ae),
    _value("poisson_deviance", _poisson_deviance, "non-negative"),
    _value("gamma_deviance", _gamma_deviance, "positive"),
    _score("accuracy", _accuracy, "label"),
    _score("balanced_accuracy", _balanced_accuracy, "label"),
    _score("f1", _f1, "label", ("binary",)),
    _score("macro_f1", _macro_f1, "label"),
    _score("roc_auc", _roc_auc, "probability"),
    _score("average_precision", _average_precision, "probability", ("binary",)),
    _score("log_loss", _log_loss, "probability", greater_is_better=False),
    _score("brier", _brier, "probability", greater_is_better=False),
    _score("mcc", _mcc, "label", gain_kind="absolute"),
)
METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
