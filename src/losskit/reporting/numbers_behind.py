"""The numbers behind a figure as a table, for renderers and readers that see no picture."""

from __future__ import annotations

from losskit.reporting.document import Bars, Column, Figure, Interval, Lines, PairedFolds, Series, Table
from losskit.reporting.wording import finite


def tabulate(figure: Figure) -> Table:
    """A table that says what `figure` shows; a long curve is sampled at some ten places."""
    if isinstance(figure, PairedFolds):
        return _tabulate_folds(figure)
    if isinstance(figure, Bars):
        return _tabulate_bars(figure)
    return _tabulate_lines(figure)


def _tabulate_folds(figure: PairedFolds) -> Table:
    columns = (
        Column("label", "candidate", "code"),
        Column("gain", figure.axis, figure.format),
        Column("worst", "worst fold", figure.format),
        Column("best", "best fold", figure.format),
        Column("wins", "folds won", align="right"),
    )
    rows = []
    for candidate in figure.candidates:
        gains = finite(candidate.gains)
        rows.append(
            {
                "label": candidate.label,
                "gain": Interval(candidate.mean, candidate.low, candidate.high),
                "worst": min(gains, default=None),
                "best": max(gains, default=None),
                "wins": f"{sum(gain > 0 for gain in gains)} of {len(gains)}",
            }
        )
    return Table(columns, rows)


def _tabulate_bars(figure: Bars) -> Table:
    columns = (Column("label", ""), Column("value", figure.axis or "value", figure.format))
    return Table(columns, [{"label": b.label, "value": Interval(b.value, b.low, b.high)} for b in figure.bars])


def _tabulate_lines(figure: Lines, places: int = 10) -> Table:
    longest = max((series.x for series in figure.series), key=len, default=())
    step = max(1, -(-(len(longest) - 1) // places))
    columns = [Column("x", figure.x_axis or "x", "number")]
    columns += [Column(f"y{index}", series.name, "number") for index, series in enumerate(figure.series)]
    rows = []
    for x in longest[::step]:
        heights = {f"y{index}": _look_up(series, x) for index, series in enumerate(figure.series)}
        rows.append({"x": x, **heights})
    return Table(columns, rows)


def _look_up(series: Series, x: float) -> float | None:
    """The value at the point of `series` that lies at `x`, if there is one."""
    return next((y for place, y in zip(series.x, series.y, strict=True) if place == x), None)
