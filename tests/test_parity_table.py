"""The judge of the parity table: what agrees, what an explanation covers, and what stays unexplained."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import losskit as lk
from losskit.testing.libraries import Library

sys.path.insert(0, str(Path(__file__).parents[1]))

from parity.comparison import AGREES, CONVENTION, DEFECT, UNEXPLAINED, Apart, Row, compare


def same(pred, target):
    return (pred - target) ** 2


def wrong_above(pred, target):
    return np.where(pred > 2, np.nan, (pred - target) ** 2)


FAR = dict(where=lambda pred, target: pred > 2, why="NaN above 2")


@pytest.mark.parametrize(
    ("theirs", "options", "verdict"),
    [
        (same, {}, AGREES),
        (lambda pred, target: same(pred, target) * (1 + 1e-6), {}, UNEXPLAINED),
        (lambda pred, target: same(pred, target).mean(), {}, AGREES),
        (same, {"mapping": "of another scale"}, CONVENTION),
        (wrong_above, {}, UNEXPLAINED),
        (wrong_above, {"apart": (Apart(**FAR),)}, CONVENTION),
        (wrong_above, {"apart": (Apart(**FAR, defect=True),)}, DEFECT),
        (same, {"apart": (Apart(**FAR),)}, UNEXPLAINED),
    ],
    ids=["same", "off", "mean", "mapped", "unexplained", "explained", "defect", "no longer so"],
)
def test_verdict(theirs, options, verdict):
    result = compare(Row(lk.squared_error(), "peer", theirs, slope=False, **options), Library.NUMPY)
    assert result.verdict == verdict, result.words


def test_evidence_names_the_item_and_the_truth():
    row = Row(lk.squared_error(), "peer", wrong_above, slope=False, apart=(Apart(**FAR, defect=True),))
    words = compare(row, Library.NUMPY).words
    assert words.startswith("NaN above 2 (float64 value at pred ")
    assert "peer nan" in words
    assert "to 50 digits" in words


def test_a_gradient_is_compared_too():
    row = Row(lk.squared_error(), "peer", same, slope=lambda pred, target: pred - target)
    assert compare(row, Library.NUMPY).verdict == UNEXPLAINED


def test_another_shape_is_an_error():
    with pytest.raises(ValueError, match="shape"):
        compare(Row(lk.squared_error(), "peer", lambda pred, target: pred[:3], slope=False), Library.NUMPY)
