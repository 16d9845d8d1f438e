"""The oracle itself: its values at golden points, its derivatives against numerical differentiation of its values."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import losskit as lk
from losskit.core.registry import factory
from losskit.errors import NotSupported
from losskit.ops.oracle import oracle


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


@pytest.mark.parametrize("name", [n for n in lk.names() if factory(n).definition.trainable])
def test_derivatives_are_those_of_the_values(name: str):
    loss = factory(name).example()
    judge = oracle(loss)
    if loss.kind == "rowwise":
        z, y = np.array([0.3, -1.1, 0.8]), np.array(1)
    elif loss.kind == "listwise":
        z, y = np.array([0.3, -1.1, 0.8]), np.array([0.0, 1.0, 3.0])
    else:
        z, y = np.array([0.7]), np.array([1.0 if loss.definition.inputs["target"].only else 0.4])
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


def test_other_inputs_are_refused():
    @lk.define_loss(pred=lk.Real, target=lk.Real, center=lk.Real)
    def three(ops, pred, target, center):
        """Three inputs."""
        return pred - target - center

    with pytest.raises(NotSupported, match="inputs beside"):
        oracle(three())
