"""Pieces of MyST Markdown. Texts are plain but for `code` between backticks; names of losses become links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from losskit.core import registry
from losskit.reporting.wording import spans

DASH = "–"


def prose(text: str, here: str = "") -> str:
    """`text` on one line, nothing in it read as markup; every loss it names is a link, but for the page `here`."""
    flat = " ".join(text.split())
    return "".join(_code(piece, here) if is_code else _plain(piece, here) for piece, is_code in spans(flat))


def _code(text: str, here: str) -> str:
    span = code(text)
    return f"[{span}](/losses/{text}.md)" if text in registry.names() and text != here else span


def _plain(text: str, here: str) -> str:
    """Outside backticks a name counts where it cannot be an English word."""
    named = [name for name in registry.names() if "_" in name and name != here]
    pattern = rf"(?<![\w.])({'|'.join(sorted(named, key=len, reverse=True))})(?![\w(])"
    pieces = re.split(pattern, text)
    return "".join(_code(piece, here) if i % 2 else escape(piece) for i, piece in enumerate(pieces))


def escape(text: str) -> str:
    """Backslashes where a character would be read as markup."""
    return re.sub(r"([\\`*_<>\[\]{}|$#~^])", r"\\\1", text)


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def paragraph(text: str, here: str = "") -> str:
    """A paragraph of a docstring: lines that begin with a dash are a list, indented ones code."""
    lines = text.splitlines()
    if all(line.startswith("    ") for line in lines):
        return fence("\n".join(line[4:] for line in lines), "python")
    if lines[0].startswith("- "):
        return bullets([item for item in re.split(r"(?m)^- ", text) if item], here)
    return prose(text, here)


def bullets(items: Iterable[str], here: str = "") -> str:
    return "\n".join(f"- {prose(item, here)}" for item in items)


def fence(text: str, language: str) -> str:
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already; an empty cell is a dash."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", text) or DASH


def raw(html: str) -> str:
    return fence(html, "{raw} html")


def section(title: str, *blocks: str) -> str:
    """A section, or nothing where all blocks are empty."""
    filled = [each for each in blocks if each]
    return "\n\n".join([f"## {title}", *filled]) if filled else ""


def page(title: str, description: str, *blocks: str) -> str:
    """A whole page; `description` is what a search engine shows."""
    meta = f"---\nmyst:\n  html_meta:\n    description: {_quoted(description)}\n---"
    return "\n\n".join(each for each in (meta, f"# {title}", *blocks) if each) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("`", "").replace("'", "''") + "'"


def cited(source: str) -> str:
    """A source with its DOIs and arXiv ids as links."""
    pieces = re.split(r"(doi:\S+|arXiv:\d{4}\.\d{4,5})", source)
    return "".join(_link(piece) if i % 2 else escape(piece) for i, piece in enumerate(pieces))


def _link(reference: str) -> str:
    where, _, number = reference.partition(":")
    kept = number.rstrip(";,.")
    site = "https://doi.org/" if where == "doi" else "https://arxiv.org/abs/"
    shown = escape(f"{where}:{kept}")
    return f"[{shown}]({site}{quote(kept, safe='/')}){number[len(kept) :]}"
