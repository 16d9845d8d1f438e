"""Every loss of the registry obeys every law, on every library and in every floating dtype."""

from __future__ import annotations

import pytest

from losskit.core.registry import factory, names
from losskit.testing import check_laws
from losskit.testing.libraries import Library
from losskit.testing.samples import variants


@pytest.mark.parametrize("library", Library, ids=str)
@pytest.mark.parametrize("name", names())
def test_laws(name, library):
    for loss in variants(factory(name)):
        check_laws(loss, library)
