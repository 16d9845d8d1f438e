"""The page of each code: its failing example yields the code, its mended one nothing."""

import ast
import re
from pathlib import Path

import pytest

from losskit.doctor.codes import CODES
from losskit.doctor.observe import Observation
from losskit.doctor.script import run

PAGES = Path(__file__).parent.parent / "docs" / "doctor"
CORRECT = (Path(__file__).parent / "doctor" / "correct").glob("*.py")


def found(source, path):
    path.write_text(source, encoding="utf-8")
    seen = Observation(first_steps=20, mute=frozenset())
    assert run(path, [], seen) is None
    return [each.code for each in seen.findings]


@pytest.mark.sweep
@pytest.mark.parametrize("code", CODES)
def test_the_examples_of_a_page_do_what_it_says(code, tmp_path):
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    failing, mended = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert text.startswith(f"# {code}: {CODES[code].title}\n\n*{CODES[code].severity.capitalize()}.*")
    assert CODES[code].fix in text
    assert found(failing, tmp_path / "failing.py") == [code]
    assert found(mended, tmp_path / "mended.py") == []


def test_the_index_lists_every_code_and_no_other():
    text = (PAGES / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(LK\d+)\]\(\1\.md\) \| (\w+) \| (.*) \|$", text, flags=re.MULTILINE)
    assert listed == [(entry.code, entry.severity, entry.title) for entry in CODES.values()]
    assert {path.stem for path in PAGES.glob("LK*.md")} == set(CODES)


def test_the_page_on_precision_lists_every_correct_program():
    text = (PAGES / "precision.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\w+) \| (.*) \|$", text, flags=re.MULTILINE)[1:]
    programs = {path.stem: ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) for path in CORRECT}
    assert dict(listed) == programs
    assert f"These {len(programs)} correct programs" in text
