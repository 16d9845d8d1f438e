"""Real Keras programs under observation, on each backend: a failing one yields its code at its line, no other any."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAMS = HERE / "doctor"
pytestmark = pytest.mark.sweep
each_backend = pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])


def session(script, backend, *args):
    """What a script prints as JSON in a fresh interpreter: the backend of Keras is fixed once Keras is imported."""
    environment = {**os.environ, "XLA_FLAGS": "--xla_backend_optimization_level=0", "KERAS_BACKEND": backend}
    command = [sys.executable, script, *args]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def expected(path):
    """What the comments at the ends of lines say."""
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    found = [[str(path), code, number] for number, line in lines for code in re.findall(r"# (LK\d+)$", line)]
    assert bool(found) == (path.parent.name == "failing"), "a failing program says what is wrong with it"
    return found


@each_backend
def test_failing_programs_yield_their_codes_at_their_lines_and_correct_ones_nothing(backend):
    programs = sorted(PROGRAMS.glob("*/keras_*.py"))
    seen = session(HERE / "doctor_keras_session.py", backend)
    assert {path: error for path, error in seen["errors"].items() if error} == {}
    assert seen["unexamined"] == []
    assert len(seen["errors"]) == len(programs)
    assert sorted(seen["findings"]) == sorted(found for path in programs for found in expected(path))


@each_backend
def test_a_training_is_the_same_to_the_last_bit_when_it_is_observed(backend):
    """Weights, logs and the random numbers that come next; the batches of compiled steps were looked at."""
    seen = session(HERE / "doctor_keras_untouched.py", backend)
    assert seen["backend"] == backend
    assert seen["left"] == []
    assert len(seen["trainings"]) == (6 if backend == "tensorflow" else 5)
    for name, training in seen["trainings"].items():
        codes = ["LK111", "LK112"] if name == "fit_generator" else []
        assert training["same"], name
        assert (training["codes"], training["unexamined"]) == (codes, []), name
        compiled = backend == "jax" or (backend == "tensorflow" and name != "fit_eagerly")
        assert bool(training["looks"]) == compiled, name
