"""The fixtures for users' suites, in a pytest of their own, and what they say."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

import losskit as lk
from losskit.errors import InvalidInput, InvalidType
from losskit.testing.finite import assert_gradients_are_finite
from losskit.testing.objectives import assert_objective_is_consistent
from losskit.testing.partitions import assert_partition_invariant

ROOT = Path(__file__).parent.parent
PLUGIN = "losskit.testing.pytest_plugin"

FAILING = """
import torch
import torch.nn.functional as F


def test_root(loss_gradients_are_finite):
    x = torch.ones(4)
    loss_gradients_are_finite(lambda p, y: torch.sqrt(((p - y) ** 2).mean()), x, 2 * x)


def test_masked_mean(loss_is_partition_invariant):
    scores, ids = torch.randn(12, 5), torch.randint(0, 5, (12,))
    ids[:4] = -100
    loss_is_partition_invariant(F.cross_entropy, scores, ids, parts=[6, 6])


def test_flipped(objective_is_consistent):
    objective_is_consistent(lambda y, p: (y - p, 0 * p + 1))
"""


def run_pytest(folder):
    """Exit code and output; the plugin by its name, as this environment may have been installed without it."""
    command = [sys.executable, "-m", "pytest", "-p", PLUGIN, "-p", "no:cacheprovider", "suite.py"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_the_page_shows_what_passes_what_fails_and_how(tmp_path):
    page = (ROOT / "docs" / "doctor" / "pytest.md").read_text(encoding="utf-8")
    passing, failing = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    (tmp_path / "suite.py").write_text(passing + failing.replace("def test_", "def test_failing_"))
    code, out = run_pytest(tmp_path)
    assert code == 1
    assert "1 failed, 3 passed" in out
    (shown,) = re.findall(r"```text\n(.*?)```", page, flags=re.DOTALL)
    assert all(line.strip() in out for line in shown.splitlines())


def test_mistakes_fail_and_show_their_numbers(tmp_path):
    (tmp_path / "suite.py").write_text(FAILING)
    code, out = run_pytest(tmp_path)
    assert code == 1
    assert "3 failed" in out
    assert "where the prediction equals the target: value 0, 4 of 4 entries of the gradient are NaN" in out
    assert "parts of 6, 6 rows do not add up to the batch" in out
    assert re.search(r"gradient off by \d+\.\d+% of its size, cosine 0\.\d+", out)
    assert "error swapped-sign: 100% of the gradients push away from the target" in out
    assert "src/losskit" not in out  # the traceback ends at the user's line


def test_pytest_finds_the_plugin_and_starts_without_a_framework():
    entry = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]["pytest11"]
    assert entry == {"losskit": PLUGIN}
    code = f"import sys, {PLUGIN}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "jax", "tensorflow", "keras", "scipy", "sklearn", "numba", "lightgbm"} & set(loaded)


# --- What each asks --------------------------------------------------------------------------------------------------

SCORES, IDS = torch.randn(12, 5, generator=torch.manual_seed(0)), torch.arange(12) % 5
X, Y = np.random.default_rng(0).normal(size=(2, 12))


def test_losskits_losses_are_finite_on_every_library():
    assert_gradients_are_finite(lk.huber(), X, Y, edges=(-1e6, 1e6))
    assert_gradients_are_finite(lk.binary_cross_entropy(), X, (Y > 0) * 1.0, edges=(-1e3, 1e3))
    assert_gradients_are_finite(lk.cross_entropy(), SCORES, IDS)
    assert_gradients_are_finite(torch.nn.MSELoss(), SCORES, SCORES + 1.0)
    assert_gradients_are_finite(
        lk.poisson(), X, 1e4 + 0 * Y
    )  # a score of 10,000 is no perfect prediction, exp of it is


def test_edges_are_asked():
    def entropy(p, y):
        return -(y * torch.log(p)).mean()

    p, y = torch.full((4,), 0.5), torch.ones(4)
    assert_gradients_are_finite(entropy, p, y)
    with pytest.raises(AssertionError, match=r"where each prediction is 0: value inf, 4 of 4"):
        assert_gradients_are_finite(entropy, p, y, edges=(0.0, 1.0))


def test_partitions_of_means_sums_and_masks():
    assert_partition_invariant(lk.huber(), X, Y)
    assert_partition_invariant(F.cross_entropy, SCORES, IDS, parts=[5, 4, 3])
    mask = np.arange(12) % 3 > 0
    with pytest.raises(AssertionError, match=r"gradient off by"):
        assert_partition_invariant(lk.huber(), X, Y, where=mask)
    assert_partition_invariant(lk.huber(), X, Y, where=mask, count=lambda x, y, where: where.sum())
    assert_partition_invariant(lk.huber(), X, Y, where=mask, parts=[1, 11], count=lambda x, y, where: where.sum())
    assert_partition_invariant(lambda p, y: ((p - y) ** 2).sum(), SCORES, SCORES + 1.0)
    with pytest.raises(AssertionError, match=r"(?s)parts of 1, 6, 5 rows.*normalizer="):
        assert_partition_invariant(lambda p, y: ((p - y) ** 2).mean().sqrt(), SCORES, SCORES.roll(1))
    with pytest.raises(AssertionError, match=r"counts are not what the loss divides by"):
        assert_partition_invariant(lk.huber(), X, Y, count=lambda x, y: abs(x).sum())


def test_losses_of_pairs_in_the_batch_are_not_invariant():
    features = torch.randn(8, 4)

    def contrastive(a, b):
        return F.cross_entropy(a @ b.T, torch.arange(len(a)))

    with pytest.raises(AssertionError, match="do not add up"):
        assert_partition_invariant(contrastive, features, features + 0.1)


def test_objectives():
    assert_objective_is_consistent(lk.to_lightgbm(lk.huber()), loss=lk.huber())
    assert_objective_is_consistent(lambda y, p: (p - y, np.ones_like(p)))  # without weights: a warning
    with pytest.raises(AssertionError, match=r"(?s)for binary:.*zero-hessian"):
        assert_objective_is_consistent(lambda y, p: (1 / (1 + np.exp(-p)) - y, 0.0 * p), "binary")


def test_what_cannot_be_asked_is_an_error():
    with pytest.raises(InvalidType, match="has no gradient"):
        assert_gradients_are_finite(lambda p, y: ((p - y) ** 2).mean(), X, Y)
    with pytest.raises(InvalidInput, match="expected one number"):
        assert_gradients_are_finite(lambda p, y: (p - y) ** 2, SCORES, SCORES)
    with pytest.raises(InvalidInput, match=r"parts \[3, 3\] do not make up 12 rows"):
        assert_partition_invariant(lk.huber(), X, Y, parts=[3, 3])
