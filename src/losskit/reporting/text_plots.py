"""Figures drawn with characters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from losskit.reporting.document import Bars, FoldGains, Format, Interval, Lines, PairedFolds, Series
from losskit.reporting.evidence import side_of_rope
from losskit.reporting.wording import finite, is_missing, write

COLOURS = {"above": "green", "below": "red", "open": "default"}
HEIGHTS = " ▁▂▃▄▅▆▇█"
EIGHTHS = " ▏▎▍▌▋▊▉█"
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # braille: bit of each row and column of a cell
LEAST_PLOT = 20


@dataclass(frozen=True)
class Scale:
    """Maps low ... high onto `cells` characters."""

    low: float
    high: float
    cells: int

    def cell(self, value: float) -> int:
        share = (value - self.low) / (self.high - self.low)
        return min(self.cells - 1, max(0, int(share * self.cells)))


@dataclass(frozen=True)
class Layout:
    """Characters for the labels, the plot and the numbers written beside it; 0 where they have no room."""

    label: int
    plot: int
    readout: int


def plot_folds(figure: PairedFolds, width: int) -> list[Text]:
    """For each candidate its interval, and below it how its folds are spread; shaded: equal in practice."""
    candidates = figure.candidates
    values = [v for c in candidates for v in (*c.gains, c.mean, c.low, c.high)]
    readouts = [write(Interval(c.mean, c.low, c.high), figure.format) for c in candidates]
    layout = _lay_out([c.label for c in candidates], readouts, width)
    scale = _make_scale([*values, 0.0, figure.rope, -figure.rope], layout.plot)
    lines = []
    for candidate, readout in zip(candidates, readouts, strict=True):
        cells = _draw_interval(candidate, figure.rope, scale)
        lines.append(_join(candidate.label, cells, readout, layout))
        if finite(candidate.gains):
            lines.append(_join("", _draw_spread(candidate.gains, scale), "", layout))
    lines.append(_join("", _draw_axis(scale, 0.0, figure.format), "", layout))
    band = f"░ within ±{write(figure.rope, 'percent')}: equal in practice   ▂▄ spread of the folds"
    return [*lines, Text(band, style="dim")]


def plot_bars(figure: Bars, width: int) -> list[Text]:
    """A bar from 0 for each value, or a point and its interval where there are bounds."""
    readouts = [write(Interval(b.value, b.low, b.high), figure.format) for b in figure.bars]
    layout = _lay_out([b.label for b in figure.bars], readouts, width)
    bounded = any(finite([b.low, b.high]) for b in figure.bars)
    origin = figure.reference if bounded else 0.0
    values = [v for b in figure.bars for v in (b.value, b.low, b.high)]
    scale = _make_scale([*values, origin, figure.reference], layout.plot, pad=0.03 if bounded else 0.0)
    lines = []
    for bar, readout in zip(figure.bars, readouts, strict=True):
        if bounded:
            cells = _draw_point(bar.value, bar.low, bar.high, "cyan", _draw_ground(scale, figure.reference), scale)
        else:
            cells = _draw_bar(bar.value, scale)
        lines.append(_join(bar.label, cells, readout, layout))
    return [*lines, _join("", _draw_axis(scale, figure.reference, figure.format), "", layout)]


def plot_lines(figure: Lines, width: int, height: int = 6) -> list[Text]:
    """The curves one below the other, each with its own y range, over one x range."""
    ends = finite(x for series in figure.series for x in series.x)
    if not ends:
        return []
    x_scale = _make_scale(ends, 2, pad=0.0)
    lines = []
    for series in figure.series:
        lines += _plot_series(series, x_scale, width, height)
    if figure.x_axis:
        lines.append(Text(_fit(figure.x_axis.center(width), width).rstrip(), style="dim"))
    return lines


def _plot_series(series: Series, x_scale: Scale, width: int, height: int) -> list[Text]:
    y_scale = _make_scale(series.y, 4 * height, pad=0.0)
    top, bottom = (write(float(bound)) for bound in (y_scale.high, y_scale.low))
    margin = max(len(top), len(bottom))
    canvas = _draw_curve(series, Scale(x_scale.low, x_scale.high, 2 * max(4, width - margin - 2)), y_scale)
    lines = [Text(_fit(series.name, width), style="bold")]
    for index, row in enumerate(canvas):
        label = top if index == 0 else bottom if index == height - 1 else ""
        lines.append(Text(f"{label:>{margin}} ┤", style="dim").append(row, style="cyan"))
    ends = [write(float(bound)) for bound in (x_scale.low, x_scale.high)]
    room = max(1, width - margin - 2 - len(ends[0]) - len(ends[1]))
    return [*lines, Text(" " * (margin + 2) + ends[0] + " " * room + ends[1], style="dim")]


def _draw_curve(series: Series, x_scale: Scale, y_scale: Scale) -> list[str]:
    """Braille rows; neighbouring points are joined by vertical strokes, a missing one leaves a gap."""
    rows = [[0] * (x_scale.cells // 2) for _ in range(y_scale.cells // 4)]
    before: tuple[int, int] | None = None
    for x, y in zip(series.x, series.y, strict=True):
        if not finite([x, y]) or y is None:
            before = None
            continue
        here = (x_scale.cell(x), y_scale.cells - 1 - y_scale.cell(y))
        for column, row in _trace(before or here, here):
            rows[row // 4][column // 2] |= DOTS[row % 4][column % 2]
        before = here
    return ["".join(chr(0x2800 + dots) for dots in row) for row in rows]


def _trace(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    return [tuple(round(a + (b - a) * i / steps) for a, b in zip(start, end, strict=True)) for i in range(steps + 1)]  # type: ignore[misc]


def _make_scale(values: Sequence[float | None], cells: int, pad: float = 0.03) -> Scale:
    numbers = finite(values) or [0.0]
    low, high = min(numbers), max(numbers)
    room = (high - low) * pad if high > low else abs(low) or 1.0
    return Scale(low - room, high + room, cells)


def _lay_out(labels: Sequence[str], readouts: Sequence[str], width: int) -> Layout:
    """Labels may take a third of the line; the readouts go where the plot would get too narrow."""
    label = min(max(map(cell_len, labels), default=0), width // 3)
    readout = max(map(cell_len, readouts), default=0)
    if width - label - readout - 4 < LEAST_PLOT:
        readout = 0
    return Layout(label, max(1, width - label - 2 - (readout + 2 if readout else 0)), readout)


def _join(label: str, plot: Text, readout: str, layout: Layout) -> Text:
    line = Text(_fit(label, layout.label) + "  ").append_text(plot)
    if layout.readout and readout:
        line.append("  " + readout.rjust(layout.readout))
    line.rstrip()
    return line


def _fit(text: str, cells: int) -> str:
    """`text` in exactly `cells` characters where it is shorter, cut with an ellipsis where it is longer."""
    if cell_len(text) > cells:
        while text and cell_len(text) > cells - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (cells - cell_len(text))


def _paint(cells: list[tuple[str, str]]) -> Text:
    line = Text()
    for character, style in cells:
        line.append(character, style=style)
    return line


def _draw_ground(scale: Scale, reference: float | None, rope: float = 0.0) -> list[tuple[str, str]]:
    cells = [(" ", "")] * scale.cells
    if rope > 0:
        for index in range(scale.cell(-rope), scale.cell(rope) + 1):
            cells[index] = ("░", "dim")
    if reference is not None and math.isfinite(reference):
        cells[scale.cell(reference)] = ("│", "dim")
    return cells


def _draw_interval(candidate: FoldGains, rope: float, scale: Scale) -> Text:
    colour = COLOURS[side_of_rope(candidate.low, candidate.high, rope)]
    ground = _draw_ground(scale, 0.0, rope)
    return _draw_point(candidate.mean, candidate.low, candidate.high, colour, ground, scale)


def _draw_point(
    value: float | None,
    low: float | None,
    high: float | None,
    colour: str,
    cells: list[tuple[str, str]],
    scale: Scale,
) -> Text:
    ends = finite([low, high])
    if len(ends) == 2:
        for index in range(scale.cell(ends[0]), scale.cell(ends[1]) + 1):
            cells[index] = ("━", colour)
    if finite([value]) and value is not None:
        cells[scale.cell(value)] = ("●", colour)
    return _paint(cells)


def _draw_spread(gains: Sequence[float | None], scale: Scale) -> Text:
    counts = [0] * scale.cells
    for gain in finite(gains):
        counts[scale.cell(gain)] += 1
    top = max(counts)
    return Text("".join(HEIGHTS[math.ceil(2 * count / top) * 2 if count else 0] for count in counts), style="dim")


def _draw_bar(value: float | None, scale: Scale) -> Text:
    """A bar from 0, to an eighth of a character on its right end."""
    cells = _draw_ground(scale, 0.0)
    if is_missing(value) or value is None or not math.isfinite(value):
        return _paint(cells)
    start, end = sorted((scale.cell(0.0), scale.cell(value)))
    for index in range(start, end + 1):
        cells[index] = ("█", "cyan")
    if value > 0:
        share = (value - scale.low) / (scale.high - scale.low) * scale.cells - end
        cells[end] = (EIGHTHS[max(1, min(8, round(8 * share)))], "cyan")
    return _paint(cells)


def _draw_axis(scale: Scale, reference: float | None, how: Format) -> Text:
    """The values at both ends, and the reference where it has room between them."""
    cells = [" "] * scale.cells
    marks = [(scale.low, 0), (scale.high, scale.cells)]
    texts = [(write(value, how), place) for value, place in marks]
    if reference is not None and math.isfinite(reference):
        text = write(reference, how) if reference else "0"
        texts.append((text, scale.cell(reference) - len(text) // 2))
    for text, place in texts:
        start = max(0, min(place, scale.cells - len(text)))
        slot = slice(max(0, start - 1), start + len(text) + 1)
        if all(cell == " " for cell in cells[slot]) and len(text) <= scale.cells:
            cells[start : start + len(text)] = text
    return Text("".join(cells), style="dim")
