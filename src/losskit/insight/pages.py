"""What is said of a loss: one `Page` for each, which `losskit show` and the documentation draw in their own ways."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from losskit import catalogue
from losskit.core import registry
from losskit.core.define import LossFactory
from losskit.errors import LosskitError, NotSupported
from losskit.reporting import Bullets, Column, Document, Facts, Lines, Paragraph, Section, Series, Table
from losskit.reporting.document import Block


def families() -> dict[str, list[str]]:
    """Family -> the names of its losses."""
    return {family: [f.__name__ for f in factories] for family, factories in catalogue.FAMILIES.items()}


class Page:
    """All that is declared and derived of the losses of one factory, in words, plain values and curves."""

    def __init__(self, factory: LossFactory):
        self.definition = factory.definition
        self.name: str = factory.__name__
        self.family = self.definition.module.rpartition(".")[2]
        self.signature = f"lk.{self.name}{factory.__signature__}".replace("(*, ", "(")
        self.loss = factory.example()

    @property
    def notes(self) -> list[str]:
        """The paragraphs of the definition's docstring after its first line."""
        _, _, rest = (inspect.getdoc(self.definition.function) or "").partition("\n")
        return [paragraph for paragraph in rest.strip().split("\n\n") if paragraph]

    def formulas(self, write: Callable[[Any, Any], str]) -> dict[str, str]:
        """`loss` and `gradient` as `write`, a printer of losskit.ops.formula, puts them; empty where it cannot.

        A loss with several differentiated inputs has `gradient in anchor` and the like.
        """
        d, graphs = self.definition, self.loss.graphs()
        try:
            found = {"loss": write(graphs.each, d)}
            for name, gradient in zip(d.wrt, graphs.gradients if d.trainable else (), strict=False):
                found["gradient" if len(d.wrt) == 1 else f"gradient in {name}"] = write(gradient, d)
        except NotSupported:
            return {}
        return found

    @property
    def promises(self) -> list[str]:
        """The claims in words."""
        claims = self.loss.claims
        aim = self.loss.estimates or ""
        said = [f"It estimates {_ARTICLES.get(aim.partition(' ')[0], 'the ')}{aim}."] if aim else []
        said += [text for claim, text in _PROMISES.items() if claims.get(claim) is True]
        return said + [_bound(claims[claim], *words) for claim, words in _BOUNDS.items() if claims.get(claim)]

    @property
    def caution(self) -> str:
        """What goes wrong with it, as a sentence; of a loss without a gradient, what to train with instead."""
        d, pitfall = self.definition, self.definition.pitfall
        if d.trainable:
            return _sentence(pitfall, (*d.inputs, *d.params)) if pitfall else ""
        return f"It has no gradient to train with: train with {pitfall or 'a smooth loss'}, and report {self.name}."

    @property
    def peers(self) -> list[str]:
        """Its other names: those `lk.get` takes, and what peers call it."""
        return [*(f'lk.get("{alias}")' for alias in self.definition.aliases), *self.definition.aka]

    @functools.cached_property
    def curve(self) -> Lines | None:
        """The loss and its derivatives along one raw score; None for a loss of more than one prediction and target."""
        return _curve(self.loss)


_ARTICLES = {"between": "something ", "half": ""}

_PROMISES = {
    "residual": "It depends on pred - target alone.",
    "zero_at_target": "It is 0 where the prediction is right.",
    "convex": "Convex.",
    "smooth": "Smooth: its gradient has no jump.",
    "proper": "Proper: the true probabilities minimise it.",
    "redescending": "Redescending: rows far out lose their pull.",
    "scale_invariant": "Blind to the lengths of its vectors.",
    "scale_equivariant": "Target and parameters in other units give the same fit.",
}


_BOUNDS = {
    "lipschitz": ("Its slope is at most {:.4g}.", "Its slope is bounded."),
    "bounded": ("It never exceeds {:.4g}.", "It is bounded."),
}


