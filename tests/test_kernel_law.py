"""Kernels give what the definition gives: every loss of single entries, a wrong kernel, and no numba at all."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

import losskit as lk
from losskit.core import acceleration
from losskit.core.registry import factory, names
from losskit.ops.on_numpy import WORDS
from losskit.ops.program import Program
from losskit.ops.reverse import every_slope
from losskit.testing import check_kernels
from losskit.testing.kernels import assert_kernels_are_plain
from losskit.testing.libraries import Library

QUICK = ("huber", "binary_cross_entropy")
POINTWISE = [name for name in names() if factory(name).example().kind == "pointwise"]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.sweep]) for name in POINTWISE]
)
def test_kernels_are_plain(name):
    check_kernels(factory(name).example(), [Library.NUMPY, Library.TORCH])


def test_a_wrong_kernel_is_caught():
    @lk.define_loss(pred=lk.Real, target=lk.Real)
    def own(ops, pred, target):
        return (pred - target) * (pred - target)

    loss = own()
    assert_kernels_are_plain(loss, Library.NUMPY, "float32")
    kernels = loss.graphs().kernels
    for task, kernel in [(task, kernel) for task, kernel in kernels.items() if "curvature" in task.stored]:
        kernels[task] = kernel._replace(run=lambda *args, run=kernel.run: last_doubled(run, *args))
    with pytest.raises(AssertionError, match="the curvature of gradient_and_curvature"):
        assert_kernels_are_plain(loss, Library.NUMPY, "float32")


def last_doubled(run, *arguments):
    found = run(*arguments)
    arguments[-1][...] *= 2.0
    return found


def test_slopes_of_steps():
    loss = lk.squared_error(half=True)
    graphs, pred, target = loss.graphs(), np.linspace(-2.0, 3.0, 7), np.zeros(7)
    slopes = every_slope(graphs.each)
    assert slopes[graphs.each].value == 1.0
    program = Program([slopes[graphs.inputs["pred"]], slopes[graphs.inputs["target"]]])
    to_pred, to_target = program.run(WORDS, {"pred": pred, "target": target}, pred)
    np.testing.assert_array_equal(to_pred, loss.gradient(pred, target))
    np.testing.assert_array_equal(to_target, -loss.gradient(pred, target))


def test_nan_on_torch_comes_out_as_the_definition_has_it(monkeypatch):
    monkeypatch.setattr(acceleration, "LARGE", 1)
    pred, target = torch.ones(300), torch.zeros(300)
    pred[7] = np.nan
    for loss in (lk.smape(), lk.tukey(), lk.huber()):
        assert loss.each(pred, target).isnan().nonzero().flatten().tolist() == [7]
        assert loss(pred, target).isnan()


def test_gradient_and_curvature_are_what_they_are_apart():
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=3000), rng.normal(size=3000), rng.normal(size=3000)]
    weight, where = rng.uniform(size=3000), rng.uniform(size=3000) < 0.5
    for loss in (lk.huber(), lk.huber() + 2.0 * lk.pseudo_huber(), lk.gaussian_nll()):
        given = inputs if loss.name == "gaussian_nll" else inputs[:2]
        options = {"weight": weight, "where": where}
        gradient, curvature = loss.gradient_and_curvature(*given, **options)
        np.testing.assert_array_equal(gradient, loss.gradient(*given, **options))
        np.testing.assert_array_equal(curvature, loss.curvature(*given, **options))


WITHOUT_NUMBA = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "numba":
            raise ModuleNotFoundError("No module named 'numba'", name="numba")

sys.meta_path.insert(0, Blocked())
import losskit as lk
from losskit.core import acceleration
from losskit.testing import check_kernels, check_laws
from losskit.testing.libraries import Library

acceleration.LARGE = 1
for loss in (lk.huber(), lk.binary_cross_entropy(), lk.cross_entropy()):
    check_laws([loss], Library.NUMPY)
    check_kernels(loss, [Library.NUMPY])
    assert not loss.graphs().kernels
print("numba" in sys.modules)
"""


@pytest.mark.sweep
def test_laws_hold_without_numba():
    done = subprocess.run([sys.executable, "-W", "error", "-c", WITHOUT_NUMBA], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "False"
