"""Reports: every block in every renderer, and what each renderer promises."""

import io
import json
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from losskit.errors import InvalidInput, UnknownName
from losskit.reporting import (
    Alert,
    Bar,
    Bars,
    Bullets,
    Code,
    Column,
    Document,
    Facts,
    FoldGains,
    Headline,
    Interval,
    Lines,
    PairedFolds,
    Paragraph,
    Section,
    Series,
    Table,
    render_html,
    render_markdown,
    render_terminal,
    to_json,
)
from losskit.reporting.plotly_specs import specify
from losskit.reporting.wording import write

NASTY = "<script>alert('x')</script> | *a* [bold]b[/bold] \x1b[31m & `c`"
NAMES = ["absolute()", "huber(delta=1.5)", "student_t(df=4, scale=31.5)"]
FOLDS = PairedFolds(
    "Gain per fold",
    [
        FoldGains(NAMES[0], [0.03, 0.05, math.nan, 0.04], 0.041, 0.02, 0.06),
        FoldGains(NAMES[1], [-0.01, 0.02], 0.005, -0.02, 0.03),
        FoldGains(NAMES[2], [], None),
    ],
    rope=0.01,
    caption="fold caption",
)
LEADERBOARD = Table(
    [
        Column("loss", "loss", "code"),
        Column("gain", "gain", "gain", help="relative gain", rope=0.01),
        Column("mae", "MAE", "number"),
        Column("rows", "rows", "number", priority=3),
        Column("better", "P(better)", "probability", priority=2),
        Column("p", "p (Holm)", "p_value", priority=4),
        Column("time", "time", "seconds", priority=5),
        Column("theory", "theory", "tags", priority=1),
    ],
    [
        {"loss": NAMES[0], "gain": Interval(0.041, 0.02, 0.06), "mae": 44.1, "rows": 1442, "theory": ("consistent",)},
        {"loss": NAMES[1], "gain": Interval(math.nan), "mae": math.inf, "better": 0.999, "p": 0.0001, "time": 75.0},
        {"loss": NAMES[2], "gain": Interval(-0.12, -0.2, -0.04), "mae": np.float32(1234.56), "theory": "heuristic"},
    ],
    highlight=[0],
    caption="table caption",
)
CURVES = Lines(
    "Shape",
    [
        Series("value", np.linspace(-2, 2, 41), np.linspace(-2, 2, 41) ** 2),
        Series("gradient", [-2.0, 0.0, 2.0], [-4.0, None, 4.0]),
        Series("constant", [0.0, 1.0], [3.0, 3.0]),
    ],
    x_axis="residual",
    caption="curve caption",
)
BLOCKS = {
    "paragraph": (Paragraph("Plain words with `code_inside`."), ["Plain words with", "code_inside"]),
    "bullets": (Bullets(["first point", "second `point`"]), ["first point", "second"]),
    "headline": (Headline("better", "Use it instead.", "By a margin."), ["better", "Use it instead.", "By a margin."]),
    "alert": (Alert("warning", "Look here."), ["Look here."]),
    "facts": (
        Facts([("Rows", 12345), ("Missing", None), ("Ratio", 0.25)]),
        ["Rows", "12,345", "Missing", "–", "0.25"],
    ),
    "table": (LEADERBOARD, [*NAMES, "44.10", "table caption"]),
    "code": (Code({"PyTorch": "a = 1\n", "Keras": "b = 2\n"}), ["PyTorch", "a = 1", "Keras", "b = 2"]),
    "paired folds": (FOLDS, ["Gain per fold", *NAMES, "fold caption", "+4.1% [+2.0, +6.0]"]),
    "intervals": (
        Bars("With bounds", [Bar("one", 1.5, 1.0, 2.0), Bar("two", None)], reference=1.2, axis="MAE", caption="cap"),
        ["With bounds", "one", "two", "1.500 [1.000, 2.000]", "cap"],
    ),
    "bars": (
        Bars("No bounds", [Bar("one", 0.1), Bar("two", -0.3), Bar("three", 0.0)], format="percent"),
        ["one", "two", "10.0%", "-30.0%"],
    ),
    "lines": (CURVES, ["Shape", "value", "gradient", "constant", "residual", "curve caption"]),
    "section": (Section("A title", [Paragraph("inside"), CURVES], "a note"), ["A title", "inside", "a note", "Shape"]),
}
ALL = Document("Title of it", "a subtitle", [block for block, _ in BLOCKS.values()], "the footer")


def print_wide(document, width=120):
    console = Console(file=io.StringIO(), width=width)
    render_terminal(document, console)
    return console.file.getvalue()


