"""Notes on the nodes of an autograd graph: where an operation was called, and what was seen there."""

from __future__ import annotations

from typing import Any

from losskit.doctor.place import Place

_PLACE = "losskit"  # a key of a node's metadata


def note_place(node: Any, place: Place) -> None:
    """Note where the operation of an autograd node was called, unless that is noted already."""
    node.metadata.setdefault(_PLACE, place)


def noted_place(node: Any) -> Place | None:
    """Where the operation of an autograd node was called, if it is one of those that are noted."""
    return node.metadata.get(_PLACE)
