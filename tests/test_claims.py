"""Each claim of each loss is true, and what a loss does not claim is not true of it."""

from __future__ import annotations

import pytest

import losskit as lk
from losskit.core.definition import CLAIMS
from losskit.core.registry import factory
from losskit.testing import check_claims
from losskit.testing.claims import PROPERTIES
from losskit.testing.claims_on_items import ON_ITEMS
from losskit.testing.variants import extremes

every_loss = pytest.mark.parametrize("name", lk.names())


def test_every_claim_has_its_law():
    assert CLAIMS.keys() == PROPERTIES.keys() | ON_ITEMS.keys() | {"estimates", "trainable"}


@every_loss
def test_claims(name: str):
    for loss in extremes(factory(name)):
        check_claims(loss)


@every_loss
def test_untrainable(name: str):
    loss = factory(name).example()
    if not loss.definition.trainable:
        with pytest.raises(lk.LosskitError, match="surrogate"):
            loss.graphs().gradient  # noqa: B018
