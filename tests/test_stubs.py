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


def test_mypy_reads_the_signatures(tmp_path):
    right = "import losskit as lk\nloss: lk.Loss = lk.huber(delta=2.0)\nother = lk.logit_adjusted(prior=[0.5, 0.5])\n"
    wrong = "import losskit as lk\nloss = lk.huber(dleta=2.0)\n"
    (tmp_path / "right.py").write_text(right)
    (tmp_path / "wrong.py").write_text(wrong)
    command = [sys.executable, "-m", "mypy", "--ignore-missing-imports", "--follow-imports=silent", "--no-incremental"]
    files = [str(tmp_path / "right.py"), str(tmp_path / "wrong.py")]
    run = subprocess.run([*command, *files], capture_output=True, text=True)
    assert 'wrong.py:2: error: Unexpected keyword argument "dleta"' in run.stdout, run.stdout
    assert "right.py" not in run.stdout