class Page(HTMLParser):
    """Collects the text that is shown, every attribute, and whether all elements are closed in order."""

    VOID = frozenset({"meta", "br", "hr", "img", "input", "link"})

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.open, self.text, self.attributes, self.tags, self.specs = [], [], [], [], []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in self.VOID:
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"stray </{tag}>"
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        tag, attrs = self.open[-1] if self.open else ("", {})
        if tag == "script" and attrs.get("type") == "application/json":
            self.specs.append(json.loads(data))
        elif tag not in ("script", "style"):
            self.text.append(data)

    def shown(self):
        return " ".join(" ".join(self.text).split()).replace("−", "-")


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("renderer", ["terminal", "html", "markdown", "json"])
def test_every_block_is_in_every_renderer(name, renderer):
    block, expected = BLOCKS[name]
    document = Document("Title of it", "a subtitle", [block], "the footer")
    if renderer == "terminal":
        shown = print_wide(document)
    elif renderer == "html":
        shown = Page(render_html(document)).shown()
    elif renderer == "markdown":
        shown = re.sub(r"\\([\[\]])", r"\1", render_markdown(document))
    else:
        shown = json.dumps(to_json(document), ensure_ascii=False)
        expected = [text for text in expected if not re.search(r"[%\[–,]|\.\d", text)]  # numbers stay numbers
    for text in ["Title of it", "a subtitle", "the footer", *expected]:
        assert text.lower() in shown.lower()


@pytest.mark.parametrize("width", [30, 46, 60, 80, 100, 120])
def test_no_terminal_line_is_too_wide(width):
    document = Document(
        NASTY * 3, NASTY, [*ALL.blocks, Section(NASTY, [Facts([(NASTY, NASTY)])]), Code({"": "x" * 200})]
    )
    for line in print_wide(document, width).splitlines():
        assert cell_len(line) <= width


def test_narrow_leaderboard_drops_columns_by_priority_and_keeps_rows_on_one_line():
    text = print_wide(Document("t", "", [LEADERBOARD]), 80)
    assert "Not shown at this width: rows, p (Holm), time." in text
    assert [line.split()[0] for line in text.splitlines() if line.startswith(tuple(n[:4] for n in NAMES))] == [
        "absolute()",
        "huber(delta=1.5)",
        "student_t(df=4,",
    ]
    assert "Not shown" not in print_wide(Document("t", "", [LEADERBOARD]), 140)


def test_running_text_folds_before_a_column_is_dropped():
    words = "word " * 20
    table = Table([Column("a", "first"), Column("b", "second", priority=1)], [{"a": words, "b": words}])
    text = print_wide(Document("t", "", [table]), 60)
    assert "second" in text
    assert text.count("word") == 40


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_terminal_without_unicode(encoding):
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding=encoding)
    render_terminal(ALL, Console(file=stream, width=80))
    stream.flush()
    text = buffer.getvalue().decode(encoding)
    assert "--o--" in text or "---o" in text
    assert "?" not in text


def test_terminal_shows_user_text_as_it_is():
    text = print_wide(Document("t", "", [Paragraph("column [bold]b[/bold] \x1b[31mred")]))
    assert "column [bold]b[/bold] [31mred" in text
    assert "\x1b" not in text


def test_paired_folds_plot_places_the_interval_against_the_band():
    lines = print_wide(Document("t", "", [FOLDS]), 100).splitlines()
    better, unclear = (next(line for line in lines if line.startswith(name)) for name in NAMES[:2])
    assert better.rindex("░") < better.index("━") < better.index("●") < better.rindex("━")
    assert unclear.index("●") < better.index("●")
    assert "●" not in next(line for line in lines if line.startswith(NAMES[2]))


def test_html_is_well_formed_and_asks_for_nothing():
    source = render_html(ALL)
    page = Page(source)
    assert page.open == []
    assert not {"link", "img", "iframe", "object", "base"} & set(page.tags)
    assert not [item for item in page.attributes if item[1] in ("src", "href", "srcset", "action", "data")]
    assert ("meta", "content") in [item[:2] for item in page.attributes]
    assert "default-src 'none'" in source
    assert not re.search(r"https?://|@import|url\s*\(|//cdn", source)


def test_html_size_is_that_of_its_figures():
    assert len(render_html(ALL)) < 2_500_000
    assert len(render_html(Document("t", "", [Section("s", [LEADERBOARD])]))) < 60_000


def test_html_is_reproducible():
    assert render_html(ALL) == render_html(ALL)


def test_html_escapes_user_text():
    figure = Bars(NASTY, [Bar(NASTY, 1.0)], axis=NASTY, caption=NASTY)
    table = Table([Column("a", NASTY, help=NASTY), Column("b", NASTY, "tags")], [{"a": NASTY, "b": [NASTY]}])
    blocks = [figure, table, Code({NASTY: NASTY}), Facts([(NASTY, NASTY)]), Headline(NASTY, NASTY), Bullets([NASTY])]
    source = render_html(Document(NASTY, NASTY, [Section(NASTY, blocks, NASTY)], NASTY))
    page = Page(source)
    assert page.open == []
    assert "<script>alert" not in source
    assert source.count("</script>") == 3  # the figure, plotly.js and the page's own
    assert page.specs[0]["layout"]["annotations"][0]["text"].startswith("&lt;script&gt;")
    assert page.shown().count("<script>alert('x')</script>") >= 10


