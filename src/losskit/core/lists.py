"""Lists to be ranked: which of their items are real, in one place for every loss over lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Items:
    """What a definition over lists receives as `where`: the mask over the items, or None where all are real."""

    ops: Any
    mask: Any = None

    def keep(self, values: Any, other: float) -> Any:
        """`values`, and `other` for the items that only fill a list up."""
        return values if self.mask is None else self.ops.where(self.mask, values, other + 0.0 * values)
