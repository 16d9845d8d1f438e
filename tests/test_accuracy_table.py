"""The table of accuracy: how an error is counted, who may take which side of a kink, and what the table calls worse."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import losskit as lk
from losskit.testing.accuracy import between_sides, judge, truth
from losskit.testing.libraries import Library
from losskit.testing.points import sample_of

SCRIPT = Path(__file__).parents[1] / "scripts" / "accuracy.py"


@pytest.fixture(scope="module")
def table():
    spec = importlib.util.spec_from_file_location("accuracy_table", SCRIPT)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def peers(table):
    every = [*table.torch_peers(), *table.keras_peers(), *table.tensorflow_peers(), *table.optax_peers()]
    return {(peer.name, peer.loss): peer for peer in every}


def units(numbers, loss, quantity="value", dtype="float64"):
    return judge(numbers, loss, quantity, Library.NUMPY, dtype).units


def test_the_truth_is_exact_and_nan_is_infinitely_far():
    loss = lk.log_cosh()
    exact = truth(loss, "value").high
    assert units(exact, loss).max() < 1.0
    assert np.isinf(units(np.full_like(exact, np.nan), loss)).all()


def test_a_unit_is_an_eps_of_the_condition():
    """The condition of (p - y)² is 2|p - y|(|p| + |y|), never below the value itself here."""
    loss, (pred, target) = lk.squared_error(), sample_of(lk.squared_error())
    condition = 2 * abs(pred - target) * (abs(pred) + abs(target))
    far = condition > 0
    off = truth(loss, "value").high + 1e6 * np.finfo(float).eps * condition
    np.testing.assert_allclose(units(off, loss)[far], 1e6, rtol=1e-4)


def test_only_an_infinity_of_the_right_sign_is_right():
    loss = lk.exponential()  # e^10,000 on the sample
    exact = truth(loss, "value").high
    huge = np.isinf(exact)
    assert huge.any()
    assert not judge(np.where(huge, 5.0, exact), loss, "value", Library.NUMPY, "float64").near[huge].any()
    assert not judge(np.where(huge, -np.inf, exact), loss, "value", Library.NUMPY, "float64").near[huge].any()
    assert judge(exact, loss, "value", Library.NUMPY, "float64").near.all()


def test_at_a_kink_any_side_will_do():
    loss = lk.hinge()
    pred, target = sample_of(loss)
    kink = (2 * target - 1) * pred == 1.0
    assert kink.any()
    assert np.array_equal(between_sides(-0.5 * (2 * target - 1), loss, "gradient"), kink)
    assert not between_sides(np.full(pred.shape, 7.0), loss, "gradient").any()
    smooth = lk.log_cosh()
    assert not between_sides(truth(smooth, "gradient").high, smooth, "gradient").any()


def test_every_peer_serves_a_loss(table, peers):
    for peer in peers.values():
        assert any(peer.serves(*case) for case in table.cases_of(peer.loss)), f"{peer.name} serves no {peer.loss}"


def test_a_known_defect_is_found(table, peers):
    """optax.huber_loss loses the gradient of small residuals: its two branches cancel in float32."""
    peer, case = peers["optax.huber_loss", "huber"], (lk.huber(), False)
    found = table.compare(peer, case, "gradient", "float32")
    assert found["theirs"].units > 1e6
    assert not found["theirs"].near
    assert found["ours"].units < 1
    match = table.Match(peer, "gradient", *({"float32": found[side]} for side in ("ours", "auto", "theirs")))
    assert match.verdict == "closer"


def test_worse_is_more_than_a_rounding_of_the_inputs(table, peers):
    peer = peers["F.l1_loss", "absolute_error"]

    def match(ours: float) -> str:
        worst = {"float32": table.Worst(ours, "", True)}
        found = table.Match(peer, "value", worst, {}, {"float32": table.Worst(0.5, "", True)})
        return found.verdict, len(table.further([found]))

    assert match(1.4) == ("equal", 0)
    assert match(1.6) == ("further", 1)
