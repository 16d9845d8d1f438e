"""A document in the terminal, through rich."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import singledispatch
from typing import Any

from rich.box import ROUNDED, SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table as Grid
from rich.text import Text

from losskit.reporting.document import (
    Alert,
    Bars,
    Block,
    Bullets,
    Code,
    Column,
    Document,
    Facts,
    Headline,
    Lines,
    PairedFolds,
    Paragraph,
    Section,
    Table,
)
from losskit.reporting.text_plots import plot_bars, plot_folds, plot_lines
from losskit.reporting.wording import spans, write

VERDICTS = {"better": ("✓", "green"), "same": ("=", "cyan"), "unclear": ("?", "yellow")}
ALERTS = {"info": ("i", "cyan"), "warning": ("!", "yellow"), "error": ("✗", "red")}
TAGS = {"consistent": "green", "surrogate": "cyan", "heuristic": "yellow", "inconsistent": "red"}
CONTROL = dict.fromkeys([*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0)])
GAP = 2  # characters between the columns of a table
LEAST_PROSE = 24  # running text folds down to this width before a column is left out
LEAST_COLUMN = 8  # and any column down to this width when none can be left out
# For a console that prints ASCII only: one character for one, so that plots and columns stay aligned.
ASCII = dict.fromkeys(range(0x2801, 0x2900), "*") | {0x2800: " "}
for unicode, plain in zip(("–—─━", "│┤", "·•●", "░", "▁▂▃▄", "▅▆▇█▏▎▍▌▋▊▉", "✓✗…×±"), "-|o:.#+", strict=True):
    ASCII |= dict.fromkeys(map(ord, unicode), plain)


def render(document: Document, console: Console | None, width: int | None) -> None:
    """Print the whole document; see `losskit.reporting.render_terminal`."""
    console = console or Console(width=width)
    if not console.options.ascii_only:
        _print(document, console, width)
        return
    with console.capture() as capture:
        _print(document, console, width)
    encoding = console.encoding
    console.file.write(capture.get().translate(ASCII).encode(encoding, "replace").decode(encoding))


def _print(document: Document, console: Console, width: int | None) -> None:
    width = min(width or console.width, console.width)
    for part in _draw_document(document, width):
        console.print(part, width=width)


def _draw_document(document: Document, width: int) -> Iterator[RenderableType]:
    yield _prose(document.title, "bold")
    if document.subtitle:
        yield _prose(document.subtitle, "dim")
    for block in document.blocks:
        yield ""
        yield _draw(block, width)
    if document.footer:
        yield ""
        yield _prose(document.footer, "dim")


@singledispatch
def _draw(block: Block, width: int) -> RenderableType:
    """`block` in at most `width` characters."""
    raise TypeError(f"not a block: {block!r}")


@_draw.register
def _(block: Section, width: int) -> RenderableType:
    parts: list[RenderableType] = [Rule(_prose(block.title, "bold"), align="left", style="dim")]
    if block.note:
        parts.append(_prose(block.note, "dim"))
    for index, child in enumerate(block.blocks):
        parts += ["", _draw(child, width)] if index else [_draw(child, width)]
    return Group(*parts)


@_draw.register
def _(block: Paragraph, width: int) -> RenderableType:
    return _prose(block.text)


@_draw.register
def _(block: Bullets, width: int) -> RenderableType:
    return _list_pairs([(Text("•", style="dim"), _prose(item)) for item in block.items])


@_draw.register
def _(block: Headline, width: int) -> RenderableType:
    mark, colour = VERDICTS.get(block.verdict, ("•", "blue"))
    body: list[RenderableType] = [_prose(block.sentence, "bold")]
    if block.detail:
        body.append(_prose(block.detail))
    title = Text(f" {mark} {_clean(block.verdict).upper()} ", style=f"bold {colour}")
    return Panel(Group(*body), title=title, title_align="left", border_style=colour, box=ROUNDED, padding=(0, 1))


@_draw.register
def _(block: Alert, width: int) -> RenderableType:
    mark, colour = ALERTS[block.level]
    return _list_pairs([(Text(mark, style=f"bold {colour}"), _prose(block.text))])


@_draw.register
def _(block: Facts, width: int) -> RenderableType:
    label_width = min(max((cell_len(label) for label, _ in block.items), default=0), width // 3)
    pairs = [(_prose(label, "dim"), _prose(write(value))) for label, value in block.items]
    return _list_pairs(pairs, label_width)


@_draw.register
def _(block: Table, width: int) -> RenderableType:
    columns, left_out = _choose_columns(block, width)
    grid = Grid(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0), header_style="bold")
    for column, room in columns:
        grid.add_column(_prose(column.title), justify=column.side, width=room, overflow="fold")
    for index, row in enumerate(block.rows):
        style = "bold" if index in block.highlight else ""
        grid.add_row(*(_cell(row.get(column.key), column) for column, _ in columns), style=style)
    notes = [block.caption] if block.caption else []
    if left_out:
        notes.append("Not shown at this width: " + ", ".join(column.title for column in left_out) + ".")
    return Group(grid, *(_prose(note, "dim") for note in notes))


@_draw.register
def _(block: Code, width: int) -> RenderableType:
    """Without frame or indent, so that it can be copied."""
    parts: list[RenderableType] = []
    for label, source in block.tabs.items():
        if len(block.tabs) > 1:
            parts += [""] if parts else []
            parts.append(_prose(label, "bold"))
        parts.append(Text(_clean(source.rstrip().expandtabs(4)), style="cyan", overflow="fold"))
    return Group(*parts)


@_draw.register
def _(block: PairedFolds, width: int) -> RenderableType:
    return _frame(block.title, plot_folds(block, width), block.caption)


@_draw.register
def _(block: Bars, width: int) -> RenderableType:
    return _frame(block.title, plot_bars(block, width), block.caption)


@_draw.register
def _(block: Lines, width: int) -> RenderableType:
    return _frame(block.title, plot_lines(block, width), block.caption)


def _frame(title: str, lines: list[Text], caption: str) -> RenderableType:
    for line in lines:
        line.no_wrap, line.overflow = True, "crop"
    head = [_prose(title, "bold")] if title else []
    return Group(*head, *lines, *([_prose(caption, "dim")] if caption else []))


def _choose_columns(table: Table, width: int) -> tuple[list[tuple[Column, int]], list[Column]]:
    """The columns that fit, each with its room, and those left out.

    Running text folds first; then the least important columns go; then words fold further, and at last numbers.
    """
    kept = {column.key: _natural_width(table, column) for column in table.columns}
    ranked = sorted((c for c in reversed(table.columns) if c.priority > 0), key=lambda c: -c.priority)
    _shrink(kept, [c.key for c in table.columns if c.format == "text"], width, LEAST_PROSE)
    left_out: list[Column] = []
    while ranked and _total(kept) > width:
        left_out.append(ranked.pop(0))
        del kept[left_out[-1].key]
    _shrink(kept, [c.key for c in table.columns if c.key in kept and c.side == "left"], width, LEAST_COLUMN)
    _shrink(kept, list(kept), width, 1)
    columns = [(column, kept[column.key]) for column in table.columns if column.key in kept]
    return columns, [column for column in table.columns if column in left_out]


def _shrink(widths: dict[str, int], keys: list[str], width: int, least: int) -> None:
    """Take from the widest of `keys` until all fit or each is down to `least`."""
    while _total(widths) > width and max((widths[key] for key in keys), default=0) > least:
        widths[max(keys, key=widths.__getitem__)] -= 1


def _natural_width(table: Table, column: Column) -> int:
    cells = [cell_len(_cell(row.get(column.key), column).plain) for row in table.rows]
    return max([cell_len(column.title), *cells])


def _total(widths: dict[str, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def _cell(value: Any, column: Column) -> Text:
    text = " ".join(_clean(write(value, column.format)).split())
    if column.format != "tags":
        return Text(text)
    cell = Text()
    for index, tag in enumerate(text.split(", ")):
        cell.append(", " if index else "").append(tag, style=TAGS.get(tag, ""))
    return cell


def _list_pairs(pairs: Sequence[tuple[Text, Text]], label_width: int | None = None) -> Grid:
    grid = Grid.grid(padding=(0, GAP, 0, 0))
    grid.add_column(width=label_width, overflow="fold")
    grid.add_column(overflow="fold")
    for label, text in pairs:
        grid.add_row(label, text)
    return grid


def _prose(text: str, style: str = "") -> Text:
    """`text` on one paragraph, its code coloured; never read as rich's markup or as terminal controls."""
    line = Text(style=style, overflow="fold")
    for piece, is_code in spans(" ".join(_clean(text).split())):
        line.append(piece, style="cyan" if is_code else "")
    return line


def _clean(text: str) -> str:
    return text.translate(CONTROL)
