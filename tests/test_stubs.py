"""The stub that type checkers read says what the registry says."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import losskit as lk

SCRIPT = Path(__file__).parents[1] / "scripts" / "stubs.py"
STUB = Path(lk.__file__).with_name("__init__.pyi")


def test_the_stub_is_fresh():
    run = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_public_name_is_declared():
    declared = set()
    for node in ast.parse(STUB.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            declared.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            declared.update(alias.asname or alias.name for alias in node.names)
    assert set(lk.__all__) <= declared
