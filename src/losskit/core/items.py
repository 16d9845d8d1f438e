"""The items of a list, a batch or a picture: which of them are real, in one place for every loss over items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from losskit.core.forms import at_least_1, ones


@dataclass(frozen=True)
class Items:
    """What a definition over items receives as `where`: the mask over the items, or None where all are real.

    The items lie along the last axis of the mask; a matrix of pairs has them along its last two.
    """

    ops: Any
    mask: Any = None

    def keep(self, values: Any, other: float) -> Any:
        """`values`, and `other` for the items that only fill up."""
        return values if self.mask is None else self.ops.where(self.mask, values, other + 0.0 * values)

    def keep_columns(self, matrix: Any, other: float) -> Any:
        """A matrix over (anything, items), with `other` in the columns of the items that only fill up."""
        if self.mask is None:
            return matrix
        mask = self.ops.transpose(self.ops.expand(self.mask, self.ops.transpose(matrix)))
        return self.ops.where(mask, matrix, other + 0.0 * matrix)

    def keep_rows(self, matrix: Any, other: float) -> Any:
        """A matrix over (items, anything), with `other` in the rows of the items that only fill up."""
        if self.mask is None:
            return matrix
        return self.ops.where(self.ops.expand(self.mask, matrix), matrix, other + 0.0 * matrix)

    def keep_pairs(self, matrix: Any, other: float) -> Any:
        """A matrix over pairs of items, with `other` where one of the two only fills up."""
        return self.keep_rows(self.keep_columns(matrix, other), other)

    def real_pairs(self, pairs: Any) -> Any:
        """A boolean matrix over pairs of items, false where one of the two only fills up."""
        if self.mask is None:
            return pairs
        rows = self.ops.expand(self.mask, pairs)
        return pairs & rows & self.ops.transpose(rows)

    def count(self, values: Any) -> Any:
        """How many items are real, at least 1; `values` holds a number for each."""
        return at_least_1(self.ops, self.ops.sum(self.keep(ones(self.ops, values), 0.0)))

    def mean(self, values: Any) -> Any:
        """The mean over the real items."""
        return self.ops.sum(self.keep(values, 0.0)) / self.count(values)

    def column_counts(self, matrix: Any) -> Any:
        """How many items are real, at least 1, for each row of a matrix over (anything, items)."""
        return at_least_1(self.ops, self.ops.sum(self.keep_columns(ones(self.ops, matrix), 0.0)))
