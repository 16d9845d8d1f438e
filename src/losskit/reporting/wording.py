"""How values become words, the same in every renderer that writes for people."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from numbers import Integral, Real
from typing import Any

from losskit.reporting.document import Format, Interval

DASH = "–"


def is_missing(value: Any) -> bool:
    """True for None and NaN."""
    return value is None or (isinstance(value, Real) and math.isnan(value))


def write(value: Any, how: Format = "text") -> str:
    """`value` as a reader wants it; a dash where there is none."""
    if isinstance(value, Interval):
        return write_interval(value, how)
    if is_missing(value):
        return DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Real):
        return _write_number(value, how)
    if isinstance(value, (list, tuple)):
        return ", ".join(write(item, how) for item in value) or DASH
    return str(value)


def write_interval(interval: Interval, how: Format) -> str:
    """`value [low, high]`, the bounds in the unit of the value, which is written once."""
    text = write(interval.value, how)
    if is_missing(interval.low) and is_missing(interval.high):
        return text
    low, high = (write(bound, how).removesuffix("%") for bound in (interval.low, interval.high))
    return f"{text} [{low}, {high}]"


def _write_number(value: Any, how: Format) -> str:
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if how in ("gain", "percent"):
        return _write_percent(float(value), signed=how == "gain")
    if how == "difference":
        return f"{value:+.3f}"
    if how == "probability":
        return "<0.01" if 0 < value < 0.005 else ">0.99" if 0.995 <= value < 1 else f"{value:.2f}"
    if how == "p_value":
        return "<0.001" if 0 <= value < 0.0005 else f"{value:.3f}"
    if how == "seconds":
        return _write_seconds(float(value))
    if isinstance(value, Integral):
        return f"{int(value):,}"
    text = _write_significant(float(value))
    return text.rstrip("0").rstrip(".") if how != "number" and "." in text and "e" not in text else text


def _write_percent(fraction: float, signed: bool) -> str:
    percent = 100 * fraction
    decimals = 0 if abs(percent) >= 99.95 else 1
    if round(percent, decimals) == 0:
        return "0.0%"
    return f"{percent:{'+' if signed else ''},.{decimals}f}%"


def _write_significant(value: float, digits: int = 4) -> str:
    """Four significant digits; a power of ten only outside 1e-4 ... 1e7."""
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e7:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return f"{value:,.{max(0, digits - 1 - math.floor(math.log10(abs(value))))}f}"


def _write_seconds(seconds: float) -> str:
    if seconds < 0.095:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 59.5:
        return f"{seconds:.{2 if seconds < 0.995 else 1}f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def finite(values: Iterable[float | None]) -> list[float]:
    """The values that can be drawn."""
    return [float(value) for value in values if value is not None and math.isfinite(value)]


def spans(text: str) -> Iterator[tuple[str, bool]]:
    """The pieces of `text` in order, each with whether it stood between backticks."""
    for index, piece in enumerate(re.split(r"`([^`\n]+)`", text)):
        if piece:
            yield piece, index % 2 == 1
