"""A document as GitHub-flavoured Markdown."""

from __future__ import annotations

import re
from functools import singledispatch
from typing import Any

from losskit.reporting.document import (
    Alert,
    Bars,
    Block,
    Bullets,
    Code,
    Column,
    Document,
    Facts,
    Format,
    Headline,
    Lines,
    PairedFolds,
    Paragraph,
    Section,
    Table,
)
from losskit.reporting.numbers_behind import tabulate
from losskit.reporting.wording import DASH, spans, write


def render(document: Document) -> str:
    """The whole document; see `losskit.reporting.render_markdown`."""
    parts = [f"# {_prose(document.title)}", _prose(document.subtitle)]
    parts += [_draw(block, 2) for block in document.blocks]
    if document.footer:
        parts += ["---", _prose(document.footer)]
    return "\n\n".join(part for part in parts if part) + "\n"


@singledispatch
def _draw(block: Block, level: int) -> str:
    """`block` under a heading one above `level`."""
    raise TypeError(f"not a block: {block!r}")


@_draw.register
def _(block: Section, level: int) -> str:
    parts = [f"{'#' * level} {_prose(block.title)}", _prose(block.note)]
    parts += [_draw(child, level + 1) for child in block.blocks]
    return "\n\n".join(part for part in parts if part)


@_draw.register
def _(block: Paragraph, level: int) -> str:
    return _prose(block.text)


@_draw.register
def _(block: Bullets, level: int) -> str:
    return "\n".join(f"- {_prose(item)}" for item in block.items)


@_draw.register
def _(block: Headline, level: int) -> str:
    lines = [f"**{_prose(block.verdict.upper())}: {_prose(block.sentence)}**"]
    if block.detail:
        lines += ["", _prose(block.detail)]
    return "\n".join(f"> {line}".rstrip() for line in lines)


@_draw.register
def _(block: Alert, level: int) -> str:
    name = {"info": "NOTE", "warning": "WARNING", "error": "CAUTION"}[block.level]
    return f"> [!{name}]\n> {_prose(block.text)}"


@_draw.register
def _(block: Facts, level: int) -> str:
    return "\n".join(f"- **{_prose(label)}:** {_prose(write(value))}" for label, value in block.items)


@_draw.register
def _(block: Table, level: int) -> str:
    columns = block.columns
    lines = [
        _row([_prose(column.title) for column in columns]),
        _row(["---:" if column.side == "right" else ":---" for column in columns]),
    ]
    for index, row in enumerate(block.rows):
        cells = [_cell(row.get(column.key), column) for column in columns]
        if index in block.highlight:
            cells = [cell if cell == DASH else f"**{cell}**" for cell in cells]
        lines.append(_row(cells))
    return "\n".join(lines) + _caption(block.caption)


@_draw.register
def _(block: Code, level: int) -> str:
    parts = []
    for label, source in block.tabs.items():
        if len(block.tabs) > 1:
            parts.append(f"**{_prose(label)}**")
        fence = _longer_than(source, least=3)
        parts.append(f"{fence}{block.language}\n{source.rstrip()}\n{fence}")
    return "\n\n".join(parts)


@_draw.register(PairedFolds)
@_draw.register(Bars)
@_draw.register(Lines)
def _(block: PairedFolds | Bars | Lines, level: int) -> str:
    title = f"**{_prose(block.title)}**\n\n" if block.title else ""
    rope = f"\n\nEqual in practice: within ±{write(block.rope, 'percent')}." if isinstance(block, PairedFolds) else ""
    return title + _draw(tabulate(block), level) + rope + _caption(block.caption)


def _caption(text: str) -> str:
    return f"\n\n*{_prose(text)}*" if text else ""


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(value: Any, column: Column) -> str:
    how: Format = column.format
    text = " ".join(write(value, how).split())
    if how == "code" and text != DASH:
        return _code_span(text).replace("|", r"\|")
    return _prose(text)


def _prose(text: str) -> str:
    """`text` on one line, its code kept as code and all else free of Markdown's meaning."""
    flat = " ".join(text.split())
    return "".join(_code_span(piece) if is_code else _escape(piece) for piece, is_code in spans(flat))


def _escape(text: str) -> str:
    """Backslashes where a character would be read as markup; `snake_case` is left readable."""
    escaped = re.sub(r"([\\`*<>\[\]|])", r"\\\1", text)
    return re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", escaped)


def _code_span(text: str) -> str:
    fence = _longer_than(text, least=1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _longer_than(text: str, least: int) -> str:
    """A run of backticks that `text` does not hold."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(least, longest + 1)
