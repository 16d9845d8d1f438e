"""Losses as values: errors, parameters, define_loss, the registry, sums, names."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import weakref

import numpy as np
import pytest
import tensorflow as tf
import torch

import losskit as lk
from losskit.core.domains import Domain
from losskit.core.registry import factory
from losskit.errors import InvalidInput, InvalidType, LosskitError, MissingExtra, NotSupported, UnknownName, require
from losskit.testing import check_loss
from losskit.testing.accuracy import assert_accurate
from losskit.testing.estimates import assert_estimates
from losskit.testing.libraries import Library

PRED, TARGET = np.array([0.5, -1.0, 3.0]), np.array([0.0, 1.0, 1.0])


@lk.define_loss(
    guess=lk.Real,
    truth=lk.Real,
    width=lk.Positive(1.0, search=(0.1, 10.0), scales_with="target"),
    claims=dict(convex=True, residual=True, zero_at_target=True, scale_equivariant=True, lipschitz=lambda width: width),
)
def users_huber(ops, guess, truth, *, width):
    """A loss of the user's own."""
    r = guess - truth
    return ops.where(ops.abs(r) <= width, 0.5 * r * r, width * (ops.abs(r) - 0.5 * width))


@lk.define_loss(score=lk.Logits, label=lk.Classes, pull=lk.NonNegative(0.1), claims=dict(convex=True, smooth=True))
def users_classes(ops, score, label, *, pull):
    """Cross-entropy that also holds the scores near 0."""
    return label.expect(-ops.log_softmax(score)) + pull * ops.sum(score * score)


PROBABILITY = Domain("Probability", "probabilities", low=0.0, high=1.0, interior=0.5)


@lk.define_loss(
    chance=PROBABILITY,
    outcome=lk.Binary,
    claims=dict(convex=True, smooth=True, bounded=1.0, lipschitz=2.0, proper=True, estimates="mean"),
)
def users_brier(ops, chance, outcome):
    """The squared error of a probability, for a domain of the user's own."""
    return (chance - outcome) * (chance - outcome)


@lk.define_loss(guess=lk.Real, truth=lk.Real, claims=dict(convex=True, bounded=1.0))
def boastful(ops, guess, truth):
    """Claims a bound that it does not keep."""
    return ops.abs(guess - truth)


# What is said when something is wrong


def message(kind, run):
    with pytest.raises(kind) as caught:
        run()
    assert isinstance(caught.value, LosskitError)
    lines = str(caught.value).splitlines()
    assert len(lines) == 2, f"one line of what, one of remedy: {lines}"
    return str(caught.value)


def test_arrays_given_to_the_factory():
    assert "lk.huber()(pred, target)" in message(InvalidType, lambda: lk.huber(PRED, TARGET))
    assert "lk.huber()(pred, target)" in message(InvalidType, lambda: lk.huber(pred=PRED, target=TARGET))


@pytest.mark.parametrize(
    ("run", "parts"),
    [
        (lambda: lk.huber(delta=0), ("huber(delta=0)", "0 < value", "default is 1.0")),
        (lambda: lk.huber(delta=np.nan), ("delta=nan",)),
        (lambda: lk.huber(delta=np.inf), ("delta=inf",)),
        (lambda: lk.huber(delta=[1.0, -1.0]), ("delta=-1.0",)),
        (lambda: lk.huber(delta=None), ("needs delta=",)),
        (lambda: lk.quantile(level=1.0), ("0 < value < 1",)),
        (lambda: lk.squared_error(half="yes"), ("False or True",)),
        (lambda: lk.cross_entropy(label_smoothing=1.5), ("0 <= value <= 1",)),
        (lambda: lk.cross_entropy(label_smoothing=[0.1, 0.2]), ("static", "one number")),
        (lambda: lk.cross_entropy(label_smoothing=torch.tensor(0.1)), ("traced or learned",)),
        (lambda: lk.logit_adjusted(), ("needs prior=",)),
    ],
)
def test_parameters_outside_their_range(run, parts):
    said = message(InvalidInput, run)
    for part in parts:
        assert part in said


