"""`import losskit` is light, and NumPy alone is enough for every loss. Each test runs a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

import pytest

FRAMEWORKS = (
    "torch",
    "jax",
    "tensorflow",
    "keras",
    "sklearn",
    "scipy",
    "pandas",
    "sympy",
    "mpmath",
    "numba",
    "lightgbm",
)

TIMED = """
import sys, time
start = time.perf_counter()
import losskit
print(time.perf_counter() - start)
print(*{name.partition(".")[0] for name in sys.modules})
"""

NUMPY_ALONE = """
import sys

class Blocked:
    # Everything but the standard library, NumPy and losskit is as if it were not installed.
    def find_spec(self, name, path=None, target=None):
        root = name.partition(".")[0]
        if root not in sys.stdlib_module_names and root not in ("numpy", "losskit"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())

import numpy as np
import losskit as lk
from losskit.core.registry import factory
from losskit.errors import MissingExtra, NotSupported
from losskit.ops.graph import in_order
from losskit.testing.samples import sample

def needs_scipy(loss):
    return any(x.word == "erf" for x in in_order([loss.graphs().each]))

for name in lk.names():
    loss = factory(name).example()
    if needs_scipy(loss):
        continue
    assert repr(loss).startswith(f"lk.{name}("), repr(loss)
    inputs = tuple(sample(loss).values())
    assert np.isfinite(loss(*inputs)), name
    assert loss.each(*inputs).shape == (6,), name
    for derivative in ("gradient", "hessian", "curvature", "value_and_gradient"):
        try:
            getattr(loss, derivative)(*inputs)
        except NotSupported:
            assert not loss.definition.trainable or derivative == "hessian", (name, derivative)

for loss in (lk.poisson(full=True), lk.crps_normal()):
    try:
        loss(*(np.array([1.0]) for _ in loss.definition.inputs))
    except MissingExtra as error:
        assert "losskit[special]" in str(error)
    else:
        raise AssertionError("scipy was found")
print("ok", len(lk.names()))
"""


LOADED = """
import sys
import {module}
print(*{{name.partition(".")[0] for name in sys.modules}})
"""

COMPILED_AT_ONCE = """
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import {library}
import losskit as lk

pred = {array}
print(float({compile}(lk.huber())(pred, pred + 1.0)))
print(float({compile}(lk.huber().value_and_gradient)(pred, pred + 1.0)[0]))
"""
FIRST_CALLS = {
    "torch": {"array": "torch.ones(3)", "compile": "(lambda f: torch.compile(f, fullgraph=True, backend='aot_eager'))"},
    "jax": {"array": "jax.numpy.ones(3)", "compile": "jax.jit"},
    "tensorflow": {"array": "tensorflow.ones(3)", "compile": "tensorflow.function"},
}


def run(code: str) -> list[str]:
    """The lines that `code` prints; warnings are errors, and AutoGraph has nothing to say."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "AutoGraph" not in done.stderr, done.stderr
    return done.stdout.splitlines()


def test_import_loads_no_framework():
    _, loaded = run(TIMED)
    assert not set(FRAMEWORKS) & set(loaded.split())


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("losskit.training.descent", {"torch", "sklearn", "scipy"}),
        ("losskit.training.layers", {"torch", "sklearn", "scipy"}),
        ("losskit.training.linear.exact", {"torch", "sklearn"}),
        ("losskit.training.estimators.regressor", {"torch"}),
    ],
)
def test_training_loads_what_it_trains_with(module, unwanted):
    assert not unwanted & set(run(LOADED.format(module=module))[-1].split())


def test_import_takes_less_than_150_ms():
    """The best of up to 7 runs, for others may be busy on this machine."""
    times: list[float] = []
    while not times or (min(times) >= 0.15 and len(times) < 7):
        times.append(float(run(TIMED)[0]))
    assert min(times) < 0.15, times


def test_numpy_alone_is_enough():
    assert run(NUMPY_ALONE)[-1].startswith("ok")


@pytest.mark.parametrize("library", FIRST_CALLS)
def test_the_very_first_call_may_be_compiled(library):
    """The vocabulary of a library is loaded while its compiler traces."""
    assert run(COMPILED_AT_ONCE.format(library=library, **FIRST_CALLS[library])) == ["0.5", "0.5"]