def _bound(bound: Any, with_number: str, without: str) -> str:
    return without if bound is True else with_number.format(bound)


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
    """Everything declared and derived of a loss, as plain values; formulas are LaTeX, None where there is none."""
    from losskit.ops import formula

    page = Page(registry.factory(name))
    d, gradients = page.definition, page.formulas(formula.latex)
    return {
        **describe(name),
        "notes": page.notes,
        "formula": gradients.pop("loss", None),
        "gradient": gradients.get("gradient") or gradients or None,
        "domain": {k: domain.description for k, domain in d.inputs.items()},
        "link": d.inputs[d.lead].link,
        "parameters": {
            k: {"default": plain(p.default), "range": p.range, "required": p.required, "doc": p.doc}
            for k, p in d.params.items()
        },
        "estimates": page.loss.estimates,
        "claims": {k: plain(v) for k, v in page.loss.claims.items()},
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
    page = Page(registry.factory(name))
    d = page.definition
    blocks: list[Block] = [Paragraph(text) for text in (d.description, *page.notes)]
    blocks += _formulas(page)
    blocks.append(Section("Inputs", [Facts([(k, domain.description) for k, domain in d.inputs.items()])]))
    if d.params:
        blocks.append(Section("Parameters", [Facts([(k, _parameter(p)) for k, p in d.params.items()])]))
    if page.promises:
        blocks.append(Section("What it promises", [Bullets(page.promises)]))
    if page.caution:
        blocks.append(Section("Mind", [Paragraph(page.caution)]))
    if page.curve:
        blocks.append(Section("Curve", [page.curve]))
    if page.peers:
        blocks.append(Section("Known elsewhere as", [Bullets([f"`{peer}`" for peer in page.peers])]))
    blocks.append(Section("Source", [Paragraph(d.source)]))
    return Document(page.name, page.signature, blocks)


def _formulas(page: Page) -> list[Block]:
    try:
        from losskit.ops import formula
    except LosskitError as error:
        return [Paragraph(error.remedy)]
    found = page.formulas(formula.text)
    return [Section("Formula", [Facts(list(found.items()))])] if found else []


def _parameter(param: Any) -> str:
    default = "required" if param.required else f"default {plain(param.default)}"
    return f"{default}; {param.range}." + (f" {_sentence(param.doc)}" if param.doc else "")


def _sentence(text: str, names: Sequence[str] = ()) -> str:
    """A text as a sentence; code and names at its start stay as they are."""
    first = text.partition(" ")[0]
    is_name = first in names or "_" in first or "`" in first
    return (text if is_name else text[:1].upper() + text[1:]).rstrip(".") + "."


def _curve(loss: Any) -> Lines | None:
    """Along one raw score: of a row with target 1, or of the true class, the others at 0."""
    d = loss.definition
    if len(d.inputs) != 2 or len(d.wrt) != 1:
        return None
    if d.kind == "pointwise":
        return _pointwise_curve(loss)
    if d.kind == "listwise" or (d.class_input and d.kind == "rowwise"):
        return _row_curve(loss)
    return None


def _pointwise_curve(loss: Any) -> Lines:
    lead, other = loss.definition.inputs.values()
    goal = 1.0 if other.holds(1.0) else other.interior
    own_scale = lead.name == other.name and loss.definition.link is None
    x = _within(lead, goal if own_scale else 0.0)
    target = np.full_like(x, goal)
    series = [Series("loss", list(x), list(loss.each(x, target)))]
    if loss.definition.trainable:
        series.append(Series("gradient", list(x), list(loss.gradient(x, target))))
        series.append(Series("curvature", list(x), list(loss.curvature(x, target))))
    raw = loss.definition.link is not None or lead.link != "identity"
    raw |= loss.definition.task == "binary" and (lead.low, lead.high) == (-np.inf, np.inf)
    return Lines("", series, x_axis=f"{'raw score' if raw else 'prediction'}, for a target of {goal:g}")


def _row_curve(loss: Any) -> Lines:
    d = loss.definition
    lead = d.inputs[d.lead]
    x = _within(lead, 0.0)
    classes = max([3, *(len(v) for v in loss.params.values() if isinstance(v, np.ndarray))])
    pred = np.zeros((len(x), classes))
    pred[:, 0] = x
    if d.class_input:
        target = np.zeros(len(x), np.int64)
        what = "raw score" if lead.high == np.inf else "log-probability"
        axis = f"{what} of the true class; the {classes - 1} others are 0"
    else:
        target = np.tile(np.eye(classes)[0], (len(x), 1))
        axis = f"raw score of the one relevant item; the {classes - 1} others are 0"
    series = [Series("loss", list(x), list(loss.each(pred, target)))]
    if d.trainable:
        series.append(Series("gradient", list(x), list(loss.gradient(pred, target)[:, 0])))
    return Lines("", series, x_axis=axis)


def _within(domain: Any, middle: float) -> np.ndarray:
    """Numbers of the domain within 4 of `middle`."""
    x = np.linspace(max(domain.low, middle - 4.0), min(domain.high, middle + 4.0), 401)
    return x[domain.holds(x)]


def plain(value: Any) -> Any:
    """Arrays as lists, all else as it is."""
    return value.tolist() if isinstance(value, np.ndarray) else value