def test_unknown_names():
    assert "did you mean huber" in message(UnknownName, lambda: lk.get("hubber"))
    assert "did you mean delta" in message(UnknownName, lambda: lk.huber(detla=2.0))
    assert "key 'loss'" in message(InvalidInput, lambda: lk.get({"name": "huber"}))
    with pytest.raises(AttributeError, match="hubber"):
        lk.hubber  # noqa: B018


def test_errors_are_also_the_built_in_kinds():
    assert issubclass(InvalidInput, ValueError)
    assert issubclass(InvalidType, TypeError)
    assert issubclass(NotSupported, NotImplementedError)
    with pytest.raises(MissingExtra, match=r'pip install "losskit\[ray\]"'):
        require("a_module_that_is_not_there", "ray")


@pytest.mark.parametrize(
    ("loss", "pred", "target", "part"),
    [
        (lk.squared_error(), [np.nan, 1.0], [0.0, 1.0], "1 NaN or infinite value(s) of 2"),
        (lk.squared_error(), [0.0, 1.0], [np.inf, 1.0], "target holds 1 NaN"),
        (lk.poisson(), [0.0, 1.0], [-1.0, 2.0], "numbers >= 0, got -1 (1 of 2 outside)"),
        (lk.gamma(), [0.0, 1.0], [0.0, 2.0], "numbers > 0"),
        (lk.msle(), [-1.0, 1.0], [0.0, 2.0], "pred must be numbers > -1"),
        (lk.hinge(), [0.0, 1.0], [-1.0, 1.0], "(target + 1) / 2"),
        (lk.hinge(), [0.0, 1.0], [0.5, 1.0], "0 or 1"),
        (lk.binary_cross_entropy(), [0.0, 1.0], [1.5, 1.0], "between 0 and 1"),
    ],
)
def test_values_outside_their_domain(loss, pred, target, part):
    """On NumPy always; on PyTorch where lk.check is asked, as a check there would wait for the device."""
    pred, target = np.array(pred), np.array(target)
    assert part in message(InvalidInput, lambda: loss(pred, target))
    pred, target = torch.tensor(pred), torch.tensor(target)
    loss(pred, target)
    assert part in message(InvalidInput, lambda: lk.check(loss, pred, target))


def test_weights_must_not_be_negative():
    loss, weight = lk.squared_error(), np.array([1.0, -1.0, 1.0])
    assert "weight" in message(InvalidInput, lambda: loss(PRED, TARGET, weight=weight))
    assert loss(PRED, TARGET, weight=weight, where=weight > 0) == loss(PRED[[0, 2]], TARGET[[0, 2]])


def test_devices_must_agree():
    meta = torch.empty(3, device="meta")
    said = message(InvalidInput, lambda: lk.squared_error()(torch.zeros(3), meta))
    assert "pred is on cpu" in said
    assert "target on meta" in said


def test_array_parameters_follow_the_device():
    meta = torch.empty(3, device="meta")
    assert lk.huber(delta=[1.0, 2.0, 3.0])(meta, meta).device.type == "meta"


def test_class_targets_are_told_by_rank():
    scores, loss = np.zeros((4, 3)), lk.cross_entropy()
    assert "must be integers" in message(InvalidType, lambda: loss(scores, np.zeros(4)))
    assert "class axis" in message(InvalidInput, lambda: loss(np.float64(1.0), np.array(1)))
    whole_numbers = np.eye(3, dtype=int)[[0, 1, 2, 0]]  # integer soft labels are soft labels
    assert loss(scores, whole_numbers) == loss(scores, np.array([0, 1, 2, 0]))


def test_tensorflow_tensors_of_unknown_rank_are_refused():
    unknown = tf.TensorSpec(None, tf.float32)
    traced = tf.function(lk.huber(), input_signature=[unknown, unknown], autograph=False)
    assert "set_shape" in message(InvalidInput, lambda: traced(tf.zeros(2), tf.zeros(2)))


