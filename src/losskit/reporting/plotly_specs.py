"""Figures as plotly.js specifications: plain dicts.

A colour is the name of a CSS variable, `var(--good)`: the page resolves it, so that one figure serves light and dark.
"""

from __future__ import annotations

from typing import Any

from losskit.reporting.document import Bars, Figure, Format, Interval, Lines, PairedFolds
from losskit.reporting.evidence import side_of_rope
from losskit.reporting.wording import finite, write

COLOURS = {"above": "var(--good)", "below": "var(--bad)", "open": "var(--accent)"}
SERIES_COLOURS = ("var(--accent)", "var(--series-2)", "var(--series-3)", "var(--series-4)", "var(--series-5)")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")  # curves differ in more than colour
TICKS: dict[Format, str] = {"gain": "+.1~%", "difference": "+.3~f", "percent": ".1~%"}
ROW = 58  # pixels for one candidate


def specify(figure: Figure) -> dict[str, Any]:
    """`data` and `layout` for plotly.js."""
    if isinstance(figure, PairedFolds):
        return _specify_folds(figure)
    if isinstance(figure, Bars):
        return _specify_bars(figure)
    return _specify_lines(figure)


def _specify_folds(figure: PairedFolds) -> dict[str, Any]:
    """A row for each candidate, its name above it: long names then cost no width on a phone."""
    data: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    for row, candidate in enumerate(figure.candidates):
        colour = COLOURS[side_of_rope(candidate.low, candidate.high, figure.rope)]
        readout = write(Interval(candidate.mean, candidate.low, candidate.high), figure.format)
        gains = finite(candidate.gains)
        data.append(_dots(gains, row, figure.format))
        data.append(_interval(candidate.mean, candidate.low, candidate.high, row, colour, readout))
        names += _name_row(candidate.label, readout, row)
    layout = _rows_layout(len(figure.candidates), names, figure.axis, figure.format)
    layout["shapes"] = [
        _band(-figure.rope, figure.rope),
        _upright(0.0),
    ]
    return {"data": data, "layout": layout}


def _specify_bars(figure: Bars) -> dict[str, Any]:
    bounded = any(finite([bar.low, bar.high]) for bar in figure.bars)
    data: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    for row, bar in enumerate(figure.bars):
        readout = write(Interval(bar.value, bar.low, bar.high), figure.format)
        if bounded:
            data.append(_interval(bar.value, bar.low, bar.high, row, "var(--accent)", readout))
        elif finite([bar.value]):
            data.append(_bar(bar.value, row, readout))
        names += _name_row(bar.label, readout, row)
    layout = _rows_layout(len(figure.bars), names, figure.axis, figure.format)
    if figure.reference is not None:
        layout["shapes"] = [_upright(figure.reference)]
    return {"data": data, "layout": layout}


def _specify_lines(figure: Lines) -> dict[str, Any]:
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": series.name,
            "x": list(series.x),
            "y": list(series.y),
            "line": {
                "color": SERIES_COLOURS[index % len(SERIES_COLOURS)],
                "dash": DASHES[index % len(DASHES)],
                "width": 2.2,
            },
            "hovertemplate": "%{y:.4~g}",
        }
        for index, series in enumerate(figure.series)
    ]
    layout = _base_layout() | {
        "height": 340,
        "hovermode": "x unified",
        "showlegend": len(figure.series) > 1,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": _axis(figure.x_axis),
        "yaxis": _axis(figure.y_axis),
        "margin": {"l": 48, "r": 12, "t": 34, "b": 46},
    }
    return {"data": data, "layout": layout}


def _dots(gains: list[float], row: int, how: Format) -> dict[str, Any]:
    """The folds, set off from each other in a fixed pattern so that equal ones stay visible."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": gains,
        "y": [row + 0.07 * ((index * 2) % 5 - 2) for index in range(len(gains))],
        "text": [f"fold {index + 1}: {write(gain, how)}" for index, gain in enumerate(gains)],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"size": 7, "color": "var(--muted)", "opacity": 0.45},
    }


def _interval(
    value: float | None, low: float | None, high: float | None, row: int, colour: str, readout: str
) -> dict[str, Any]:
    bounds = finite([low, high])
    centre = finite([value])
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [*bounds[:1], *centre, *bounds[1:]],
        "y": [row] * (len(bounds) + len(centre)),
        "text": [readout] * (len(bounds) + len(centre)),
        "hovertemplate": "%{text}<extra></extra>",
        "line": {"color": colour, "width": 4},
        "marker": {
            "color": colour,
            "symbol": [
                *(["line-ns"] * len(bounds[:1])),
                *(["diamond"] * len(centre)),
                *(["line-ns"] * len(bounds[1:])),
            ],
            "size": [*([9] * len(bounds[:1])), *([13] * len(centre)), *([9] * len(bounds[1:]))],
            "line": {"color": colour, "width": 2},
        },
    }


def _bar(value: float | None, row: int, readout: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "x": [value],
        "y": [row],
        "width": 0.3,
        "text": [readout],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"color": "var(--accent)"},
    }


def _name_row(label: str, readout: str, row: int) -> list[dict[str, Any]]:
    """The name above its row at the left, the numbers at the right."""
    common = {"xref": "paper", "y": row - 0.24, "yanchor": "bottom", "showarrow": False}
    return [
        common | {"x": 0, "xanchor": "left", "text": _plain(label), "font": {"color": "var(--text)", "size": 13}},
        common | {"x": 1, "xanchor": "right", "text": _plain(readout), "font": {"color": "var(--muted)", "size": 12}},
    ]


def _plain(text: str) -> str:
    """`text` with nothing that plotly.js would read as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _band(low: float, high: float) -> dict[str, Any]:
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": low,
        "x1": high,
        "y0": 0,
        "y1": 1,
        "fillcolor": "var(--band)",
        "line": {"width": 0},
        "layer": "below",
    }


def _upright(x: float) -> dict[str, Any]:
    line = {"color": "var(--muted)", "width": 1, "dash": "dot"}
    place = {"xref": "x", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1}
    return {"type": "line", "layer": "below", "line": line} | place


def _rows_layout(count: int, names: list[dict[str, Any]], axis: str, how: Format) -> dict[str, Any]:
    return _base_layout() | {
        "height": ROW * count + 62,
        "hovermode": "closest",
        "showlegend": False,
        "annotations": names,
        "xaxis": _axis(axis) | {"tickformat": TICKS.get(how, "")},
        "yaxis": {"visible": False, "range": [count - 0.5, -0.75], "fixedrange": True},
        "margin": {"l": 16, "r": 16, "t": 4, "b": 46},
    }


def _axis(title: str) -> dict[str, Any]:
    return {
        "title": {"text": _plain(title), "font": {"size": 12}, "standoff": 8},
        "gridcolor": "var(--line)",
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
    }


def _base_layout() -> dict[str, Any]:
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "var(--sans)", "size": 12, "color": "var(--muted)"},
        "dragmode": False,
        "hoverlabel": {"bgcolor": "var(--card)", "bordercolor": "var(--line)", "font": {"color": "var(--text)"}},
    }
