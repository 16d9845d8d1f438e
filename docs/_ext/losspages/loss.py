"""The page of one loss."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from losskit.insight.pages import Page, plain
from losskit.ops import formula
from losspages import advice, snippet, svg
from losspages.markdown import bullets, cited, code, escape, fence, page, paragraph, prose, raw, section, table

_ITEMS = {
    "pointwise": "one value for each entry",
    "rowwise": "one value for each row",
    "vectorwise": "one value for each vector or box",
    "listwise": "one value for each list",
    "batchwise": "one value for each batch",
    "imagewise": "one value for each picture",
}

LONGEST = 700  # characters of LaTeX that a reader can take in

_SYMBOLS = {
    r"\hat{y}": "the prediction",
    "z": "the raw score",
    "y": "the target",
    "q": "the soft labels",
    "k": "a class or an item",
    "K": "the number of classes",
}


def source(loss: Page) -> str:
    """The page as MyST Markdown."""
    d = loss.definition
    program = snippet.program(loss.loss)
    return page(
        loss.name,
        d.description,
        prose(d.description, loss.name),
        fence(_wrapped(loss.signature), "python"),
        _place(loss),
        *(paragraph(text, loss.name) for text in loss.notes),
        _formulas(loss),
        section("Curve", _curve(loss)),
        section("Inputs", _inputs(d), _link(d)),
        section("Parameters", _parameters(d)),
        section("What it promises", bullets(loss.promises, loss.name)),
        section("When to use it", _when(loss)),
        section("What to mind", _cautions(loss)),
        section("Known elsewhere as", "\n".join(f"- {code(peer)}" for peer in loss.peers)),
        section("Example", fence(program, "python"), "It prints", fence(snippet.output(program), "text")),
        section("Source", cited(d.source)),
    )


def _wrapped(signature: str) -> str:
    """One parameter a line where they do not fit on one."""
    return (
        signature
        if len(signature) <= 72
        else signature.replace("(", "(\n    ", 1).replace(", ", ",\n    ")[:-1] + ",\n)"
    )


def _place(loss: Page) -> str:
    """Family, task and what one value is for."""
    family = f"[{loss.family.capitalize()}](/families/{loss.family}.md)"
    items = _ITEMS.get(loss.definition.kind, loss.definition.kind)
    return f"{{.place}}\n{family} · task: {escape(loss.definition.task)} · {escape(items)}"


def _formulas(loss: Page) -> str:
    found = loss.formulas(formula.latex)
    shown = {what: latex for what, latex in found.items() if len(latex) <= LONGEST}
    blocks = [fence(f"{_name(what)} = {latex}", "{math}") for what, latex in shown.items()]
    used = [f"${symbol}$ {meaning}" for symbol, meaning in _SYMBOLS.items() if _occurs(symbol, shown)]
    legend = f"Here {', '.join(used)}.".replace("$ ", "$ is ", 1) if used else ""
    return section("Formula", *blocks, legend, _left_out([what for what in found if what not in shown]))


def _left_out(formulas: Sequence[str]) -> str:
    names = " and the ".join(formulas)
    return f"The {names} would fill the page: `losskit show` prints what is too long for it." if names else ""


def _name(what: str) -> str:
    """`loss`, `gradient` and `gradient in anchor` as symbols."""
    _, _, within = what.partition(" in ")
    if within:
        return rf"\nabla_{{\mathrm{{{within.replace('_', ' ')}}}}}\,\ell"
    return r"\ell" if what == "loss" else r"\nabla\ell"


def _occurs(symbol: str, formulas: dict[str, str]) -> bool:
    plain_letters = [re.sub(r"\\[A-Za-z]+\{[A-Za-z_\\ ]*\}|\\[A-Za-z]+", " ", latex) for latex in formulas.values()]
    if symbol.startswith("\\"):
        return any(symbol in latex for latex in formulas.values())
    return any(re.search(rf"(?<![A-Za-z]){symbol}(?![A-Za-z])", latex) for latex in plain_letters)


def _curve(loss: Page) -> str:
    return raw(svg.figure(loss.curve, f"{loss.name} along the {loss.curve.x_axis}")) if loss.curve else ""


def _inputs(d: Any) -> str:
    rows = [(code(name), prose(domain.description), code(_shape(domain))) for name, domain in d.inputs.items()]
    return table(("input", "values", "shape"), rows)


def _shape(domain: Any) -> str:
    return f"({', '.join(('...', *domain.axes))})"


def _link(d: Any) -> str:
    link = d.inputs[d.lead].link
    if d.link is None and link == "identity":
        return ""
    what = "" if d.link is not None else f", {code(link)} of it"
    return f"`loss.link({d.lead})` is the prediction on the target's scale{what}."


def _parameters(d: Any) -> str:
    return "\n\n".join(f"{_head(name, param)}\n: {_about(param)}" for name, param in d.params.items())


def _head(name: str, param: Any) -> str:
    return f"{code(name)}, " + ("required" if param.required else f"by default {code(repr(plain(param.default)))}")


def _about(param: Any) -> str:
    """What it is, in which units and in which range."""
    what = prose(param.doc[:1].upper() + param.doc[1:])
    units = f"in the {param.scales_with}'s units" if param.scales_with else ""
    said = [part for part in (what, units if units not in param.doc else "") if part]
    search = f"; worth trying: {param.search[0]:g} to {param.search[1]:g}" if param.search else ""
    return f"{', '.join(said)}. " * bool(said) + f"Range: {escape(param.range)}{search}."


def _when(loss: Page) -> str:
    rows = [(prose(metrics), tag, prose(why, loss.name)) for metrics, tag, why in advice.when(loss.name)]
    return table(("judged by", "it is", "why"), rows) if rows else ""


def _cautions(loss: Page) -> str:
    rare = advice.rarely(loss.name) if loss.definition.trainable else ""
    left_out = f"`losskit choose` leaves it out unless asked: {rare}." if rare else ""
    return "\n\n".join(prose(text, loss.name) for text in (loss.caution, left_out) if text)
