"""A document as one HTML file that needs nothing but a browser."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from losskit.reporting.as_json import to_json_value
from losskit.reporting.document import (
    Bars,
    Block,
    Column,
    Document,
    Figure,
    Interval,
    Lines,
    PairedFolds,
    Section,
    Table,
)
from losskit.reporting.evidence import side_of_rope
from losskit.reporting.numbers_behind import tabulate
from losskit.reporting.plotly_specs import specify
from losskit.reporting.wording import finite, spans, write


def render(document: Document) -> str:
    """The whole page; see `losskit.reporting.render_html`."""
    has_figures = any(True for _ in _figures(document.blocks))
    page = _environment().get_template("report.html")
    return page.render(document=document, plotly=_compress_plotly() if has_figures else "")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("losskit.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "kind": lambda block: type(block).__name__,
        "prose": _prose,
        "cell": _write_cell,
        "fact": lambda value: _prose(write(value)),
        "tags": lambda value: [str(tag) for tag in ([value] if isinstance(value, str) else value or ())],
        "spec": _embed_spec,
        "numbers": tabulate,
        "has_bounds": lambda value: isinstance(value, Interval) and len(finite(_ends(value))) == 3,
        "places": _place,
        "side": lambda interval, rope: side_of_rope(interval.low, interval.high, rope),
    }
    environment.globals["range_of"] = _range_of
    return environment


def _figures(blocks: Iterable[Block]) -> Iterator[Figure]:
    for block in blocks:
        if isinstance(block, Section):
            yield from _figures(block.blocks)
        elif isinstance(block, (PairedFolds, Bars, Lines)):
            yield block


@cache
def _compress_plotly() -> str:
    """plotly.js as base64 of gzip, which the page unpacks: a third of its size."""
    from plotly.offline import get_plotlyjs

    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), mtime=0)).decode()


def _embed_spec(figure: Figure) -> Markup:
    """The specification as JSON that cannot close its script element."""
    text = json.dumps(to_json_value(specify(figure)), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e"))


def _prose(text: str) -> Markup:
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if is_code else escape(piece) for piece, is_code in spans(text)
    )


def _write_cell(value: Any, column: Column) -> str:
    """A number with the minus sign of typography, which is as wide as the plus."""
    text = write(value, column.format)
    return text.replace("-", "−") if column.side == "right" else text


def _ends(interval: Interval) -> list[float | None]:
    return [interval.low, interval.value, interval.high]


def _range_of(table: Table, column: Column) -> tuple[float, float]:
    """The range that the interval marks of a column share; the region of equivalence is always inside."""
    cells = (row.get(column.key) for row in table.rows)
    ends = finite(end for cell in cells if isinstance(cell, Interval) for end in _ends(cell))
    low, high = min([-column.rope, *ends]), max([column.rope, *ends])
    return (low, high) if high > low else (low, low + 1.0)


def _place(interval: Interval, bounds: tuple[float, float], rope: float) -> dict[str, float]:
    """Percentages from the left for the parts of an interval mark."""
    low, high = bounds
    names = ("rope_low", "zero", "rope_high", "low", "value", "high")
    values = finite([-rope, 0.0, rope, *_ends(interval)])
    return {name: round(100 * (value - low) / (high - low), 1) for name, value in zip(names, values, strict=True)}
