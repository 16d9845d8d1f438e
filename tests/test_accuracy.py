"""Every loss is as accurate as its inputs allow, on every library and in both precisions, judged to 50 digits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import losskit as lk
from losskit.core.registry import factory
from losskit.testing.accuracy import DTYPES, assert_accurate
from losskit.testing.case import listed
from losskit.testing.libraries import Library
from losskit.testing.points import few_items, is_usual
from losskit.testing.samples import native
from losskit.testing.variants import extremes

every_library = pytest.mark.parametrize("library", Library, ids=str)


def cases():
    """Every loss; those of more than one entry, whose truth is dear, in the sweep."""
    for name in lk.names():
        slow = factory(name).definition.kind != "pointwise"
        yield pytest.param(name, marks=[pytest.mark.sweep] if slow else [])


@pytest.mark.parametrize("name", list(cases()))
def test_accurate(name: str):
    for loss in extremes(factory(name)):
        for library in Library:  # the truth is dear, and one for all
            for dtype in DTYPES:
                assert_accurate(loss, library, dtype)


def _gradient(loss: lk.Loss, library: Library, dtype: str, z: float, y: float) -> float:
    return float(library.numbers(loss.gradient(library.array([z], dtype), library.array([y], dtype)))[0])


def _hessian(loss: lk.Loss, library: Library, dtype: str, z: float, y: float) -> float:
    return float(library.numbers(loss.hessian(library.array([z], dtype), library.array([y], dtype)))[0])


@pytest.mark.parametrize("dtype", DTYPES)
@every_library
class TestKnownFigures:
    """Figures that textbook forms get wrong: Hessians at 0, and gradients of a confident score."""

    def test_binary_cross_entropy_at_zero(self, library: Library, dtype: str):
        loss = lk.binary_cross_entropy()
        assert _hessian(loss, library, dtype, 0.0, 1.0) == 0.25
        assert _hessian(loss, library, dtype, 0.0, 0.0) == 0.25
        assert _gradient(loss, library, dtype, 0.0, 1.0) == -0.5
        assert _gradient(loss, library, dtype, 0.0, 0.0) == 0.5

    @pytest.mark.parametrize("loss", [lk.huber(), lk.log_cosh(), lk.pseudo_huber(), lk.cauchy()], ids=repr)
    def test_hessian_is_one_at_the_target(self, loss: lk.Loss, library: Library, dtype: str):
        assert _hessian(loss, library, dtype, 3.0, 3.0) == 1.0

    @pytest.mark.parametrize("z", [30.0, 80.0])
    def test_confident_and_right(self, z: float, library: Library, dtype: str):
        # -sigmoid(-z) = -e^-z to 1e-13 at z = 30
        assert _gradient(lk.binary_cross_entropy(), library, dtype, z, 1.0) == pytest.approx(-np.exp(-z), rel=2e-6)

    def test_cross_entropy_confident_and_right(self, library: Library, dtype: str):
        z, y = library.array([[30.0, 0.0]], dtype), library.array([0], "int64")
        gradient = library.numbers(lk.cross_entropy().gradient(z, y))[0]
        assert gradient == pytest.approx([-np.exp(-30.0), np.exp(-30.0)], rel=2e-6)


@every_library
@pytest.mark.parametrize("name", lk.names())
def test_nothing_is_nan_far_out(name: str, library: Library):
    loss = factory(name).example()
    if not is_usual(loss) or loss.kind == "listwise":
        inputs = native(few_items(loss), library, "float32")
        assert_no_nan(loss, library, *inputs)
        return
    if loss.kind == "rowwise":
        top = min(1e4, loss.definition.inputs["pred"].high)
        z = library.array([[top, -1e4, 0.0], [-1e4, -1e4, -1e4]], "float32")
        y = library.array([1, 0], "int64")
    else:
        pred, target = loss.definition.inputs.values()
        low, high = max(-1e4, pred.low + 1e-3), min(1e4, pred.high - 1e-3)
        z = library.array([high, low, high, low], "float32")
        y = library.array([1.0, 1.0, 0.0, 0.0] if target.low == 0.0 else [1.0] * 4, "float32")
        if target.open_low:
            y = library.array([1.0] * 4, "float32")
    assert_no_nan(loss, library, z, y)


def assert_no_nan(loss: lk.Loss, library: Library, *inputs: Any):
    methods = ["each", "gradient", "curvature"] if loss.definition.trainable else ["each"]
    for method in methods:
        for array in listed(getattr(loss, method)(*inputs)):
            assert not np.isnan(library.numbers(array)).any(), method
