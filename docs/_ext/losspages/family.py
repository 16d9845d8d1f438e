"""The page of one family: its members compared, and their curves over one another."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from losskit.insight.pages import Page
from losskit.reporting import Lines, Series
from losspages import svg
from losspages.markdown import code, escape, fence, page, prose, raw, section, table

COLUMNS = ("loss", "task", "kind", "estimates", "convex", "smooth", "bounded", "parameters", "mind")


def about(members: Sequence[Page]) -> str:
    """What the family is: the first line of its module, without its own name in front."""
    doc = importlib.import_module(members[0].definition.module).__doc__ or ""
    said = doc.strip().partition("\n")[0].removeprefix(f"{members[0].family.capitalize()}: ")
    return said[:1].upper() + said[1:]


def source(name: str, members: Sequence[Page]) -> str:
    """The page as MyST Markdown."""
    listed = "\n".join(f"{loss.name} </losses/{loss.name}>" for loss in members)
    return page(
        name.capitalize(),
        about(members),
        prose(about(members)),
        one_line_each(members),
        section("Curves", *(raw(_overlay(curves)) for curves in _by_axis(members))),
        section("Side by side", f"::::{{container}} wide\n{table(COLUMNS, [_row(loss) for loss in members])}\n::::"),
        fence(f":hidden:\n\n{listed}", "{toctree}"),
    )


def one_line_each(members: Sequence[Page]) -> str:
    return "\n".join(f"- {link(loss)}: {prose(loss.definition.description, loss.name)}" for loss in members)


def link(loss: Page) -> str:
    return f"[{code(loss.name)}](/losses/{loss.name}.md)"


def _row(loss: Page) -> tuple[str, ...]:
    d, claims = loss.definition, loss.loss.claims
    return (
        link(loss),
        escape(d.task),
        escape(d.kind),
        escape(loss.loss.estimates or ""),
        _yes(claims.get("convex")),
        _yes(claims.get("smooth")),
        f"by {claims['bounded']:.4g}" if "bounded" in claims else "",
        ", ".join(code(name) for name in d.own(d.params)),
        prose(loss.caution, loss.name),
    )


def _yes(claim: Any) -> str:
    return "yes" if claim is True else ""


def _by_axis(members: Sequence[Page]) -> list[Lines]:
    """The pointwise members that share an axis, as one figure each."""
    groups: dict[str, list[Series]] = {}
    for loss in members:
        if loss.curve and loss.definition.kind == "pointwise":
            value = loss.curve.series[0]
            groups.setdefault(loss.curve.x_axis, []).append(Series(loss.name, value.x, value.y))
    return [Lines("", series, x_axis=axis) for axis, series in groups.items() if len(series) > 1]


def _overlay(lines: Lines) -> str:
    names = ", ".join(series.name for series in lines.series)
    return svg.figure(lines, f"{names} along the {lines.x_axis}", links=True)
