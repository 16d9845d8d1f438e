"""Each example runs, headless and in a process of its own, draws its figure, and what it claims is what it prints."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.image import imread

pytestmark = pytest.mark.sweep

EXAMPLES = Path(__file__).parent.parent / "examples"

RUN = """
import runpy, sys
import matplotlib.pyplot as plt

def save():
    for number in plt.get_fignums():
        plt.figure(number).savefig(f"figure_{number}.png")

plt.show = save
runpy.run_path(sys.argv[1], run_name="__main__")
"""


def after(start, out):
    """The numbers in the line that begins with `start`, behind it."""
    (line,) = [line for line in out.splitlines() if line.startswith(start)]
    return [float(n) for n in re.findall(r"-?(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?", line.removeprefix(start))]


def linear_regression_numpy(out):
    *parameters, loss = after("by hand:", out)
    assert after("with losskit:", out) == [*parameters, loss]
    assert after("least squares:", out) == parameters
    assert "same history:  True" in out
    assert "Diverged: the loss diverged" in out
    constant, exponential, steps = (after(f"{name}: ", out)[-1] for name in ("constant", "exponential", "steps"))
    assert max(exponential, steps) < constant / 10


def sgd_regressor(out):
    slope, intercept = after("LossRegressor, squared_error  ", out)
    assert (slope, intercept) == pytest.approx((2.0, 1.0), abs=0.1)
    assert after("SGDRegressor, tol=1e-6 ", out) == pytest.approx([slope, intercept], abs=0.1)
    assert after("SGDRegressor  ", out)[0] < slope - 0.5
    assert after("LossRegressor, squared_error, spoiled", out)[0] < slope - 0.5
    assert after("LossRegressor, huber, spoiled", out)[0] == pytest.approx(slope, abs=0.1)
    assert "shape of the difference: (100, 100)" in out
    assert after("mean squared error, as broadcast:", out)[0] > 10 * after("mean squared error, right:", out)[0]
    assert "InvalidInput: squared_error: pred has shape (100,)" in out


def keras_binary(out):
    coins, tumours = out.split("tumours, ")
    loss, best, *_ = after("  loss", coins)
    assert best - 0.01 < loss < math.log(2) + 0.03
    assert after("  accuracy", coins)[0] < 50 + 4 * 100 * 0.5 / math.sqrt(300)
    loss, best, *_ = after("  loss", tumours)
    assert loss < best / 2
    assert after("  accuracy", tumours)[0] > 90


def tensorflow_network(out):
    for name in ("lk.squared_error()", "lk.cross_entropy()"):
        on_numpy, on_tensorflow = after(name, out)
        assert on_numpy == pytest.approx(on_tensorflow, rel=1e-12)
    assert "right: textbook nan, from the scores 0.0" in out
    assert "wrong: textbook inf, from the scores 120.0" in out
    accuracy, difference = after("test accuracy", out)
    assert accuracy > 90
    assert difference < 1e-4


def pytorch_digits(out):
    floor, cost = after("floor", out)
    assert floor == cost == pytest.approx(math.log(math.e + 9) - 1, abs=1e-4)
    loss, accuracy, _, early = after("raw scores ", out)
    doubled_loss, _, _, doubled_early = after("softmax at the end ", out)
    assert loss < 0.1 < floor < doubled_loss < floor + 0.1
    assert accuracy > 95
    assert early > doubled_early
    straight, doubled = after("sure and wrong: gradient", out)
    assert straight > 100 * doubled
    assert "a softmax before it is applied twice" in out


def lightgbm_custom_loss(out):
    assert "three loaves left over cost 3.00, three missing 2.25" in out
    plain, margin = after("squared error  ", out)[0], after("squared error + ", out)[1]
    assert after("stock_cost  ", out)[0] < margin < plain
    saved, error = after("stock_cost saves", out)
    assert saved > 2 * error


def jax_optax(out):
    count, _, difference = after("", out.splitlines()[0])
    assert count == 30
    assert difference < 1e-6
    assert after("judged best: delta", out)[1] < after("largest:     delta", out)[1] / 3


def two_tasks(out):
    box, kind, off, right = after("factor    10:", out)
    assert off < 1.0
    assert right > 90
    assert after("factor   0.1:", out)[0] > 1.2 * box
    assert after("factor   100:", out)[1] > 1.2 * kind


def choose_a_loss(out):
    assert re.match(r"(better|same|unclear) - \w", out)
    (pick,) = re.findall(r"^the pick: lk\.(\w+)\(.*(?:not )?proven\)$", out, re.MULTILINE)
    assert re.search(rf"^ *{pick}\b.* (heuristic|surrogate|consistent)$", out, re.MULTILINE)
    assert f"loss = lk.{pick}(" in out


def regularisation(out):
    for penalty in ("l2", "l1"):
        almost_none, _, best, _, zeros, *_ = after(f"{penalty}: loss", out)
        assert best < almost_none
        assert (zeros > 0) == (penalty == "l1")
    _, own, held, best, _ = after("no dropout", out)
    assert own < best < held
    assert after("dropout 0.5", out)[2] < held


CLAIMS = [
    linear_regression_numpy,
    sgd_regressor,
    keras_binary,
    tensorflow_network,
    pytorch_digits,
    lightgbm_custom_loss,
    jax_optax,
    two_tasks,
    choose_a_loss,
    regularisation,
]


def test_no_example_is_forgotten():
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    assert names == {claims.__name__ for claims in CLAIMS}
    assert names == set(re.findall(r"^- `(\w+)\.py`", (EXAMPLES / "README.md").read_text(), re.MULTILINE))


@pytest.mark.parametrize("claims", CLAIMS, ids=lambda claims: claims.__name__)
def test_example(claims, tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", RUN, str(EXAMPLES / f"{claims.__name__}.py")],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    assert "Warning" not in run.stderr
    claims(run.stdout)
    (figure,) = tmp_path.glob("*.png")
    assert imread(figure).std() > 0.05  # not a blank page
