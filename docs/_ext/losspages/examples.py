"""The page of the examples: each script whole, under the first line of its docstring."""

from __future__ import annotations

import ast
from pathlib import Path

from losspages.markdown import code, fence, page, prose, section


def source(folder: Path) -> str:
    """The page as MyST Markdown."""
    return page(
        "Examples",
        "Short scripts that train with losskit on real data.",
        "Scripts of their own, each with a figure. They need no network: data are bundled or drawn from a seed.",
        *(_example(path) for path in sorted(folder.glob("*.py"))),
    )


def _example(path: Path) -> str:
    said = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]
    whole = fence(":language: python", f"{{literalinclude}} ../examples/{path.name}")
    return section(code(path.name), prose(said), whole)
