"""What `losskit list` and `losskit show` say of a loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from losskit import catalogue
from losskit.core import registry
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
        "task": d.task,
    }


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
    """The tables that `losskit list` prints, one for each family."""
    columns = [Column("name", "loss", "code"), Column("description", "what it is"), Column("task", "task", priority=1)]
    sections = []
    for family in dict.fromkeys(row["family"] for row in rows):
        own = [_cells(row) for row in rows if row["family"] == family]
        sections.append(Section(family.capitalize(), [Table(columns, own)]))
    return Document(f"{len(rows)} losses", "`losskit show NAME` says more.", sections)


def _cells(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": row["name"], "description": row["description"].replace("`", ""), "task": row["task"]}


def loss_document(name: str) -> Document:
    """The page that `losskit show` prints."""
    factory = registry.factory(name)
    d, loss = factory.definition, factory.example()
    blocks: list[Block] = [Paragraph(d.description), *_formulas(d, loss)]
    blocks.append(Section("Inputs", [Facts([(k, domain.description) for k, domain in d.inputs.items()])]))
    if d.params:
        blocks.append(Section("Parameters", [Facts([(k, _parameter(p)) for k, p in d.params.items()])]))
    blocks.append(Section("What it promises", [Bullets(_promises(loss))]))
    if d.pitfall:
        blocks.append(Section("Mind", [Paragraph(_sentence(d.pitfall))]))
    blocks.append(_curve(d, loss))
    known = [*(f'`lk.get("{alias}")`' for alias in d.aliases), *(f"`{peer}`" for peer in d.aka)]
    if known:
        blocks.append(Section("Known elsewhere as", [Bullets(known)]))
    blocks.append(Section("Source", [Paragraph(d.source)]))
    return Document(d.name, f"lk.{d.name}{factory.__signature__}".replace("(*, ", "("), blocks)


def _promises(loss: Any) -> list[str]:
    """The claims in words."""
    claims = loss.claims
    words = {
        "residual": "It depends on pred - target alone.",
        "zero_at_target": "It is 0 where the prediction is right.",
        "convex": "Convex.",
        "smooth": "Smooth: its gradient has no jump.",
        "proper": "Proper: the true probabilities minimise it.",
        "redescending": "Redescending: rows far out lose their pull.",
        "scale_equivariant": "Target and parameters in other units give the same fit.",
    }
    aim = loss.estimates or ""
    said = [f"It estimates {'something ' if aim.startswith('between') else 'the '}{aim}."] if aim else []
    said += [text for claim, text in words.items() if claims.get(claim) is True]
    said += [f"Its slope is at most {claims['lipschitz']:.4g}."] if "lipschitz" in claims else []
    said += [f"No row costs more than {claims['bounded']:.4g}."] if "bounded" in claims else []
    return said + ([] if claims.get("trainable", True) else ["It has no gradient to train with."])


def _formulas(d: Any, loss: Any) -> list[Block]:
    from losskit.ops import formula

    try:
        items = [("loss", formula.text(loss.graphs().each, d))]
        if d.trainable:
            items.append(("gradient", formula.text(loss.graphs().gradient, d)))
    except LosskitError as error:
        return [Paragraph(error.remedy)]
    return [Section("Formula", [Facts(items)])]


def _parameter(param: Any) -> str:
    default = "required" if param.required else f"default {_plain(param.default)}"
    return f"{default}; {param.range}." + (f" {_sentence(param.doc)}" if param.doc else "")


def _sentence(text: str) -> str:
    """A text as a sentence; code and names at its start stay as they are."""
    first = text.partition(" ")[0]
    return (text if "_" in first or "`" in first else text[:1].upper() + text[1:]).rstrip(".") + "."


def _curve(d: Any, loss: Any) -> Section:
    """The loss and its gradient along one raw score: of a row with target 1, or of the true class, the others at 0."""
    x = np.linspace(-4.0, 4.0, 81)
    lead = d.inputs["pred"]
    x = x[(x > lead.low) & ((x < lead.high) if lead.open_high else (x <= lead.high))]
    if d.kind != "pointwise":
        classes = max([3, *(len(v) for v in loss.params.values() if isinstance(v, np.ndarray))])
        pred, target = np.zeros((len(x), classes)), np.zeros(len(x), np.int64)
        pred[:, 0] = x
        what = "raw score" if lead.high == np.inf else "log-probability"
        axis = f"{what} of the true class; the {classes - 1} others are 0"
        if d.kind == "listwise":
            target = np.tile(np.eye(classes)[0], (len(x), 1))
            axis = f"raw score of the one relevant item; the {classes - 1} others are 0"
    else:
        pred, target = x, np.ones_like(x)
        raw = d.link is not None or d.inputs[d.lead].link != "identity" or d.task == "binary"
        axis = f"{'raw score' if raw else 'prediction'}, for a target of 1"
    series = [Series("loss", list(x), list(loss.each(pred, target)))]
    if d.trainable:
        gradient = loss.gradient(pred, target)
        series.append(Series("gradient", list(x), list(gradient if d.kind == "pointwise" else gradient[:, 0])))
    return Section("Curve", [Lines("", series, x_axis=axis)])


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value
