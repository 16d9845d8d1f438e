"""What gradient boosting asks of a loss: gradient and curvature of the sum over rows, its mean, a start; in NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from losskit.adapters.lists import Lists
from losskit.adapters.refusals import check_kind, check_served
from losskit.errors import InvalidInput, NotSupported

_GRID = 64  # constants that are tried before the best of them is refined
_KINDS = ("pointwise", "rowwise", "listwise")
_HALVINGS = 50
_FARTHEST_SCORE = 32.0  # exp of it is 8e13: no raw score on a log or logit scale starts farther out


class Objective:
    """A loss as a booster calls it. A subclass names the host and unpacks its data container.

    Hosts call in two ways: estimators with (y_true, y_pred, weight), native training with (scores, container).
    """

    host: str

    def __init__(self, loss: Any):
        check_served(loss, self.host)
        check_kind(loss, self.host, _KINDS, "a booster predicts one score for each row, or one for each class")
        self.loss = loss

    @property
    def name(self) -> str:
        """The loss's name as hosts print a metric: without spaces, at which XGBoost cuts."""
        return self.loss.name.replace(" ", "")

    def unpack(self, data: Any) -> tuple[Any, Any, Any]:
        """Labels, weights and sizes of the groups in the host's container; None where there are none."""
        raise NotImplementedError

    def arguments(self, y_true: Any, y_pred: Any, weight: Any, group: Any) -> tuple[Any, Any, Any, Any]:
        """(scores, labels, weights, sizes of the groups), whichever way the host called."""
        if hasattr(y_pred, "get_label"):
            return (y_true, *self.unpack(y_pred))
        return y_pred, y_true, weight, group

    def coupling(self, classes: int) -> float:
        """What the host multiplies the curvature of one class's score by, as the others' move with it."""
        raise NotImplementedError

    def gradients(
        self, raw: Any, label: Any, weight: Any, group: Any, exact: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Gradient and curvature in the shape of `raw`: (n,), or (n, K) for a loss over classes, whose labels are ids.

        `weight` (n,) multiplies both, as boosters expect; None or an empty array means none. `group` (lists,) holds the
        lengths of the lists of a ranking loss, whose weights are (lists,) or (n,) and equal within a list. A loss whose
        slope jumps (absolute_error, quantile ...) is given the curvature of its smoothed self, unless `exact`.
        """
        loss = self.loss
        raw, target, weight = _arrays(loss, raw, label, weight)
        if kind(loss) == "listwise":
            lists = Lists(group, len(raw))
            arrays, options = (lists.pad(raw), lists.pad(target)), dict(where=lists.real, weight=lists.weight(weight))
            gradient, curvature = loss.gradient_and_curvature(*arrays, **options)
            return lists.flat(gradient), lists.flat(curvature)
        if not exact and is_kinked(loss):
            gradient, curvature = _smoothed(loss, raw, target, weight)
            return (gradient, curvature) if weight is None else (gradient * weight, curvature * weight)
        gradient, curvature = loss.gradient_and_curvature(raw, target, weight=weight)
        if kind(loss) == "rowwise":
            curvature = curvature * self.coupling(raw.shape[1])
        return gradient, curvature

    def value(self, raw: Any, label: Any, weight: Any, group: Any) -> float:
        """The weighted mean loss; arrays as for `gradients`."""
        raw, target, weight = _arrays(self.loss, np.asarray(raw, dtype=float), label, weight)
        if kind(self.loss) == "listwise":
            lists = Lists(group, len(raw))
            options = dict(where=lists.real, weight=lists.weight(weight))
            return float(self.loss(lists.pad(raw), lists.pad(target), **options))
        return float(self.loss(raw, target, weight=weight))

    def start(self, y: Any, weight: Any = None) -> Any:
        """The constant raw score with the least mean loss: a float, or (K,) for a loss over classes, from ids 0..K-1.

        `y` (n,) and `weight` (n,) are those of the training rows. Hand it to LightGBM as `init_score`, to XGBoost as
        `base_score`; a loss over lists ranks, so that its start is 0.
        """
        return best_constant(self.loss, y, weight)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self  # nothing in it changes, and a loss made inside a function has no name to be found by

    def __repr__(self) -> str:
        return f"{self.host}({self.loss!r})"


def kind(loss: Any) -> str:
    """`pointwise`, `rowwise` or `listwise` (a sum has the kind of its terms)."""
    return loss._terms()[0][1].kind


def task(loss: Any) -> str:
    """`regression`, `binary`, `multiclass` or `ranking`."""
    return loss._terms()[0][1].definition.task


def link(loss: Any, raw: np.ndarray) -> np.ndarray:
    """Raw scores as predictions; a sum has the link of its first term."""
    return loss._terms()[0][1].link(raw)


def has_link(loss: Any) -> bool:
    """False where the raw score is all there is, as for hinge."""
    d = loss._terms()[0][1].definition
    return d.link is not None or d.inputs[d.lead].link != "identity"


def _arrays(loss: Any, raw: Any, label: Any, weight: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """The three as the loss takes them: ids as integers, weights in the shape of `each`."""
    raw, label = np.asarray(raw), np.asarray(label)
    if kind(loss) == "rowwise" and raw.ndim != 2:
        raise InvalidInput(
            f"{loss!r} needs a score for each class, got scores of shape {raw.shape}",
            "pass num_class= (LightGBM, XGBoost) with the number of classes",
        )
    if kind(loss) != "rowwise" and raw.size != label.size:
        raise InvalidInput(
            f"{loss!r} takes one score for each label, got scores {raw.shape} and labels {label.shape}",
            "leave out num_class=, or take a loss over classes: lk.cross_entropy()",
        )
    weight = None if weight is None or np.size(weight) == 0 else np.asarray(weight)
    if kind(loss) == "rowwise":
        ids = label.astype(np.int64)
        if (ids != label).any():
            raise InvalidInput(
                f"{loss!r}: labels must be class ids, got {label[ids != label][0]:g}", "number the classes"
            )
        return raw, ids, weight
    if kind(loss) == "pointwise" and weight is not None and raw.ndim > 1:
        weight = np.broadcast_to(weight[:, None], raw.shape)
    return raw, label.reshape(raw.shape), weight


# losses whose slope jumps


def is_kinked(loss: Any) -> bool:
    """True for regression losses that are no more than straight pieces, to which curvature says nothing."""
    return any(_is_kinked(part) for _, part in loss._terms())


def _is_kinked(part: Any) -> bool:
    if part.definition.task != "regression" or part.claims.get("smooth"):
        return False
    hessian, curvature = part.graphs().hessian, part.graphs().curvature
    return curvature.word == "constant" if hessian.word != "constant" else hessian.value == 0.0


def _smoothed(loss: Any, raw: np.ndarray, target: np.ndarray, weight: Any) -> tuple[np.ndarray, np.ndarray]:
    """Gradient, and curvature of the loss averaged over ± the median residual: ψ(r)/r where that is flat too.

    Both are divided by the mean curvature, so that the steps have the target's units and what hosts measure by the
    curvature (reg_lambda, min_child_weight) means the same in every unit.
    """
    residual = np.abs(raw - target)
    width = _median(residual, weight) or residual.mean() or 1.0
    gradient = loss.gradient(raw, target)
    secant = (loss.gradient(raw + width, target) - loss.gradient(raw - width, target)) / (2.0 * width)
    curvature = np.where(secant > 0.0, secant, np.abs(gradient) / np.maximum(residual, width))
    unit = np.average(curvature, weights=weight) or 1.0
    return gradient / unit, np.where(curvature > 0.0, curvature / unit, 1.0)


def _median(values: np.ndarray, weight: np.ndarray | None) -> float:
    order = np.argsort(values, axis=None)
    total = np.cumsum(np.ones(values.size) if weight is None else weight.ravel()[order])
    return float(values.ravel()[order][np.searchsorted(total, 0.5 * total[-1])])


# the best constant


def best_constant(loss: Any, y: Any, weight: Any = None) -> Any:
    """The constant raw score with the least mean loss; see `Objective.start`."""
    if kind(loss) == "listwise":
        return 0.0
    weight = None if weight is None else np.asarray(weight, dtype=float)
    values, place = np.unique(np.asarray(y), return_inverse=True)
    counts = np.bincount(place.ravel(), weight)  # equal targets are one row with their weight
    if kind(loss) == "rowwise":
        return _best_row(loss, values.astype(np.int64), counts)
    values = values.astype(float)
    if task(loss) == "regression" and not has_link(loss):
        tried = np.unique(np.quantile(values, np.linspace(0.0, 1.0, _GRID + 1)))
    else:
        tried = np.linspace(-_FARTHEST_SCORE, _FARTHEST_SCORE, _GRID + 1)
    best = int(np.argmin([loss(np.full_like(values, c), values, weight=counts) for c in tried]))
    low, high = tried[max(best - 1, 0)], tried[min(best + 1, len(tried) - 1)]
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        slope = loss.gradient(np.full_like(values, middle), values, weight=counts).sum()
        low, high = (low, middle) if slope > 0.0 else (middle, high)
    return float(0.5 * (low + high))


def _best_row(loss: Any, ids: np.ndarray, counts: np.ndarray) -> np.ndarray:
    from scipy.optimize import minimize  # both hosts bring it

    def mean(scores: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = loss.value_and_gradient(np.tile(scores, (len(ids), 1)), ids, weight=counts)
        return value, gradient.sum(axis=0)

    return minimize(mean, np.zeros(ids.max() + 1), jac=True, method="BFGS").x


# what an estimator says


def check_settings(estimator: str, settings: Mapping[str, Any], dead: tuple[str, ...]) -> None:
    """Raise for settings that reach the host's own objectives alone."""
    for name in dead:
        if settings.get(name) not in (None, False):
            raise NotSupported(
                f"{estimator} trains with your loss, which {name}={settings[name]!r} does not reach",
                "set it on the loss (lk.quantile(level=0.9), lk.huber(delta=2)), or weigh rows by sample_weight=",
            )


def check_labels(estimator: str, y: Any) -> None:
    """Raise for labels that are NaN or infinite, which hosts read as other numbers."""
    labels = np.asarray(y)
    bad = ~np.isfinite(labels) if labels.dtype.kind == "f" else np.zeros(1, bool)
    if bad.any():
        raise InvalidInput(
            f"{estimator}: y holds {int(bad.sum())} NaN or infinite value(s) of {labels.size}", "leave those rows out"
        )


def check_task(loss: Any, estimator: str, *tasks: str) -> None:
    """Raise unless the loss is for one of these tasks."""
    if task(loss) not in tasks:
        raise InvalidInput(
            f"{estimator} is for {' and '.join(tasks)}, and {loss.name} is for {task(loss)}",
            f"take the estimator for {task(loss)}, or a loss for {tasks[-1]}: losskit list",
        )


def check_classes(loss: Any, classes: int) -> None:
    """Raise where a loss for two classes meets more."""
    if task(loss) == "binary" and classes > 2:
        raise InvalidInput(
            f"{loss.name} is for two classes, got {classes}", "take lk.cross_entropy() or another over classes"
        )


def probabilities(loss: Any, raw: np.ndarray) -> np.ndarray:
    """(n, K), from raw scores (n,) of two classes or (n, K)."""
    if not has_link(loss):
        raise NotSupported(
            f"{loss.name} gives no probabilities", "take predict, or train with lk.binary_cross_entropy()"
        )
    predicted = link(loss, raw)
    return predicted if kind(loss) == "rowwise" else np.stack([1.0 - predicted, predicted], axis=1)


def decision(raw: np.ndarray) -> np.ndarray:
    """(n,) for two classes, above 0 for the second, also under a loss over classes; else (n, K)."""
    return raw[:, 1] - raw[:, 0] if raw.ndim == 2 and raw.shape[1] == 2 else raw


def class_ids(loss: Any, raw: np.ndarray) -> np.ndarray:
    """(n,) from raw scores: the greatest, or whether the only one is above 0."""
    return raw.argmax(axis=1) if kind(loss) == "rowwise" else (raw > 0.0).astype(np.int64)