def test_a_per_class_parameter_has_one_number_for_each_class():
    loss = lk.cross_entropy(class_weight=[1.0, 2.0, 3.0])
    said = message(InvalidInput, lambda: loss(np.zeros((4, 2)), np.array([0, 1, 1, 0])))
    assert "3 numbers" in said
    assert "2 classes" in said


def test_untrainable_and_second_order_say_so():
    assert "binary_cross_entropy" in message(NotSupported, lambda: lk.zero_one().gradient(PRED, np.round(TARGET)))
    scores = np.zeros((4, 3)), np.array([0, 1, 2, 0])
    assert "curvature" in message(NotSupported, lambda: lk.softmax_focal().hessian(*scores))


# A loss is a value


def test_losses_compare_by_value():
    assert lk.huber(delta=2.0) == lk.huber(delta=2)
    assert lk.huber(delta=2.0) != lk.huber()
    assert lk.huber() != lk.smooth_l1()
    assert len({lk.huber(), lk.huber(), lk.huber(delta=2.0)}) == 2
    assert weakref.ref(loss := lk.huber())() is loss


def test_parameters_never_change():
    level = np.array([0.1, 0.9])
    loss = lk.quantile(level=level)
    level[:] = 0.5
    assert loss == lk.quantile(level=[0.1, 0.9])
    with pytest.raises(ValueError, match="read-only"):
        loss.params["level"][0] = 0.5
    with pytest.raises(TypeError):
        loss.params["level"] = 0.5


def test_repr_shows_what_differs_from_the_defaults():
    assert repr(lk.huber()) == "lk.huber()"
    assert repr(lk.huber(delta=2.5)) == "lk.huber(delta=2.5)"
    assert repr(lk.cross_entropy(class_weight=[1.0, 2.0])) == "lk.cross_entropy(class_weight=[1.0, 2.0])"
    assert repr(0.5 * lk.huber() + lk.squared_error()) == "0.5 * lk.huber() + lk.squared_error()"


def test_to_dict_is_json():
    loss = lk.logit_adjusted(prior=np.array([0.7, 0.3]), class_weight=(1, 2))
    assert lk.get(json.loads(json.dumps(loss.to_dict()))) == loss
    assert lk.huber(delta=2.0).to_dict() == {"loss": "huber", "delta": 2.0}
    assert lk.get({"loss": "huber"}, delta=3.0) == lk.huber(delta=3.0)


def test_aliases_and_peers_names():
    for alias, name in {"mse": "squared_error", "mae": "absolute_error", "l1": "absolute_error"}.items():
        assert lk.get(alias).name == name
    assert lk.get("bce") == lk.binary_cross_entropy()
    assert lk.get("ce") == lk.cross_entropy()
    assert factory("torch.nn.SmoothL1Loss") is lk.smooth_l1


def test_every_loss_is_public_and_documented():
    for name in lk.names():
        made = factory(name)
        assert getattr(lk, name) is made
        assert name in lk.__all__
        assert made.definition.source in made.__doc__
        assert made.definition.description
        assert list(made.__signature__.parameters) == list(made.definition.params)


def test_estimates_follow_the_parameters():
    assert lk.quantile(level=0.9).estimates == "quantile 0.9"
    assert lk.huber().estimates == "between mean and median"


# Sums


def test_a_sum_is_a_loss():
    total = lk.squared_error() + 0.5 * lk.absolute_error()
    parts = lk.squared_error(), lk.absolute_error()
    weight, where = np.array([1.0, 2.0, 0.5]), np.array([True, False, True])
    for options in ({}, {"weight": weight}, {"where": where}, {"normalizer": 7.0}):
        expected = parts[0](PRED, TARGET, **options) + 0.5 * parts[1](PRED, TARGET, **options)
        assert total(PRED, TARGET, **options) == expected
        value, gradient = total.value_and_gradient(PRED, TARGET, **options)
        assert value == expected
        slopes = [part.value_and_gradient(PRED, TARGET, **options)[1] for part in parts]
        np.testing.assert_array_equal(gradient, slopes[0] + 0.5 * slopes[1])
    for method in ("each", "sum", "gradient", "hessian", "curvature"):
        first, second = (getattr(part, method)(PRED, TARGET) for part in parts)
        np.testing.assert_array_equal(getattr(total, method)(PRED, TARGET), first + 0.5 * second)


