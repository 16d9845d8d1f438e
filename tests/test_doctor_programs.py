"""Real programs under observation: each failing one yields its code at the line that says so, no correct one any."""

import re
from pathlib import Path

import pytest

from losskit.doctor.codes import CODES
from losskit.doctor.observe import Observation
from losskit.doctor.script import run

PROGRAMS = Path(__file__).parent / "doctor"
FAILING = sorted((PROGRAMS / "failing").glob("*.py"))
CORRECT = sorted((PROGRAMS / "correct").glob("*.py"))
SLOW_TO_IMPORT = ("from transformers",)


def cases(paths):
    """The programs; those that import what takes seconds belong to the sweep."""
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    slow = {path for path, text in texts.items() if any(name in text for name in SLOW_TO_IMPORT)}
    return [pytest.param(path, id=path.stem, marks=[pytest.mark.sweep] * (path in slow)) for path in paths]


def here(paths):
    """The programs that run in this process; test_doctor_keras.py runs those of Keras on each of its backends."""
    return [path for path in paths if not path.stem.startswith("keras_")]


def observed(path):
    """(code, line) of each finding."""
    seen = Observation(first_steps=20, mute=frozenset())
    assert run(path, [], seen) is None
    assert seen.unexamined == []
    assert {found.file for found in seen.findings} <= {str(path)}
    return [(found.code, found.line) for found in seen.findings]


def expected(path):
    """What the comments at the ends of lines say."""
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    return sorted((code, number) for number, line in lines for code in re.findall(r"# (LK\d+)$", line))


@pytest.mark.parametrize("path", cases(here(FAILING)))
def test_a_failing_program_yields_its_code_at_its_line(path):
    assert expected(path), "the program says what is wrong with it"
    assert observed(path) == expected(path)


@pytest.mark.sweep
@pytest.mark.parametrize("path", here(CORRECT), ids=lambda path: path.stem)
def test_a_correct_program_yields_nothing(path):
    assert observed(path) == []


def test_every_code_has_two_failing_programs_and_a_correct_twin():
    for code in CODES:
        assert sum(path.stem.removeprefix("keras_").startswith(code) for path in FAILING) >= 2, code
        assert any(path.stem.removeprefix("keras_").startswith(code) for path in CORRECT), code
