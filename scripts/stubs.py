"""Write src/losskit/__init__.pyi from the registry: factories made by a decorator have no signature a checker can read.

python scripts/stubs.py            write the file
python scripts/stubs.py --check    exit 1 with a diff where the file is stale
"""

from __future__ import annotations

import ast
import difflib
import subprocess
import sys
from pathlib import Path

import losskit
from losskit.core.define import LossFactory
from losskit.core.params import Param

PACKAGE = Path(losskit.__file__).parent
STUB = PACKAGE / "__init__.pyi"
HEADER = '''\
"""Made by scripts/stubs.py from the registry of losses: run it again instead of editing this file."""

from collections.abc import Sequence
from typing import Any{literal}

'''
ALIAS = "_Parameter = float | Sequence[float] | Any  # arrays and tensors may be traced or learned\n"


def stub() -> str:
    """The whole file, formatted."""
    source = (PACKAGE / "__init__.py").read_text()
    catalogue = [losskit.core.registry.factory(name) for name in losskit.names()]
    exports = "".join(f'    "{name}",\n' for name in sorted(losskit.__all__))
    factories = "".join(map(factory, catalogue))
    header = HEADER.format(literal=", Literal" if "Literal[" in factories else "")
    parts = [header, *imports(ast.parse(source)), "\n", ALIAS, f"\n__all__ = [\n{exports}]\n", factories]
    return ruff("format", ruff("check", "".join(parts), "--fix-only", "--select=I,RUF022"))


def ruff(command: str, text: str, *options: str) -> str:
    run = [sys.executable, "-m", "ruff", command, "--quiet", *options, "--stdin-filename", str(STUB), "-"]
    return subprocess.run(run, input=text, capture_output=True, text=True, check=True).stdout


def imports(module: ast.Module) -> list[str]:
    """Every public name of __init__.py from where it comes, those loaded on use among them."""
    homes = dict(losskit._LOADED_ON_USE)
    for node in module.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            homes.update({alias.name: node.module for alias in node.names if alias.name in losskit.__all__})
    modules = sorted(set(homes.values()))
    listed = {m: sorted(name for name, home in homes.items() if home == m) for m in modules}
    return [f"from {m} import {', '.join(f'{n} as {n}' for n in names)}\n" for m, names in listed.items()]


def factory(loss: LossFactory) -> str:
    """The signature of one loss, with the first line of its docstring."""
    d = loss.definition
    keywords = [f"{name}: {annotation(param)}{default(param)}" for name, param in d.params.items()]
    signature = f"*, {', '.join(keywords)}" if keywords else ""
    return f'\ndef {d.name}({signature}) -> Loss:\n    """{d.description}"""\n'


def annotation(param: Param) -> str:
    if param.choices:
        kinds = {type(choice) for choice in param.choices}
        kind = "bool" if kinds == {bool} else f"Literal[{', '.join(map(repr, param.choices))}]"
    else:
        kind = "float" if param.static else "_Parameter"
    return f"{kind} | None" if param.optional else kind


def default(param: Param) -> str:
    return "" if param.required else f" = {param.default!r}"


def main(arguments: list[str]) -> int:
    fresh = stub()
    if arguments != ["--check"]:
        STUB.write_text(fresh)
        return 0
    kept = STUB.read_text() if STUB.exists() else ""
    diff = difflib.unified_diff(kept.splitlines(True), fresh.splitlines(True), str(STUB), "from the registry")
    sys.stdout.writelines(diff)
    return int(kept != fresh)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
