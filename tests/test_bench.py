"""The benchmarks: every side of a row computes the same, and verdicts follow from the figures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "scripts"


@pytest.fixture(autouse=True)
def on_path(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)


def row(goals=(), copy=None, arithmetic=None, **seconds):
    from benchmarks.measuring import Row

    named = {name.replace("_", "."): taken for name, taken in seconds.items()}
    return Row("C5", "a table", "huber", named, goals, copy, arithmetic)


def test_a_verdict_follows_from_the_figures():
    from benchmarks.goals import Beyond, Faster, OfACopy, Seconds, Within
    from benchmarks.report import verdict

    assert verdict(row(ours=1.0, torch=2.0)) == ""
    assert verdict(row([Faster("torch", 2.0)], ours=1.0, torch=2.0)) == "holds"
    assert verdict(row([Faster("torch", 2.1)], ours=1.0, torch=2.0)) == "misses"
    assert verdict(row([Faster("torch", 2.0)], ours=1.0, torch=2.0, jax_jit=0.9)) == "loses"
    assert verdict(row([Within("own", 1.1)], ours=1.05, own=1.0)) == "holds"
    assert verdict(row([Within("own", 1.1)], ours=1.2, own=1.0)) == "misses"
    assert verdict(row([Beyond("own", 0.1)], ours=1.05, own=1.0)) == "holds"
    assert verdict(row([Seconds(0.9)], ours=1.0)) == "misses"
    assert verdict(row([OfACopy(0.8)], copy=0.9, ours=1.0)) == "holds"
    assert verdict(row([OfACopy(0.8)], copy=0.7, ours=1.0)) == "misses"


def test_a_row_that_misses_says_by_how_much_and_what_bounds_it():
    from benchmarks.goals import Faster
    from benchmarks.report import report

    from losskit.reporting import render_markdown

    goals = [Faster("torch", 20.0)]
    held = row(goals, copy=1e-3, arithmetic=1e-3, ours=2e-3, torch=50e-3)
    slow = row(goals, copy=1e-3, arithmetic=4e-3, ours=5e-3, torch=40e-3, jax_jit=4e-3)
    page = render_markdown(report([held, slow], quick=True))
    assert "| goal |  | ≥20x |" in page
    assert "| huber | 2 ms | 25.0x | – | 50% | holds |" in page
    assert "| **huber** | **5 ms** | **8.00x** | **0.80x** | **20%** | **loses** |" in page
    assert "torch 8.00x, goal ≥20x; slower than jax.jit. Bounded by arithmetic: of 5 ms," in page
    assert "1 of 2 rows hold" in page


def agree(side, value, gradient):
    """Peers take the mean or not: the mean of their values, and their gradient up to one factor."""
    theirs, direction = (np.asarray(x, np.float64) for x in side())
    np.testing.assert_allclose(theirs.mean(), value, rtol=2e-5)
    along(direction, gradient)


def along(a, b):
    np.testing.assert_allclose(a.reshape(-1) / np.abs(a).max(), b.reshape(-1) / np.abs(b).max(), atol=2e-5)


def uncompiled(sides):
    """PyTorch's compiled sides are its eager ones but for the Hessian, which one test compiles."""
    return [side for name, side in sides.items() if name not in ("ours", "entropy", "torch.compile")]


@pytest.mark.sweep
def test_all_sides_of_a_pointwise_row_compute_the_same():
    from benchmarks import peers, pointwise

    given = pointwise.data(1000)
    for name, loss in pointwise.LOSSES.items():
        sides = peers.sides("value_and_gradient", name, *given)
        assert {"torch", "torch.compile", "jax.jit"} <= set(sides)
        for side in uncompiled(sides):
            agree(side, *loss.value_and_gradient(*given))
    for name in pointwise.WITH_HESSIAN:
        loss = pointwise.LOSSES[name]
        expected = loss.gradient(*given), loss.hessian(*given)
        for side in uncompiled(peers.sides("gradient_and_hessian", name, *given)):
            for theirs, ours in zip(side(), expected, strict=True):
                along(np.asarray(theirs), ours)


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning:torch")
@pytest.mark.sweep
def test_a_compiled_hessian():
    from benchmarks import on_torch, pointwise

    given = pointwise.data(1000)
    loss = pointwise.LOSSES["log_cosh"]
    side = on_torch.compiled_gradient_and_hessian("log_cosh", *given, "float32")
    for theirs, ours in zip(side(), (loss.gradient(*given), loss.hessian(*given)), strict=True):
        along(np.asarray(theirs), ours)


@pytest.mark.sweep
def test_all_sides_of_a_softmax_row_compute_the_same():
    from benchmarks import softmax

    works = [softmax.of_ids("C1", (64, 50), softmax.C1, quick=True), *softmax.others((64, 50), quick=True)]
    assert len(works) == 6, "of_ids and five others"
    for work in works:
        assert {"torch", "torch.compile", "jax.jit"} <= set(work.sides)
        for side in uncompiled(work.sides):
            agree(side, *work.sides["ours"]())


ALONE_WITH_TORCH = """
import importlib.util, runpy, shutil, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in ("jax", "sklearn") else find(name, package)
shutil.which = lambda name: None
sys.argv = ["bench.py", "--only", "C6", "--quick", "--json", "--write", sys.argv[1]]
runpy.run_path("scripts/bench.py", run_name="__main__")
"""


@pytest.mark.sweep
def test_a_quick_run_with_one_peer(tmp_path):
    """As JSON and as a page; those that are not installed are named."""
    environment = {**os.environ, "PYTHONPATH": f"{SCRIPTS}{os.pathsep}{ROOT / 'src'}"}
    command = [sys.executable, "-c", ALONE_WITH_TORCH, str(tmp_path / "bench.md")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True)
    found = json.loads(done.stdout)
    assert found["about"]["Peers not installed"] == "torch.compile, jax.jit, scikit-learn"
    assert [row["work"] for row in found["rows"]] == ["huber", "quantile", "binary_cross_entropy", "cross_entropy"]
    assert all(set(row["times_as_fast"]) == {"torch"} for row in found["rows"])
    assert done.returncode == any(not goal["holds"] for row in found["rows"] for goal in row["goals"])
    assert "sklearn" not in (tmp_path / "bench.md").read_text().partition("## C6")[2]
