"""Curves as SVG inside the page: colours come from the style sheet, so that light and dark are both readable."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from losskit.reporting import Lines, Series

WIDTH, HEIGHT = 520, 300
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 10, 44
COLOURS = 7  # --curve-0 ... in losskit.css; more curves than that are dashed
DASHES = ("", "7 4", "2 4", "10 3 2 3")
CURVATURE = "5 4"  # dashed: of some losses it is the loss again


@dataclass(frozen=True)
class Frame:
    """Maps numbers onto the plot."""

    x: tuple[float, float]
    y: tuple[float, float]

    def across(self, value: float) -> float:
        low, high = self.x
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / (high - low)

    def down(self, value: float) -> float:
        low, high = self.y
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)


def figure(lines: Lines, label: str, links: bool = False) -> str:
    """The curves with axes and a legend; `label` says them to a screen reader, `links` leads to each loss's page."""
    frame = Frame(_span(lines.series), _height(lines.series, ordinary=0.8 if links else 0.92))
    styles = [_style(i, series.name) for i, series in enumerate(lines.series)]
    curves = "".join(_curve(series, style, frame) for series, style in zip(lines.series, styles, strict=True))
    legend = "".join(_legend(series, style, links) for series, style in zip(lines.series, styles, strict=True))
    title = f'<text class="axis-title" x="{LEFT + (WIDTH - LEFT - RIGHT) / 2}" y="{HEIGHT - 6}">{_say(lines.x_axis)}'
    inside = f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" height="{HEIGHT - TOP - BOTTOM}"/>'
    key = re.sub(r"\W+", "-", f"inside-{label}")
    return (
        f'<figure class="curves"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{_say(label)}">'
        f'<clipPath id="{key}">{inside}</clipPath>{_axes(frame)}<g clip-path="url(#{key})">{curves}</g>{title}</text>'
        f"</svg><figcaption>{legend}</figcaption></figure>"
    )


def _say(text: str) -> str:
    return html.escape(text)


def _span(series: Sequence[Series]) -> tuple[float, float]:
    return min(min(s.x) for s in series), max(max(s.x) for s in series)


def _height(series: Sequence[Series], ordinary: float) -> tuple[float, float]:
    """Room for the `ordinary` share of values: a curve that shoots up leaves the plot and flattens no other."""
    y = np.array([v for s in series for v in s.y if v is not None and math.isfinite(v)])
    low, middle_low, middle_high, high = np.quantile(y, [0.0, 0.04, ordinary, 1.0])
    reach = 1.6 * max(middle_high - middle_low, 1e-9)
    low, high = max(low, middle_high - reach, -1e9), min(high, middle_low + reach, 1e9)
    low, high = min(low, 0.0), max(high, 0.0)
    margin = 0.05 * (high - low) or 1.0
    return low - margin, high + margin


def ticks(low: float, high: float, about: int = 7) -> list[float]:
    """Round numbers between the two."""
    rough = (high - low) / about
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * k for k in (1.0, 2.0, 5.0, 10.0) if unit * k >= rough)
    return [step * k for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _axes(frame: Frame) -> str:
    drawn = []
    for value in ticks(*frame.y):
        y = frame.down(value)
        kind = "zero" if value == 0 else "grid"
        drawn.append(f'<path class="{kind}" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        drawn.append(f'<text class="tick-y" x="{LEFT - 7}" y="{y + 4:.1f}">{_number(value)}</text>')
    for value in ticks(*frame.x, about=9):
        x = frame.across(value)
        drawn.append(f'<path class="grid" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
        drawn.append(f'<text class="tick-x" x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}">{_number(value)}</text>')
    return "".join(drawn)


def _number(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")


def _curve(series: Series, style: str, frame: Frame) -> str:
    points = []
    pen = "M"
    for x, y in zip(series.x, series.y, strict=True):
        if y is None or not math.isfinite(y):
            pen = "M"
            continue
        # Far outside it stays just outside: renderers lose precision on huge coordinates.
        down = min(max(frame.down(y), -10.0 * HEIGHT), 10.0 * HEIGHT)
        points.append(f"{pen}{frame.across(x):.1f} {down:.1f}")
        pen = "L"
    return f'<path class="curve" style="{style}" d="{"".join(points)}"/>'


def _style(index: int, name: str) -> str:
    dash = CURVATURE if name == "curvature" else DASHES[index // COLOURS % len(DASHES)]
    return f"stroke:var(--curve-{index % COLOURS})" + (f";stroke-dasharray:{dash}" if dash else "")


def _legend(series: Series, style: str, links: bool) -> str:
    name = f'<a href="../losses/{series.name}.html">{_say(series.name)}</a>' if links else _say(series.name)
    swatch = f'<svg viewBox="0 0 26 8" aria-hidden="true"><path class="curve" style="{style}" d="M1 4H25"/></svg>'
    return f"<span>{swatch}{name}</span>"
