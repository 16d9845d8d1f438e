"""Lists of unequal lengths, flat as boosters hold them and padded as losses over lists take them."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.errors import InvalidInput


class Lists:
    """Consecutive rows that belong together: `sizes` (lists,) sums to `rows`.

    Raises InvalidInput where there are no groups, or they do not cover the rows.
    """

    def __init__(self, sizes: Any, rows: int):
        if sizes is None or np.size(sizes) == 0:
            raise InvalidInput(
                "a loss over lists needs groups, got none",
                "give group= (lengths of the lists) or qid= (one for each row)",
            )
        self.sizes = np.asarray(sizes, dtype=np.int64)
        if self.sizes.sum() != rows:
            raise InvalidInput(f"the groups hold {self.sizes.sum()} rows, got {rows}", "group= must sum to the rows")
        self.real = np.arange(self.sizes.max()) < self.sizes[:, None]

    def pad(self, values: np.ndarray) -> np.ndarray:
        """(rows,) as (lists, longest), filled up with 0."""
        padded = np.zeros(self.real.shape, dtype=values.dtype)
        padded[self.real] = values
        return padded

    def flat(self, padded: np.ndarray) -> np.ndarray:
        """(lists, longest) as (rows,)."""
        return padded[self.real]

    def weight(self, weight: np.ndarray | None) -> np.ndarray | None:
        """One weight for each list, from one for each list or one for each row."""
        if weight is None or len(weight) == len(self.sizes):
            return weight
        first = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        each = weight[first]
        if (np.repeat(each, self.sizes) != weight).any():
            raise InvalidInput(
                "the rows of a list have unequal weights", "a loss over lists takes one weight for a list"
            )
        return each
