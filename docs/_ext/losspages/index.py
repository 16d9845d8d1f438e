"""The lists: all losses from A to Z, and the families."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from losskit.insight.pages import Page
from losspages.family import about, link, one_line_each
from losspages.markdown import fence, page, prose

# Pages that hold measurements: there once these have been made.
MEASURED = {"parity": "Parity with peers", "accuracy": "Accuracy", "bench": "Speed"}


def contents(root: Path) -> str:
    """What the site's navigation bar leads to."""
    measured = [f"{title} <{name}>" for name, title in MEASURED.items() if (root / f"{name}.md").exists()]
    listed = ["Families <families/index>", "All losses <losses/index>", "Doctor <doctor/index>", "Examples <examples>"]
    return fence("\n".join([":hidden:", "", *listed, *measured]), "{toctree}") + "\n"


def alphabet(families: Mapping[str, Sequence[Page]]) -> str:
    """Every loss from A to Z, with its other names."""
    losses = sorted((loss for members in families.values() for loss in members), key=lambda loss: loss.name)
    return page(
        "All losses",
        "Every loss of losskit from A to Z.",
        f"{len(losses)} losses from A to Z; [the families](/families/index.md) compare them side by side.",
        one_line_each(losses),
    )


def of_families(families: Mapping[str, Sequence[Page]]) -> str:
    """The page of the families, and the place of each in the site."""
    listed = "\n".join(f"/families/{name}" for name in families)
    return page(
        "Families",
        "The losses of losskit by family.",
        members_of_each(families),
        fence(f":hidden:\n\n{listed}", "{toctree}"),
    )


def members_of_each(families: Mapping[str, Sequence[Page]]) -> str:
    """Each family with what it is and its members."""
    return "\n\n".join(
        f"[**{name.capitalize()}**](/families/{name}.md): {prose(about(members))}\\\n"
        + " ".join(link(loss) for loss in members)
        for name, members in families.items()
    )
