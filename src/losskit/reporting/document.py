"""The document model: what a report says, free of how any renderer draws it.

Text fields may hold `code` between backticks. Numbers stay numbers; None and NaN mean "not available".
Gains, probabilities and bounds are fractions: 0.041 is 4.1 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from losskit.errors import InvalidInput, UnknownName

Format = Literal["text", "code", "tags", "number", "percent", "gain", "difference", "probability", "p_value", "seconds"]
"""How a value is written.

`number` keeps four significant digits, so that a column lines up; `gain` is a signed percentage, `difference` a signed
number of three decimals; `tags` are words shown as pills; `seconds` is a duration.
"""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short texts."""

    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Headline:
    """The answer in one sentence. `better`, `same` and `unclear` have a colour; any other verdict is neutral."""

    verdict: str
    sentence: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something the reader must not miss."""

    level: Literal["info", "warning", "error"]
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Pairs of a label and a value: how something was measured, seeds, versions."""

    items: Sequence[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its bounds; as a table cell it is written `value [low, high]`."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    `priority` 0 is always shown; where there is too little room, the highest numbers go first. `align` follows
    from `format` unless it is given. `rope` is the region of practical equivalence that its intervals are seen against.
    """

    key: str
    title: str
    format: Format = "text"
    align: Literal["left", "right"] | None = None
    help: str = ""
    priority: int = 0
    rope: float = 0.0

    @property
    def side(self) -> Literal["left", "right"]:
        """The side its values are aligned to: numbers to the right, words to the left."""
        return self.align or ("left" if self.format in ("text", "code", "tags") else "right")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of values by column key; a key that a row lacks is a dash. `highlight` holds row indices."""

    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    highlight: Sequence[int] = ()
    caption: str = ""

    def __post_init__(self) -> None:
        keys = [column.key for column in self.columns]
        for row in self.rows:
            for key in row:
                if key not in keys:
                    raise UnknownName("column", key, keys, " in a row of the table")
        if any(not 0 <= index < len(self.rows) for index in self.highlight):
            raise InvalidInput(
                f"highlight: expected row indices below {len(self.rows)}, got {tuple(self.highlight)}",
                "count the rows from 0",
            )


@dataclass(frozen=True, slots=True)
class Code:
    """Source to copy, one tab for each label (a framework, say)."""

    tabs: Mapping[str, str]
    language: str = "python"


@dataclass(frozen=True, slots=True)
class FoldGains:
    """One candidate: its gain over the baseline on each fold, the pooled gain and its bounds."""

    label: str
    gains: Sequence[float | None]
    mean: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class PairedFolds:
    """Candidates against a baseline fold by fold. Gains within ±`rope` are equal for all practical purposes."""

    title: str
    candidates: Sequence[FoldGains]
    rope: float
    axis: str = "gain over the default"
    format: Format = "gain"
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A labelled value, with bounds if it has any."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Values side by side, as points with intervals where bounds are given, else as bars from 0."""

    title: str
    bars: Sequence[Bar]
    reference: float | None = None
    axis: str = ""
    format: Format = "number"
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One curve: `x` and `y` of equal length; None or NaN in `y` is a gap."""

    name: str
    x: Sequence[float]
    y: Sequence[float | None]

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise InvalidInput(
                f"series {self.name!r}: expected x and y of equal length, got {len(self.x)} and {len(self.y)}",
                "give one y for each x",
            )


@dataclass(frozen=True, slots=True)
class Lines:
    """Curves over one x axis: a loss with its gradient and curvature, a training history."""

    title: str
    series: Sequence[Series]
    x_axis: str = ""
    y_axis: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks under a title; `note` is one line of explanation under it."""

    title: str
    blocks: Sequence[Block] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    title: str
    subtitle: str = ""
    blocks: Sequence[Block] = ()
    footer: str = ""


Figure: TypeAlias = PairedFolds | Bars | Lines
Block: TypeAlias = Paragraph | Bullets | Headline | Alert | Facts | Table | Code | PairedFolds | Bars | Lines | Section
