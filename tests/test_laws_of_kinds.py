"""The laws hold for a right loss of each kind, and catch a wrong one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import losskit as lk
from losses_of_kinds import KINDS, triplet
from losskit.core.domains import Embeddings, Pixels, Vector
from losskit.ops import rules
from losskit.testing import check_claims, check_laws
from losskit.testing.case import Case
from losskit.testing.laws import LAWS
from losskit.testing.libraries import Library
from losskit.testing.samples import sample
from losskit.testing.variants import extremes, variants

every_kind = pytest.mark.parametrize("factory", KINDS, ids=lambda factory: factory.__name__)


@pytest.mark.parametrize("library", [Library.NUMPY, Library.TORCH], ids=str)  # the catalogue's have all four
@every_kind
def test_laws(factory, library):
    check_laws(variants(factory), library)


@every_kind
def test_claims(factory):
    for loss in extremes(factory):
        check_claims(loss)


@every_kind
def test_samples_do_not_coincide(factory):
    floats = [a for a in sample(factory()).values() if a.dtype.kind == "f"]
    numbers = np.concatenate([a.ravel() for a in floats])
    assert len(np.unique(numbers)) == len(numbers)


def test_the_gradient_is_a_tuple_in_order():
    anchor, positive, negative = np.ones((1, 2)), np.zeros((1, 2)), np.full((1, 2), 0.5)
    gradients = triplet(margin=2.0).gradient(anchor, positive, negative)
    np.testing.assert_allclose(np.concatenate(gradients), [[1.0, 1.0], [-2.0, -2.0], [1.0, 1.0]])


# Mistakes that one law each must catch.


@lk.define_loss(pred=Embeddings)
def deaf_to_its_mask(ops, pred, where):
    return ops.sum(ops.sum(pred * pred)) / ops.size(ops.sum(pred))


@lk.define_loss(pred=Pixels, target=lk.Classes)
def half_deaf_to_its_mask(ops, pred, target, where):
    """The sum knows the mask, the divisor does not."""
    return ops.sum(where.keep(-target.expect(ops.log_softmax(pred)), 0.0)) / ops.size(ops.sum(pred))


@lk.define_loss(pred=lk.Logits, target=lk.Classes)
def mixes_rows(ops, pred, target):
    """Each row's loss depends on the others."""
    row = -target.expect(ops.log_softmax(pred))
    return row * ops.softmax(row)


@lk.define_loss(pred=Embeddings, other=Embeddings)
def depends_on_the_order(ops, pred, other, where):
    r = where.keep_rows(pred - other, 0.0)
    return ops.sum(ops.sum(r * r) * ops.index(ops.sum(r)))


def broken_laws(loss):
    broken = set()
    for law, dtype in itertools.product(LAWS, ("float64", "float32")):
        try:
            law(Case(loss, Library.NUMPY, dtype))
        except AssertionError:
            broken.add(law.check.__name__)
    return broken


@pytest.mark.parametrize(
    ("factory", "laws"),
    [
        (deaf_to_its_mask, {"masked_item_is_deleted", "padding_changes_nothing"}),
        (half_deaf_to_its_mask, {"masked_item_is_deleted", "padding_changes_nothing"}),
        (mixes_rows, {"mask_is_deletion", "weight_is_repetition", "one_item_without_axis", "parts_make_the_whole"}),
        (depends_on_the_order, {"follows_the_order_of_items", "masked_item_is_deleted"}),
    ],
)
def test_mistakes_are_caught(factory, laws):
    assert laws <= broken_laws(factory())


def test_a_wrong_rule_is_caught(monkeypatch):
    first, second = rules.RULES["matmul"]
    monkeypatch.setitem(rules.RULES, "matmul", (first, lambda *args: -second(*args)))

    @lk.define_loss(pred=Embeddings, other=Embeddings, wrt=("pred", "other"))
    def products(ops, pred, other, where):
        p = ops.matmul(where.keep_rows(pred, 0.0), ops.transpose(where.keep_rows(other, 0.0)))
        return ops.sum(ops.sum(p * p))

    assert broken_laws(products()) - {"round_trips"} == {"gradient_is_the_slope"}  # a loss of a test has no module


@pytest.mark.parametrize(
    "wrong",
    [
        dict(convex=True),
        dict(smooth=True, lipschitz=2.0),
        dict(smooth=True, bounded=1.0),
        dict(smooth=True, lipschitz=10.0, zero_at_target=True),
        {},
    ],
)
def test_wrong_claims_are_caught(wrong):
    @lk.define_loss(pred=Vector, target=Vector, claims=wrong)
    def wave(ops, pred, target):
        """Smooth, and none of the others."""
        r = pred - target
        return ops.sum(ops.log_cosh(r)) + 4.0 * ops.tanh(2.0 * ops.take(pred, 0))

    with pytest.raises(AssertionError, match=next(iter([*wrong][-1:]), "smooth")):
        check_claims(wave())


def test_a_kink_is_found_wherever_it_lies():
    @lk.define_loss(pred=Vector, target=Vector, claims=dict(convex=True, smooth=True, zero_at_target=True))
    def length(ops, pred, target):
        r = pred - target
        return ops.sum(ops.where(ops.abs(r) < 3.0, 0.5 * r * r, 3.0 * ops.abs(r) - 4.5))  # huber: its bend jumps

    with pytest.raises(AssertionError, match="smooth"):
        check_claims(length())