def test_figure_specifications_are_strict_json_with_theme_colours():
    for figure in (FOLDS, CURVES, BLOCKS["bars"][0], BLOCKS["intervals"][0]):
        page = Page(render_html(Document("t", "", [figure])))
        text = json.dumps(page.specs[0], allow_nan=False)
        assert "var(--" in text
        assert not re.search(r"#[0-9a-f]{6}", text)


def test_colour_follows_the_evidence():
    traces = [trace for trace in specify(FOLDS)["data"] if "line" in trace]
    assert [trace["line"]["color"] for trace in traces] == ["var(--good)", "var(--accent)", "var(--accent)"]


def test_every_colour_is_defined_for_both_schemes():
    source = render_html(ALL)
    style = re.search(r"<style>(.*?)</style>", source, re.S)[1]
    light, dark = (set(re.findall(r"(--[\w-]+):", part)) for part in re.findall(r":root[^{]*\{(.*?)\}", style, re.S))
    used = set(re.findall(r"var\((--[\w-]+)\)", source))
    assert used <= light | {"--tone", "--soft"}  # set by each card for itself
    assert light - dark <= {"--sans", "--mono"}


def test_json_is_strict_and_keeps_numbers():
    values = to_json(ALL)
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    table = next(block for block in values["blocks"] if block["kind"] == "table")
    assert table["rows"][0]["gain"] == {"kind": "interval", "value": 0.041, "low": 0.02, "high": 0.06}
    assert table["rows"][1]["gain"]["value"] is None
    assert table["rows"][1]["mae"] is None
    assert table["rows"][2]["mae"] == pytest.approx(1234.56, rel=1e-6)
    lines = next(block for block in values["blocks"] if block["kind"] == "lines")
    assert len(lines["series"][0]["y"]) == 41


def test_markdown_tables_are_well_formed():
    nasty = Table([Column("a", NASTY, "code"), Column("b", "x|y")], [{"a": "p|q", "b": NASTY}, {"b": "two\nlines"}])
    source = render_markdown(Document("t", "", [nasty, *ALL.blocks]))
    tables = re.findall(r"(?:^\|.*\n)+", source + "\n", re.M)
    assert len(tables) == 7
    for table in tables:
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(counts) == 1
        assert re.fullmatch(r"\|( :?-{3,}:? \|)+", table.splitlines()[1])


def test_markdown_escapes_markup_and_fences_longer_than_the_code():
    source = render_markdown(
        Document("t", "", [Paragraph("<script> *x* [y] _z_ snake_case"), Code({"": "```\nx\n```"})])
    )
    assert r"\<script\> \*x\* \[y\] \_z\_ snake_case" in source
    assert "````python\n```\nx\n```\n````" in source


@pytest.mark.parametrize(
    ("value", "how", "expected"),
    [
        (None, "number", "–"),
        (math.nan, "gain", "–"),
        (-math.inf, "number", "-inf"),
        (True, "text", "yes"),
        (44.1, "number", "44.10"),
        (44.1, "text", "44.1"),
        (12.0, "text", "12"),
        (1234567.8, "number", "1,234,568"),
        (1234567, "number", "1,234,567"),
        (0.00012345, "number", "0.0001234"),
        (1.5e-7, "number", "1.5e-7"),
        (0.0, "number", "0"),
        (0.041, "gain", "+4.1%"),
        (-0.0001, "gain", "0.0%"),
        (0.25, "percent", "25.0%"),
        (2.5, "gain", "+250%"),
        (0.9999, "probability", ">0.99"),
        (1.0, "probability", "1.00"),
        (0.00001, "p_value", "<0.001"),
        (0.03, "p_value", "0.030"),
        (0.03, "seconds", "30 ms"),
        (0.3, "seconds", "0.30 s"),
        (3.21, "seconds", "3.2 s"),
        (59.7, "seconds", "1 min 0 s"),
        (4000.0, "seconds", "1 h 6 min"),
        (Interval(0.041, 0.02, None), "gain", "+4.1% [+2.0, –]"),
        (("a", "b"), "tags", "a, b"),
        ((), "tags", "–"),
    ],
)
def test_values_are_written_for_people(value, how, expected):
    assert write(value, how) == expected


def test_wrong_documents_are_refused():
    with pytest.raises(UnknownName, match="gian"):
        Table([Column("gain", "gain")], [{"gian": 1.0}])
    with pytest.raises(InvalidInput, match="row indices below 1"):
        Table([Column("gain", "gain")], [{"gain": 1.0}], highlight=[1])
    with pytest.raises(InvalidInput, match="equal length, got 2 and 1"):
        Series("s", [1.0, 2.0], [1.0])


def test_empty_documents_and_figures_render():
    empty = [
        Table([Column("a", "a")], []),
        Lines("l", []),
        Bars("b", []),
        PairedFolds("p", [], 0.01),
        Facts([]),
        Bullets([]),
    ]
    document = Document("nothing", "", empty)
    assert "nothing" in print_wide(document)
    assert Page(render_html(document)).open == []
    assert render_markdown(document).startswith("# nothing")