def test_a_sum_round_trips():
    total = 2 * (lk.huber(delta=2.0) + 0.5 * lk.huber()) + lk.log_cosh()
    assert list(total.terms) == ["huber", "huber_2", "log_cosh"]
    assert [factor for factor, _ in total.terms.values()] == [2.0, 1.0, 1.0]
    assert lk.get(json.loads(json.dumps(total.to_dict()))) == total
    assert pickle.loads(pickle.dumps(total)) == total
    assert eval(repr(total), {"lk": lk}) == total
    assert hash(pickle.loads(pickle.dumps(total))) == hash(total)


def test_a_sum_reuses_out_and_is_differentiated_and_checked():
    total, buffer = lk.squared_error() + lk.huber(), np.empty(3)
    _, gradient = total.value_and_gradient(PRED, TARGET, out=buffer)
    assert gradient is buffer
    np.testing.assert_array_equal(buffer, total.value_and_gradient(PRED, TARGET)[1])
    leaf = torch.tensor(PRED, requires_grad=True)
    total(leaf, torch.tensor(TARGET)).backward()
    np.testing.assert_allclose(leaf.grad.numpy(), buffer, rtol=1e-14)
    message(InvalidInput, lambda: lk.check(total, PRED * np.nan, TARGET))


def test_only_losses_and_numbers_combine():
    assert "multiplied by a number" in message(InvalidType, lambda: lk.huber() * "2")
    with pytest.raises(TypeError):
        lk.huber() + 1.0


# A user's own loss


@pytest.mark.parametrize("own", [users_huber, users_classes, users_brier], ids=lambda own: own.__name__)
def test_a_users_loss_obeys_the_laws(own):
    check_loss(own, libraries=["numpy", "torch"])


def test_a_users_loss_stays_the_users():
    assert "users_huber" not in lk.names()
    np.testing.assert_array_equal(users_huber().gradient(PRED, TARGET), lk.huber().gradient(PRED, TARGET))


def test_check_loss_names_the_broken_law():
    """Each definition breaks a law that its author may not think of."""

    @lk.define_loss(pred=lk.Real, target=lk.Real)
    def neighbours(ops, pred, target):
        return (pred - target[::-1]) * (pred - target[::-1]) if hasattr(target, "shape") else pred - target

    with pytest.raises(AssertionError, match=r"neighbours\(\) on numpy float64 breaks the law of"):
        check_loss(neighbours, libraries=["numpy"])

    @lk.define_loss(pred=lk.Real, target=lk.Real)
    def by_rank(ops, pred, target):
        return ops.sum(pred - target) + 0.0 * pred

    with pytest.raises(AssertionError, match=r"follows_permutation|weight_is_repetition|one_item_without_axis"):
        check_loss(by_rank, libraries=["numpy"])


def test_check_loss_names_the_false_claim():
    with pytest.raises(AssertionError, match=r"boastful\(\) claims bounded=1.0, which does not hold"):
        check_loss(boastful, libraries=["numpy"])

    @lk.define_loss(guess=lk.Real, truth=lk.Real, claims=dict(estimates="the best"))
    def vague(ops, guess, truth):
        return (guess - truth) * (guess - truth)

    with pytest.raises(AssertionError, match=r"estimate 'the best', which no law knows here \(known: mean, median\)"):
        assert_estimates(vague())


def test_check_loss_names_the_branch_that_is_not_finite():
    @lk.define_loss(guess=lk.Real, truth=lk.Real)
    def hidden(ops, guess, truth):
        r = guess - truth
        return ops.where(ops.abs(r) <= 1.0, r * r, ops.log(ops.abs(r)))

    with pytest.raises(AssertionError, match=r"hidden\(\): a branch of a where is not finite at guess="):
        check_loss(hidden, libraries=["numpy"])


