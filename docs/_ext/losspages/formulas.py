"""LaTeX as SVG inside the page: no script, no font and no network, in the colour of the text around it."""

from __future__ import annotations

import functools
import html
import re
from typing import Any

SIZE = 19


def inline(translator: Any, node: Any) -> None:
    """What Sphinx calls for a formula within a line."""
    from docutils.nodes import SkipNode

    latex = node.astext()
    translator.body.append(f'<span class="formula" role="img" aria-label="{html.escape(latex)}">{_svg(latex)}</span>')
    raise SkipNode


def block(translator: Any, node: Any) -> None:
    """What Sphinx calls for a formula on lines of its own; a wide one scrolls."""
    from docutils.nodes import SkipNode

    latex = node.astext()
    label = html.escape(latex)
    opening = f'<div class="formula" role="img" tabindex="0" aria-label="{label}">'
    translator.body.append(f"{opening}{_svg(latex)}</div>\n")
    raise SkipNode


@functools.cache
def _svg(latex: str) -> str:
    """Standing on the line of the text: what lies below the baseline hangs below it."""
    import ziamath

    ziamath.config.svg2 = False  # whole outlines: glyphs shared by id would clash between the formulas of a page
    drawn = ziamath.Latex(_readable(latex), size=SIZE, color="currentColor").svg()
    _, top, _, height = map(float, re.search(r'viewBox="([^"]+)"', drawn)[1].split())
    return drawn.replace("<svg ", f'<svg style="vertical-align:{-(top + height):.1f}px" ', 1)


def _readable(latex: str) -> str:
    """The forms that ziamath sets well: of names with an underscore, the indicator, and a sum under a root.

    Around a root of a sum with its limits below, its braces are as high as the page.
    """
    named = re.sub(r"\\mathrm\{([A-Za-z0-9\\_]+)\}", lambda found: rf"\text{{{found[1].replace(chr(92), '')}}}", latex)
    plain = named.replace(r"\mathbb{1}", r"\text{𝟙}")
    return plain.replace(r"\sum", r"\textstyle\sum") if r"\sqrt" in plain else plain
