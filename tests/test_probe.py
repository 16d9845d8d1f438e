"""A definition that cannot be right is refused where it is written, and says what is wrong."""

from __future__ import annotations

import pytest

import losskit as lk
from losskit.core.probe import probe
from losskit.core.registry import factory
from losskit.errors import InvalidInput


@pytest.mark.parametrize("name", lk.names())
def test_every_loss_of_the_catalogue_passes(name):
    probe(factory(name).example())


WRONG_SIGNS = [
    ({"pred": lk.Real, "target": lk.Real}, lambda ops, pred, target: -ops.abs(pred - target)),
    ({"pred": lk.Real, "target": lk.Real}, lambda ops, pred, target: 1.0 / (1.0 + (pred - target) * (pred - target))),
    ({"pred": lk.Logit, "target": lk.Binary}, lambda ops, pred, target: ops.softplus((2.0 * target - 1.0) * pred)),
    ({"pred": lk.Logits, "target": lk.Classes}, lambda ops, pred, target: target.expect(ops.log_softmax(pred))),
    ({"pred": lk.LogProbs, "target": lk.Classes}, lambda ops, pred, target: target.expect(pred)),
]


@pytest.mark.parametrize(("inputs", "wrong"), WRONG_SIGNS)
def test_a_wrong_sign(inputs, wrong):
    wrong.__name__ = "upside_down"
    with pytest.raises(InvalidInput, match=r"upside_down falls as pred moves away(.|\n)*turn its sign"):
        lk.define_loss(**inputs)(wrong)


def test_a_wrong_domain():
    with pytest.raises(InvalidInput, match=r"ratio is NaN at pred=-3.0, target=.*real numbers(.|\n)*PositiveReal"):

        @lk.define_loss(pred=lk.Real, target=lk.PositiveReal)
        def ratio(ops, pred, target):
            """The squared logarithm of the ratio."""
            r = ops.log(pred / target)
            return r * r


def test_a_mean_instead_of_one_loss_for_each_item():
    with pytest.raises(InvalidInput, match=r"averaged returns shape \(\).*expected \(49,\)(.|\n)*losskit averages"):

        @lk.define_loss(pred=lk.Real, target=lk.Real)
        def averaged(ops, pred, target):
            """A sum over everything."""
            r = pred - target
            return ops.sum(r * r)


def test_a_loss_for_each_class_instead_of_each_row():
    with pytest.raises(InvalidInput, match=r"wide returns shape \(6, 3\).*expected \(6,\)(.|\n)*ops.sum"):

        @lk.define_loss(pred=lk.Logits, target=lk.Classes)
        def wide(ops, pred, target):
            """It forgot to take the class."""
            return -ops.log_softmax(pred)


def test_losses_that_fall_on_one_side_alone_are_let_through():
    @lk.define_loss(pred=lk.Real, target=lk.Real)
    def critic(ops, pred, target):
        """A score times a sign."""
        return -pred * target

    assert repr(critic()) == "lk.critic()"
