"""A Sphinx extension: writes the pages of losses, families and examples from the registry, draws formulas, lists all
in llms.txt.

The text of the pages is plain MyST Markdown and needs no Sphinx: `sources` makes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from losskit.catalogue import FAMILIES
from losskit.insight.pages import Page
from losspages import examples, family, formulas, index, llms, loss

DOCS = Path(__file__).parents[2]


def sources() -> dict[str, str]:
    """File below docs/ -> its text, for every page that is made and not written."""
    pages = {family: [Page(factory) for factory in members] for family, members in FAMILIES.items() if members}
    return {
        "contents.inc": index.contents(DOCS),
        "families.inc": index.members_of_each(pages) + "\n",
        "losses/index.md": index.alphabet(pages),
        "families/index.md": index.of_families(pages),
        "examples.md": examples.source(DOCS.parent / "examples"),
        **{f"families/{name}.md": family.source(name, members) for name, members in pages.items()},
        **{f"losses/{page.name}.md": loss.source(page) for members in pages.values() for page in members},
    }


def write_sources(app: Any) -> None:
    """Write what has changed; drop the page of a loss that is no more."""
    fresh = sources()
    for folder in ("losses", "families"):
        for path in (DOCS / folder).glob("*.md"):
            if f"{folder}/{path.name}" not in fresh:
                path.unlink()
    for name, text in fresh.items():
        path = DOCS / name
        path.parent.mkdir(exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def write_llms(app: Any, failed: Exception | None) -> None:
    if failed is None and app.builder.format == "html":
        (Path(app.outdir) / "llms.txt").write_text(llms.source(), encoding="utf-8")


def setup(app: Any) -> dict[str, Any]:
    app.connect("builder-inited", write_sources)
    app.connect("build-finished", write_llms)
    app.add_html_math_renderer("svg", (formulas.inline, None), (formulas.block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
