"""The oracle itself: its values at golden points, its derivatives against numerical differentiation of its values."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import losskit as lk
from losskit.core.registry import factory
from losskit.errors import NotSupported
from losskit.ops import dispatch, symbols
from losskit.ops.frozen import Decisions
from losskit.ops.oracle import Oracle, judge, oracle
from losskit.ops.oracle_by_differences import MpmathWords, OracleByDifferences
from losskit.testing.points import sample_of

TRAINABLE = [name for name in lk.names() if factory(name).definition.trainable]
SYMBOLIC = [name for name in TRAINABLE if isinstance(judge(factory(name).example()), Oracle)]


def test_golden_values_to_fifty_digits():
    cost = oracle(lk.binary_cross_entropy()).value(np.array([1.0]), np.array([1.0]))[0]
    cosh = oracle(lk.log_cosh()).value(np.array([0.5]), np.array([0.0]))[0]
    row = oracle(lk.cross_entropy()).value(np.array([1.0, 0.0, 0.0]), np.array(0))[()]
    with mpmath.workdps(60):
        for found, expected in (
            (cost, mpmath.log(1 + 1 / mpmath.e)),
            (cosh, mpmath.log(mpmath.cosh(0.5))),
            (row, mpmath.log(1 + 2 / mpmath.e)),
        ):
            assert mpmath.almosteq(found, expected, rel_eps=mpmath.mpf(10) ** -49)


def test_no_digit_is_lost_far_out():
    bce = oracle(lk.binary_cross_entropy())
    with mpmath.workdps(60):
        tiny = mpmath.exp(-10_000)
        for found in (bce.value, bce.hessian):
            assert mpmath.almosteq(found(np.array([1e4]), np.array([1.0]))[0], tiny, rel_eps=mpmath.mpf(10) ** -49)
        steep = oracle(lk.log_cosh()).hessian(np.array([1e4]), np.array([0.0]))[0]
        assert mpmath.almosteq(steep, 4 * tiny**2, rel_eps=mpmath.mpf(10) ** -49)


@pytest.mark.parametrize("name", SYMBOLIC)
def test_derivatives_are_those_of_the_values(name: str):
    loss = factory(name).example()
    judge = oracle(loss)
    target = loss.definition.inputs["target"]
    z, y = np.array([0.7]), np.array([1.0 if target.only else 0.4])
    if loss.kind != "pointwise":
        z, y = np.array([0.3, -1.1, 0.8]), np.array(1 if target.classes else [0.0, 1.0, 0.0 if target.only else 3.0])
    step = 2.0**-20

    def value(at: np.ndarray):
        return judge.value(at, y).ravel()[0]

    for k in range(len(z)):
        e = step * np.eye(len(z))[k]
        with mpmath.workdps(60):
            slope = (value(z + e) - value(z - e)) / (2 * step)
            bend = (value(z + e) - 2 * value(z) + value(z - e)) / step**2
        assert float(judge.gradient(z, y)[k]) == pytest.approx(float(slope), rel=1e-8, abs=1e-10)
        assert float(judge.hessian(z, y)[k]) == pytest.approx(float(bend), rel=1e-8, abs=1e-10)


def test_condition_is_what_a_rounding_of_the_inputs_does():
    condition = oracle(lk.squared_error()).condition(np.array([3.0]), np.array([1.0]))[0]
    assert float(condition) == 3.0 * 4.0 + 1.0 * 4.0  # |z·2r| + |y·2r|
    gradient = oracle(lk.squared_error()).condition(np.array([3.0]), np.array([1.0]), of="gradient")[0]
    assert float(gradient) == 3.0 * 2.0 + 1.0 * 2.0


def test_a_loss_written_anew_gets_a_new_oracle():
    def first(ops, pred, target):
        return pred - target

    def second(ops, pred, target):
        return pred + target

    second.__name__ = "first"
    losses = [lk.define_loss(pred=lk.Real, target=lk.Real)(f)() for f in (first, second)]
    found = [float(oracle(loss).value(np.array([2.0]), np.array([1.0]))[0]) for loss in losses]
    assert found == [1.0, 3.0]


@lk.define_loss(pred=lk.Real, target=lk.Real, center=lk.Real)
def three(ops, pred, target, center):
    """Three inputs."""
    return ops.abs(pred - target - center)


def test_other_inputs_are_for_the_oracle_by_differences():
    with pytest.raises(NotSupported, match="judge"):
        oracle(three())
    assert isinstance(judge(three()), OracleByDifferences)
    assert isinstance(judge(lk.huber()), Oracle)


def near(found: np.ndarray, expected: np.ndarray) -> None:
    assert found.shape == expected.shape
    with mpmath.workdps(60):
        for a, b in zip(found.ravel(), expected.ravel(), strict=True):
            assert abs(a - b) <= mpmath.mpf(10) ** -50 * max(abs(b), mpmath.mpf(10) ** -10), (a, b)


class TestByDifferences:
    @pytest.mark.parametrize(
        "name", ["huber", "pseudo_huber", "hinge", "poisson", "tukey", "cross_entropy", "listnet", "brier"]
    )
    def test_it_is_sympy_where_both_serve(self, name: str):
        loss = factory(name).example()
        ours, theirs = OracleByDifferences(loss), oracle(loss)
        z, y = (x[:: max(1, len(x) // 20)] for x in sample_of(loss))
        near(ours.value(z, y), theirs.value(z, y))
        near(ours.gradient(z, y)[0], theirs.gradient(z, y))
        near(ours.hessian(z, y)[0], theirs.hessian(z, y))
        for of in ("value", "gradient"):
            ours_of = np.ravel(ours.condition(z, y, of=of))
            scale = np.abs(np.ravel(getattr(theirs, of)(z, y)).astype(float))
            np.testing.assert_allclose(
                np.maximum(ours_of, scale),
                np.maximum(np.ravel(theirs.condition(z, y, of=of).astype(float)), scale),
                rtol=0.05,
            )

    def test_a_slope_for_each_input(self):
        loss = lk.get("gaussian_nll")
        z, s, y = np.array([0.5, -1.0]), np.array([0.25, -2.0]), np.array([2.0, 0.125])
        with mpmath.workdps(60):
            r, v = (z - y) + mpmath.mpf(0), np.array([mpmath.exp(x) for x in s])
            in_mean, in_log_variance = OracleByDifferences(loss).gradient(z, s, y)
            near(in_mean, r / v)
            near(in_log_variance, (1 - r * r / v) / 2)
            near(OracleByDifferences(loss).hessian(z, s, y)[1], r * r / v / 2)

    def test_kinks_have_the_declared_slope(self):
        zero, one = np.zeros(1), np.ones(1)
        assert float(OracleByDifferences(three()).gradient(zero, zero, zero)[0][0]) == 0.0
        assert float(OracleByDifferences(lk.hinge()).gradient(one, one)[0][0]) == 0.0
        assert float(OracleByDifferences(lk.huber()).gradient(one, zero)[0][0]) == 1.0
        assert float(OracleByDifferences(lk.huber()).hessian(one, zero)[0][0]) == 1.0

    def test_ties_are_broken_once(self):
        @lk.define_loss(pred=lk.Logits, target=lk.Classes)
        def gap(ops, pred, target):
            """The largest score less that of the class, and the scores in order."""
            best = ops.take(pred, ops.argmax(pred)) - target.expect(pred)
            return best + ops.take(ops.permute(pred, ops.argsort(pred)), 1)

        z, y = np.array([[2.0, 2.0, -1.0]]), np.array([2])
        found = OracleByDifferences(gap()).gradient(z, y)[0].astype(float)
        np.testing.assert_array_equal(found, [[1.0, 1.0, -1.0]])
        np.testing.assert_array_equal(found, gap().gradient(z, y))

    def test_what_is_stopped_stands_still(self):
        @lk.define_loss(pred=lk.Real, target=lk.Real)
        def stopped(ops, pred, target):
            """A product of which one factor is held."""
            r = pred - target
            return ops.stop_gradient(r) * r

        z, y = np.array([3.0]), np.array([1.0])
        assert float(OracleByDifferences(stopped()).gradient(z, y)[0][0]) == 2.0
        assert float(OracleByDifferences(stopped()).hessian(z, y)[0][0]) == 0.0

    @pytest.mark.parametrize("name", ["info_nce", "dice", "giou", "listmle"])
    def test_items_of_every_shape(self, name: str):
        from losskit.testing.samples import sample

        loss = factory(name).example()
        inputs = list(sample(loss, 2, 0).values())
        judged = OracleByDifferences(loss)
        each, gradients = loss.each(*inputs), loss.gradient(*inputs)
        assert judged.value(*inputs).shape == each.shape == judged.condition(*inputs).shape
        np.testing.assert_allclose(judged.value(*inputs).astype(float), each, rtol=1e-12)
        for found, own, scale in zip(
            judged.gradient(*inputs),
            gradients if isinstance(gradients, tuple) else [gradients],
            judged.condition(*inputs, of="gradient"),
            strict=True,
        ):
            assert found.shape == own.shape == scale.shape
            assert np.all(np.abs(found.astype(float) - own) <= 1e-14 * np.maximum(scale, np.abs(own)))

    def test_every_word_is_there_and_right(self):
        """The vocabulary written once more: each word of entries, rows and pairs beside NumPy's."""
        words, plain = MpmathWords(Decisions()), dispatch.words_of(np.ones(1))
        assert [w for w in (*symbols.POINTWISE, *symbols.ALONG_AXIS) if not hasattr(words, w)] == []
        x = np.array([[0.75, 0.25, 0.5]])
        for word in {*symbols.POINTWISE} - {"pow", "where"} | {
            "softmax",
            "log_softmax",
            "logsumexp",
            "one_minus_softmax",
        }:
            exact, own = getattr(words, word)(words.numbers(x)), getattr(plain, word)(x)
            np.testing.assert_allclose(np.asarray(exact, float), own, rtol=1e-14, err_msg=word)
        np.testing.assert_allclose(np.asarray(words.pow(words.numbers(x), 1.5), float), x**1.5, rtol=1e-14)
