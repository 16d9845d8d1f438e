"""Each claim of each loss is true, and what a loss does not claim is not true of it."""

from __future__ import annotations

import pytest

import losskit as lk
from losskit.core.definition import CLAIMS
from losskit.core.registry import factory
from losskit.testing.accuracy import extremes
from losskit.testing.claims import PROPERTIES, assert_claim, assert_estimates, assert_positive_curvature

every_loss = pytest.mark.parametrize("name", lk.names())


def _losses(name: str) -> list[lk.Loss]:
    """Claims leave class weights aside."""
    return [loss for loss in extremes(factory(name)) if loss.params.get("class_weight") is None]


def test_every_claim_has_its_law():
    assert CLAIMS.keys() == PROPERTIES.keys() | {"estimates", "trainable"}


@pytest.mark.parametrize("claim", PROPERTIES)
@every_loss
def test_claim(name: str, claim: str):
    for loss in _losses(name):
        assert_claim(loss, claim)


@every_loss
def test_estimates(name: str):
    for loss in _losses(name):
        assert_estimates(loss)


@every_loss
def test_trainable(name: str):
    loss = factory(name).example()
    if not loss.definition.trainable:
        with pytest.raises(lk.LosskitError, match="surrogate"):
            loss.graphs().gradient  # noqa: B018
        return
    for variant in _losses(name):
        assert_positive_curvature(variant)
