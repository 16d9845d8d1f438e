"""A look at a new definition on a few numbers: a wrong sign, domain or shape is said where it is written."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from losskit.core.domains import Domain
from losskit.errors import InvalidInput, MissingExtra

_NUMBERS = (-3.0, -0.7, 0.0, 0.3, 0.5, 1.0, 2.5)
_FAR = (2.0, 20.0)  # how far a prediction moves away from its target


def probe(loss: Any) -> None:
    """Raise InvalidInput unless `loss` gives one number for each item, none of them NaN, and rewards right answers.

    It looks at losses of one prediction and one target: entries, rows over classes, lists. Words that need an extra
    that is not here are passed over.
    """
    d = loss.definition
    axes = [domain.axes for domain in d.inputs.values()]
    if len(axes) != 2 or axes[0] not in ((), ("K",), ("L",)) or axes[1] not in ((), axes[0]):
        return
    try:
        with np.errstate(all="ignore"):
            _probe(loss)
    except MissingExtra:
        return


def _probe(loss: Any) -> None:
    d = loss.definition
    pred, target = _points(loss)
    each = np.asarray(loss.each(pred, target))
    items = pred.shape[: len(pred.shape) - len(d.inputs[d.lead].axes)]
    if each.shape != items:
        raise InvalidInput(
            f"{d.name} returns shape {each.shape} for {d.lead} of shape {pred.shape}, expected {items}",
            "return one loss for each item and no mean: losskit averages"
            if d.kind == "pointwise"
            else "reduce the last axis with ops.sum, and no other: losskit averages over the rows",
        )
    if np.isnan(each).any():
        at = int(np.argmax(np.isnan(each)))
        raise InvalidInput(
            f"{d.name} is NaN at {d.lead}={pred[at]}, target={target[at]}, which its domains allow: "
            + ", ".join(f"{name}: {domain}" for name, domain in d.inputs.items()),
            "declare a narrower domain (lk.PositiveReal ...), or use words defined there (log1p, softplus ...)",
        )
    if d.trainable and _rewards_mistakes(loss):
        raise InvalidInput(
            f"{d.name} falls as {d.lead} moves away from its target: its minimum is the worst answer",
            "turn its sign: a loss is small where the prediction is right",
        )


def _rewards_mistakes(loss: Any) -> bool:
    """Every answer seen costs less when it gets worse, and none costs more."""
    pairs = _right_and_wrong(loss)
    return bool(pairs) and all(np.all(loss.each(wrong, y) < loss.each(right, y)) for right, wrong, y in pairs)


def _points(loss: Any) -> tuple[np.ndarray, np.ndarray]:
    d = loss.definition
    lead, other = d.inputs.values()
    if d.kind == "pointwise":
        pairs = itertools.product(_inside(lead, _NUMBERS), _inside(other, _NUMBERS))
        pred, target = np.array(list(pairs)).T
        return pred, target
    classes = class_count(loss)
    pred = np.resize(_inside(lead, _NUMBERS), (2 * classes, classes))
    if d.class_input:
        return pred, np.arange(len(pred)) % classes
    return pred, np.resize(_inside(other, _NUMBERS), pred.shape)


def _right_and_wrong(loss: Any) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(right prediction, worse one, target) for losses where the domains say what is right."""
    d = loss.definition
    lead, other = d.inputs.values()
    if d.class_input:
        ids = np.arange(class_count(loss))
        starts = [(far, min(0.0, lead.high - far)) for far in _FAR]  # log-probabilities stay below 0
        lifted = [(start, far * np.eye(len(ids))) for far, start in starts if lead.holds(start - far)]
        return [(start + lift, start - lift, ids) for start, lift in lifted]
    if d.kind == "pointwise" and lead.name in ("Logit", "Margin"):
        y = np.array([0.0, 1.0])
        return [((2.0 * y - 1.0) * far, (1.0 - 2.0 * y) * far, y) for far in _FAR]
    if d.kind == "pointwise" and lead.name == other.name:
        y = _inside(other, _NUMBERS)
        moves = [s * far for far in _FAR for s in (-1.0, 1.0)]
        return [(y, y + move, y) for move in moves if lead.holds(y + move).all()]
    return []


def class_count(loss: Any) -> int:
    """How many classes fit the loss's parameters: 3 where none says."""
    lengths = [len(v) for k, v in loss.params.items() if loss.definition.params[k].per_class and np.ndim(v)]
    return lengths[0] if lengths else 3


def _inside(domain: Domain, values: Any) -> np.ndarray:
    return np.array(domain.only or [v for v in values if domain.holds(v)])
