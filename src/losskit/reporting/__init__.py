"""Reports: a small document model and its renderers for the terminal, HTML, Markdown and JSON.

Whoever has something to say fills a `Document`; none of them draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from losskit.errors import require
from losskit.reporting.document import (
    Alert,
    Bar,
    Bars,
    Bullets,
    Code,
    Column,
    Document,
    Facts,
    FoldGains,
    Headline,
    Interval,
    Lines,
    PairedFolds,
    Paragraph,
    Section,
    Series,
    Table,
)

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "Alert",
    "Bar",
    "Bars",
    "Bullets",
    "Code",
    "Column",
    "Document",
    "Facts",
    "FoldGains",
    "Headline",
    "Interval",
    "Lines",
    "PairedFolds",
    "Paragraph",
    "Section",
    "Series",
    "Table",
    "render_html",
    "render_markdown",
    "render_terminal",
    "to_json",
]


def render_terminal(document: Document, console: Console | None = None, width: int | None = None) -> None:
    """Print `document` to `console` (default: standard output), no line longer than `width` or than the console.

    Colour is used where the console has it and never carries meaning alone. Raises MissingExtra without rich.
    """
    require("rich", "cli")
    from losskit.reporting.terminal import render

    render(document, console, width)


def render_html(document: Document) -> str:
    """`document` as one HTML page that needs nothing else: styles and plotly.js are inside, nothing is fetched.

    Light and dark follow the reader's system. Raises MissingExtra without jinja2 or plotly.
    """
    require("jinja2", "report")
    require("plotly", "report")
    from losskit.reporting.html import render

    return render(document)


def render_markdown(document: Document) -> str:
    """`document` as GitHub-flavoured Markdown; a figure becomes the table of its numbers."""
    from losskit.reporting.markdown import render

    return render(document)


def to_json(document: Document) -> dict[str, Any]:
    """`document` as plain JSON values, each block with its `kind`; a non-finite number is None."""
    from losskit.reporting.as_json import to_json

    return to_json(document)
