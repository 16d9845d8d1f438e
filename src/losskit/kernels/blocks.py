"""What every printed loop runs on: blocks of one fixed length, and sums of them that are the same on every run."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

BLOCK = 512  # numbers: a few arrays of them stay in a core's first cache
LANES = 64
OPTIONS: dict[str, Any] = dict(
    nogil=True, fastmath={"contract"}, error_model="numpy"
)  # fused steps: nothing else that IEEE forbids


@njit(**OPTIONS)
def block_sum(x, length, lanes):
    """The sum by halves of the first `length` of a block, which is filled with zeros; from the third step in float64.

    `lanes` is room for LANES numbers.
    """
    for i in range(length, BLOCK):
        x[i] = 0
    for i in range(LANES):
        low = np.float64((x[i] + x[i + 64]) + (x[i + 128] + x[i + 192]))
        lanes[i] = low + ((x[i + 256] + x[i + 320]) + (x[i + 384] + x[i + 448]))
    for i in range(16):
        lanes[i] = (lanes[i] + lanes[i + 16]) + (lanes[i + 32] + lanes[i + 48])
    for i in range(4):
        lanes[i] = (lanes[i] + lanes[i + 4]) + (lanes[i + 8] + lanes[i + 12])
    return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])


@njit(**OPTIONS)
def sum_by_halves(x):
    """The sum of x, which is used up."""
    length = x.size
    while length > 1:
        half = (length + 1) // 2
        for i in range(length - half):
            x[i] += x[half + i]
        length = half
    return x[0]