def test_check_loss_names_the_point_that_is_not_accurate():
    @lk.define_loss(pred=lk.Real, target=lk.Real, claims=dict(convex=True, smooth=True, residual=True, lipschitz=1.0))
    def cancelling(ops, pred, target):
        r = pred - target
        return ops.sqrt(1.0 + r * r) - 1.0

    with pytest.raises(AssertionError, match=r"value .*cancelling\(\) on numpy float32 at pred="):
        assert_accurate(cancelling(), Library.NUMPY, "float32")


def test_check_loss_without_sympy_names_the_extra():
    program = """
import sys
sys.modules["sympy"] = None
import losskit as lk
from losskit.testing import check_loss
try:
    check_loss(lk.huber)
except ImportError as error:
    assert "losskit[formulas]" in str(error), error
else:
    raise AssertionError("no error")
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_check_loss_wants_a_loss():
    message(InvalidType, lambda: check_loss("huber"))
    message(InvalidInput, lambda: check_loss(lk.huber, libraries=["pandas"]))
    check_loss(lk.huber(delta=2.0), libraries=["numpy"])


def test_mistakes_in_a_declaration():
    def undeclared(ops, pred, target, *, delta):
        return pred - target

    def formula(ops, pred, target):
        return pred - target

    declared = {"pred": lk.Real, "target": lk.Real}
    assert "takes (pred, target, delta)" in message(InvalidInput, lambda: lk.define_loss(**declared)(undeclared))
    message(InvalidType, lambda: lk.define_loss(**declared, delta=1.0)(formula))
    message(InvalidInput, lambda: lk.define_loss()(formula))
    assert "convex" in message(UnknownName, lambda: lk.define_loss(**declared, claims={"konvex": True})(formula))


def test_a_definition_may_not_branch_on_arrays():
    with pytest.raises(InvalidType, match=r"ops\.where"):

        @lk.define_loss(pred=lk.Real, target=lk.Real)
        def branching(ops, pred, target):
            return pred if pred > target else target


def test_remedies_for_shapes_work():
    """What the second line of the error says is what mends the call."""
    score, ids = np.zeros((4, 3)), np.array([[0], [1], [2], [0]])
    cases = [
        (lambda: lk.cross_entropy()(score, ids), r"target\[\.\.\., 0\]"),
        (lambda: lk.cross_entropy()(score, ids[:, 0], weight=np.ones(3)), r"cross_entropy\(class_weight="),
        (lambda: lk.huber()(np.zeros((4, 1)), np.zeros(4)), r"target\.reshape\(pred\.shape\)"),
        (lambda: lk.huber()(np.zeros(4), np.zeros(3)), "one entry for each of pred"),
    ]
    for call, remedy in cases:
        with pytest.raises(InvalidInput, match=remedy):
            call()
    lk.cross_entropy()(score, ids[..., 0])
    lk.huber()(np.zeros((4, 1)), np.zeros(4).reshape(np.zeros((4, 1)).shape))


def test_a_loss_in_the_place_of_an_objective_names_the_adapter():
    import lightgbm

    data = lightgbm.Dataset(np.zeros((4, 1)), np.zeros(4))
    with pytest.raises(InvalidType, match="to_lightgbm"):
        lk.huber()(np.zeros(4), data)
    with pytest.raises(InvalidType, match=r"lk\.to_keras\("):
        lk.huber(np.zeros(4), np.zeros(4))


@pytest.mark.parametrize("loss", [lk.huber(delta=[1.0, 2.0, 3.0]), lk.quantiles(levels=(0.1, 0.5, 0.9))])
def test_an_array_of_parameters_widens_nothing(loss):
    pred, target = np.zeros((5, 1)), np.zeros((5, 1) if loss.kind == "pointwise" else 5)
    for convert in (np.asarray, torch.as_tensor, tf.constant):
        with pytest.raises(InvalidInput, match=r"has shape \(3,\), which does not broadcast to pred's \(5, 1\)"):
            loss(convert(pred), convert(target))
