"""The pages of the site, as text: every loss has one, its example runs, and llms.txt names it."""

import functools
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import losskit as lk
from losskit.catalogue import FAMILIES
from losskit.core import registry
from losskit.core.domains import Vector
from losskit.insight.pages import Page
from losskit.reporting import Lines, Series

DOCS = Path(__file__).parent.parent / "docs"
sys.path.insert(0, str(DOCS / "_ext"))

from losspages import examples, family, index, llms, loss, markdown, snippet, svg  # noqa: E402

NAMES = lk.names()


@functools.cache
def page_of(name):
    return Page(registry.factory(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_loss_has_a_page_and_its_example_runs(name):
    page = page_of(name)
    text = loss.source(page)
    for part in (f"# {name}", "## Inputs", "## Example", "## Source", *page.definition.inputs, *page.definition.params):
        assert part in text
    assert "## Formula" in text or "{math}" not in text  # what is too long to print is said there in words
    assert ("## Curve" in text) == (page.curve is not None)
    printed = text.partition("It prints")[2]
    assert np.isfinite(float(re.search(r"-?\d[\d.e+-]*", printed)[0]))


@lk.define_loss(pred=lk.Real, log_variance=lk.Real, target=lk.Real, wrt=("pred", "log_variance"))
def normal(ops, pred, log_variance, target):
    """Of a normal distribution, given by its mean and the logarithm of its variance.

    A constant is left out.
    """
    r = pred - target
    return 0.5 * (log_variance + r * r * ops.exp(-log_variance))


@lk.define_loss(anchor=Vector, positive=Vector, negative=Vector, margin=lk.Positive(1.0))
def nearer(ops, anchor, positive, negative, *, margin):
    """The anchor is nearer to the positive than to the negative, by a margin of squared distances.

    The distances are squared and the margin is not.
    """
    near, far = anchor - positive, anchor - negative
    return ops.relu(margin + ops.sum(near * near) - ops.sum(far * far))


@pytest.mark.parametrize("factory", [normal, nearer], ids=lambda factory: factory.__name__)
def test_a_page_follows_from_what_is_declared(factory, monkeypatch):
    monkeypatch.setattr(lk, factory.__name__, factory, raising=False)
    page = Page(factory)
    text = loss.source(page)
    assert page.curve is None
    assert all(f"| `{name}` |" in text for name in page.definition.inputs)
    assert ("for gradient in" in text) == (len(page.definition.wrt) > 1)
    assert page.notes[0] in text


@pytest.mark.parametrize("name", [name for name, members in FAMILIES.items() if members])
def test_a_family_compares_its_members_and_draws_them(name):
    members = [page_of(factory.__name__) for factory in FAMILIES[name]]
    text = family.source(name, members)
    rows = [line for line in text.splitlines() if line.startswith("| [")]
    assert len(rows) == len(members)
    assert all(line.count(" | ") == len(family.COLUMNS) - 1 for line in rows)
    axes = [page.curve.x_axis for page in members if page.definition.kind == "pointwise" and page.curve]
    assert text.count("<figure") == sum(axes.count(axis) > 1 for axis in set(axes))


def test_lists_name_every_loss():
    pages = {name: [page_of(f.__name__) for f in members] for name, members in FAMILIES.items() if members}
    listed = re.findall(r"^- \[`(\w+)`\]\(/losses/\1\.md\)", index.alphabet(pages), re.MULTILINE)
    assert listed == sorted(NAMES)
    lines = re.findall(r"^- \[(\w+)\]\(losses/\1\.html\): .*`lk\.\1\(.*Inputs: \w", llms.source(), re.MULTILINE)
    assert lines == list(NAMES)


def test_every_example_is_shown():
    text = examples.source(DOCS.parent / "examples")
    for path in (DOCS.parent / "examples").glob("*.py"):
        assert f"{{literalinclude}} ../examples/{path.name}" in text


def test_prose_is_no_markup_and_names_of_losses_are_links():
    text = markdown.prose("|r| < 2 * delta_1: `huber`, not cross_entropy nor `delta`", here="cross_entropy")
    assert text == r"\|r\| \< 2 \* delta\_1: [`huber`](/losses/huber.md), not cross\_entropy nor `delta`"
    row = markdown.table(("a", "b"), [("`|r|`", "")]).splitlines()[-1]
    assert row == r"| `\|r\|` | – |"


def test_sources_link_to_doi_and_arxiv():
    text = markdown.cited("A 2004, doi:10.1/a(1)<2:b>3.0;2-4; B 2017, arXiv:1708.02002")
    assert "(https://doi.org/10.1/a%281%29%3C2%3Ab%3E3.0%3B2-4); B" in text
    assert text.endswith("(https://arxiv.org/abs/1708.02002)")


def test_a_signature_too_long_for_a_line_has_one_parameter_a_line():
    text = loss.source(page_of("cross_entropy"))
    options = ("label_smoothing=0.0", "z_loss=0.0", "class_weight=None", "ignore_index=-100")
    assert "".join(("lk.cross_entropy(\n", *(f"    {option},\n" for option in options), ")")) in text


def test_a_curve_breaks_where_it_has_no_number():
    drawn = svg.figure(Lines("", [Series("a", [0, 1, 2, 3], [0.0, 1.0, np.nan, 1.0])], x_axis="x"), "a")
    (path,) = re.findall(r'stroke:var\(--curve-0\)" d="(M[^"]*)"/></g>', drawn)
    assert (path.count("M"), path.count("L")) == (2, 1)


def test_ticks_are_round_numbers_inside():
    assert svg.ticks(-0.3, 6.4) == [0, 1, 2, 3, 4, 5, 6]
    assert svg.ticks(-55.0, 55.0, about=5) == [-50, 0, 50]


def test_an_example_prints_what_the_reader_would_see():
    program = snippet.program(lk.huber())
    assert snippet.output(program).splitlines()[0] == str(eval("loss(pred, target)", _ran(program)))


def _ran(program):
    names = {}
    exec(program, names)
    return names
