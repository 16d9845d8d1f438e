"""`check_objective` names what is wrong with an objective, one finding for one mistake, and is silent on right ones."""

from __future__ import annotations

import numpy as np
import pytest

import losskit as lk
from losskit.core.registry import factory
from losskit.errors import InvalidType, UnknownName


def sigmoid(raw):
    return 1.0 / (1.0 + np.exp(-raw))


def softmax(raw):
    shares = np.exp(raw - raw.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def times(weight, *arrays):
    return arrays if weight is None else tuple(weight.reshape(-1, *[1] * (a.ndim - 1)) * a for a in arrays)


def squared(y, p, weight=None):
    return times(weight, p - y, np.ones_like(p))


def logistic(y, p, weight=None):
    q = sigmoid(p)
    return times(weight, q - y, q * (1 - q))


def softmaxed(y, p, weight=None):
    q = softmax(p)
    return times(weight, q - np.eye(3)[y.astype(int)], 2 * q * (1 - q))


def changed(right, change):
    """`right` with its gradient and Hessian put through `change`."""
    return lambda y, p, weight=None: change(*right(y, p, weight))


def names(found):
    return [finding.name for finding in found]


SERVED = [
    loss
    for loss in (factory(name).example() for name in lk.names())
    if loss.definition.trainable
    and len(loss.definition.inputs) == 2
    and loss.kind in ("pointwise", "rowwise", "listwise")
    and len(loss.definition.wrt) == 1
    and loss.name != "wgan"  # a straight line has no least value: nothing for a booster
    and loss.name != "ldam"  # made for cosines times 30, it is flat for the scores tried here
    and loss.definition.task in ("regression", "binary", "multiclass", "ranking")
    and loss.definition.inputs[loss.definition.lead].low == -np.inf
    and loss.definition.inputs[loss.definition.lead].high == np.inf
]


@pytest.mark.parametrize("loss", SERVED, ids=lambda loss: loss.name)
def test_every_loss_of_the_catalogue_is_clean(loss):
    d = loss.definition
    task = "positive" if d.inputs[d.lead].link in ("exp", "expm1") else d.task
    if task == "ranking":
        assert not lk.check_objective(lk.to_lightgbm(loss), task)
        return
    assert not lk.check_objective(lk.to_lightgbm(loss), task, loss=loss)
    assert not lk.check_objective(lk.to_xgboost(loss), task, loss=loss)


@pytest.mark.parametrize(
    ("f", "task"),
    [(squared, "regression"), (logistic, "binary"), (softmaxed, "multiclass")],
)
def test_right_ones_are_clean(f, task):
    found = lk.check_objective(f, task)
    assert found == []
    assert str(found) == "nothing found"


def rate_for_its_logarithm(y, p, weight=None):
    """The squared logarithmic error of a rate, d/dp (log1p(p) - log1p(y))²/2, given the rate's logarithm."""
    p = np.maximum(p, -0.5)
    return squared(0.0, (np.log1p(p) - np.log1p(y)) / (p + 1.0), weight)


def probability_gradient(y, p, weight=None):
    q = sigmoid(p)
    return times(weight, (q - y) / (q * (1 - q)), 1.0 / np.where(y == 1, q, 1 - q) ** 2)


def divides_by_the_residual(y, p, weight=None):
    r = p - y
    return times(weight, r / np.abs(r), np.ones_like(p))


def clips_in_place(y, p, weight=None):
    np.clip(p, -0.5, 0.5, out=p)
    return squared(y, p, weight)


def classes_first(y, p, weight=None):
    """What a booster of another layout wants: all rows of class 0, then all of class 1."""
    gradient, hessian = softmaxed(y, p, weight)
    return gradient.T.reshape(p.shape), hessian.T.reshape(p.shape)


def weights_on_gradient_alone(y, p, weight=None):
    return times(weight, p - y)[0], np.ones_like(p)


WRONG = {
    "swapped sign": (changed(squared, lambda g, h: (-g, h)), "regression", "swapped-sign"),
    "swapped sign, binary": (changed(logistic, lambda g, h: (-g, h)), "binary", "swapped-sign"),
    "swapped sign, classes": (changed(softmaxed, lambda g, h: (-g, h)), "multiclass", "swapped-sign"),
    "hessian 0": (changed(squared, lambda g, h: (g, 0 * h)), "regression", "zero-hessian"),
    "hessian 0 in places": (changed(squared, lambda g, h: (g, h * (g > 0))), "regression", "hessian-zeros"),
    "hessian of the wrong sign": (changed(logistic, lambda g, h: (g, -h)), "binary", "negative-hessian"),
    "hessian far too small": (changed(logistic, lambda g, h: (g, h / 10)), "binary", "hessian-too-small"),
    "hessian far too large": (changed(logistic, lambda g, h: (g, h * 50)), "binary", "hessian-too-large"),
    "in millionths": (changed(squared, lambda g, h: (g * 1e-6, h * 1e-6)), "regression", "far-from-1"),
    "no gradient": (changed(squared, lambda g, h: (0 * g, h)), "regression", "zero-gradient"),
    "divided by n": (changed(squared, lambda g, h: (g / g.size, h / g.size)), "regression", "divided-by-rows"),
    "gradient alone divided by n": (changed(logistic, lambda g, h: (g / g.size, h)), "binary", "divided-by-rows"),
    "summed": (changed(squared, lambda g, h: (g.sum(), h.sum())), "regression", "wrong-shape"),
    "integers": (changed(squared, lambda g, h: (g.astype(int), h)), "regression", "wrong-dtype"),
    "gradient alone": (changed(squared, lambda g, h: g), "regression", "not-a-pair"),
    "raises": (lambda y, p, weight=None: p @ np.ones((3, 3)), "regression", "raises"),
    "NaN at the target": (divides_by_the_residual, "regression", "not-finite"),
    "log of the raw score": (lambda y, p, weight=None: times(weight, -y / p, y / p**2), "binary", "not-finite"),
    "no sigmoid": (squared, "binary", "wrong-link"),
    "no softmax": (lambda y, p, weight=None: squared(np.eye(3)[y.astype(int)], p, weight), "multiclass", "wrong-link"),
    "sigmoid twice": (lambda y, p, weight=None: logistic(y, sigmoid(p), weight), "binary", "wrong-link"),
    "gradient of the probability": (probability_gradient, "binary", "wrong-link"),
    "weights twice": (lambda y, p, weight=None: times(weight, *squared(y, p, weight)), "regression", "weights-twice"),
    "weights ignored": (lambda y, p, weight=None: squared(y, p), "regression", "weights-ignored"),
    "weights on the gradient alone": (weights_on_gradient_alone, "regression", "weights-ignored"),
    "rate for its logarithm": (rate_for_its_logarithm, "positive", "wrong-link"),
    "a metric": (lambda y, p, weight=None: ("mse", 1.0, False), "regression", "not-a-pair"),
    "no weights": (lambda y, p: squared(y, p), "regression", "takes-no-weight"),
    "scores changed in place": (clips_in_place, "regression", "modifies-scores"),
    "classes first": (classes_first, "multiclass", "rows-mixed"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_one_mistake_one_finding(mistake):
    f, task, name = WRONG[mistake]
    found = lk.check_objective(f, task)
    assert names(found) == [name]
    for finding in found:
        assert finding.severity in ("error", "warning")
        assert finding.seen in " ".join(str(found).split())
        assert finding.remedy in " ".join(str(found).split())
    assert max(map(len, str(found).splitlines())) <= 80


def test_the_gradient_of_another_loss():
    def half(y, p):
        return 0.5 * (p - y) ** 2

    assert not lk.check_objective(squared, loss=half)
    assert not lk.check_objective(squared, loss=lambda y, p: half(y, p).mean())
    assert names(lk.check_objective(squared, loss=lambda y, p: np.abs(p - y) ** 3)) == ["other-gradient"]
    assert names(lk.check_objective(squared, loss=lk.huber(delta=0.5))) == ["other-gradient"]


def test_native_ones_taken_for_others():
    native = lk.check_objective(lambda scores, data: squared(data.get_label(), scores))
    assert names(native) == ["raises"]
    assert "native=True" in str(native)


@pytest.mark.parametrize("adapter", [lk.to_lightgbm, lk.to_xgboost])
def test_ours_are_clean_in_native_training_too(adapter):
    assert not lk.check_objective(adapter(lk.binary_cross_entropy()), "binary", native=True)
    assert not lk.check_objective(adapter(lk.listnet()), "ranking", native=True)


def test_native_ones_are_called_with_data():
    def native(scores, data):
        return squared(data.get_label(), scores, data.get_weight() if data.get_weight().size else None)

    def listwise(scores, data):
        group = np.diff(data.get_uint_info("group_ptr"))
        return lk.to_lightgbm(lk.listnet())(data.get_label(), scores, data.get_weight(), group)

    assert not lk.check_objective(native, native=True)
    assert not lk.check_objective(listwise, "ranking", native=True)
    assert names(lk.check_objective(changed(native, lambda g, h: (-g, h)), native=False)) == ["raises"]
    unweighted = lk.check_objective(lambda scores, data: squared(data.get_label(), scores), native=True)
    assert names(unweighted) == ["weights-ignored"]


def test_ranking_the_wrong_way_round():
    objective = lk.to_lightgbm(lk.listnet())

    def swapped(y, p, weight=None, group=None):
        gradient, hessian = objective(y, p, weight, group)
        return -gradient, hessian

    assert names(lk.check_objective(swapped, "ranking")) == ["swapped-sign"]


def test_says_what_it_takes():
    with pytest.raises(UnknownName, match="unknown task 'regresion'"):
        lk.check_objective(squared, "regresion")
    with pytest.raises(InvalidType, match="needs an objective"):
        lk.check_objective(lk.huber())
