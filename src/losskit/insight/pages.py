"""What `losskit list` and `losskit show` say of a loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from losskit import catalogue
from losskit.core import registry
from losskit.core.definition import CLASS_PARAMS
from losskit.core.define import LossFactory
from losskit.errors import LosskitError
from losskit.reporting import Bullets, Column, Document, Facts, Lines, Paragraph, Section, Series, Table
from losskit.reporting.document import Block


def families() -> dict[str, list[str]]:
    """Family -> the names of its losses."""
    return {family: [f.__name__ for f in factories] for family, factories in catalogue.FAMILIES.items()}


def describe(name: str) -> dict[str, Any]:
    """`name`, `family`, `description`, `trainable` and `task` of a loss."""
    d = registry.factory(name).definition
    return {
        "name": d.name,
        "family": d.module.rpartition(".")[2],
        "description": d.description,
        "trainable": d.trainable,
        "task": task_of(registry.factory(name)),
    }


def task_of(factory: LossFactory) -> str:
    """"regression", "binary" or "multiclass", from the declared domains."""
    domain = factory.definition.inputs["target"]
    if domain.classes:
        return "multiclass"
    return "binary" if (domain.low, domain.high) == (0.0, 1.0) else "regression"


def details(name: str) -> dict[str, Any]:
    """Everything declared and derived of a loss, as plain values; formulas are LaTeX."""
    factory = registry.factory(name)
    d, loss = factory.definition, factory.example()
    return {
        **describe(name),
        "formula": loss.formula,
        "gradient": loss.gradient_formula if d.trainable else None,
        "domain": {k: domain.description for k, domain in d.inputs.items()},
        "link": d.inputs[d.lead].link,
        "parameters": {
            k: {"default": _plain(p.default), "range": p.range, "required": p.required, "doc": p.doc}
            for k, p in d.params.items()
        },
        "estimates": loss.estimates,
        "claims": {k: _plain(v) for k, v in loss.claims.items()},
        "pitfall": d.pitfall or None,
        "source": d.source,
        "peers": list(d.aka),
        "aliases": list(d.aliases),
    }


def catalogue_document(rows: Sequence[Mapping[str, Any]]) -> Document:
    """The table that `losskit list` prints."""
    columns = [
        Column("name", "loss", "code"),
        Column("description", "what it is"),
        Column("task", "task", priority=1),
        Column("family", "family", priority=2),
    ]
    shown = [{k: row[k] for k in ("name", "description", "task", "family")} for row in rows]
    return Document(f"{len(rows)} losses", "losskit show NAME says more.", [Table(columns, shown)])


def loss_document(name: str) -> Document:
    """The page that `losskit show` prints."""
    factory = registry.factory(name)
    d, loss = factory.definition, factory.example()
    blocks: list[Block] = [Paragraph(d.description), *_formulas(d, loss)]
    blocks.append(Section("Inputs", [Facts([(k, domain.description) for k, domain in d.inputs.items()])]))
    own = {k: p for k, p in d.params.items() if k not in CLASS_PARAMS or not d.class_input}
    if d.params:
        rows = [(k, _parameter(p)) for k, p in (*own.items(), *((k, v) for k, v in d.params.items() if k not in own))]
        blocks.append(Section("Parameters", [Facts(rows)]))
    claims = [("Estimates", loss.estimates)] if loss.estimates else []
    claims += [(k.replace("_", " "), _plain(v)) for k, v in loss.claims.items() if k != "estimates"]
    blocks.append(Section("What it promises", [Facts([(k, _worded(v)) for k, v in claims])]))
    if d.pitfall:
        blocks.append(Section("Mind", [Paragraph(d.pitfall[:1].upper() + d.pitfall[1:] + ".")]))
    if d.kind == "pointwise":
        blocks.append(_curve(d, loss))
    blocks.append(Section("Known elsewhere as", [Bullets([f"`{peer}`" for peer in d.aka])]) if d.aka else Paragraph(""))
    blocks.append(Section("Source", [Paragraph(d.source)]))
    shown = f"lk.{d.name}{factory.__signature__}"
    return Document(d.name, shown, [b for b in blocks if b != Paragraph("")])


def _formulas(d: Any, loss: Any) -> list[Block]:
    from losskit.ops import formula

    try:
        items = [("loss", formula.text(loss.graphs().each, loss.params))]
        if d.trainable:
            items.append(("gradient", formula.text(loss.graphs().gradient, loss.params)))
    except LosskitError as error:
        return [Paragraph(error.remedy)]
    return [Section("Formula", [Facts(items)])]


def _parameter(param: Any) -> str:
    default = "required" if param.required else f"default {_plain(param.default)}"
    return f"{default}; {param.range}" + (f". {param.doc[:1].upper()}{param.doc[1:]}" if param.doc else "")


def _curve(d: Any, loss: Any) -> Section:
    binary = d.inputs["target"].low == 0.0 and d.inputs["target"].high == 1.0
    fixed = 1.0
    x = np.linspace(-4.0, 4.0, 81)
    x = x[x > d.inputs["pred"].low]
    target = np.full_like(x, fixed)
    series = [Series("loss", list(x), list(loss.each(x, target)))]
    if d.trainable:
        series.append(Series("gradient", list(x), list(loss.gradient(x, target))))
    axis = "raw score, for class 1" if binary else f"prediction, for a target of {fixed:g}"
    return Section("Curve", [Lines("", series, x_axis=axis)])


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _worded(value: Any) -> Any:
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
