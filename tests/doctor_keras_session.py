"""Run by test_doctor_keras.py under each Keras backend: observes programs; prints what was found in each as JSON."""

from __future__ import annotations

import contextlib
import json
import runpy
import sys
from pathlib import Path

from losskit.doctor.observe import Observation

PROGRAMS = Path(__file__).parent / "doctor"
ENOUGH = 200  # one observation serves all programs, for each that starts looks through all modules


def run(path):
    """What ended a program early."""
    try:
        runpy.run_path(str(path), run_name="__main__")
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def main():
    paths = [path for name in sys.argv[1:] or ["*"] for path in sorted(PROGRAMS.glob(f"*/keras_{name}.py"))]
    with contextlib.redirect_stdout(sys.stderr), Observation(first_steps=ENOUGH, mute=frozenset()) as seen:
        errors = {str(path): run(path) for path in paths}
    findings = [(found.file, found.code, found.line) for found in seen.findings]
    json.dump({"findings": findings, "errors": errors, "unexamined": seen.unexamined}, sys.stdout)


if __name__ == "__main__":
    main()
