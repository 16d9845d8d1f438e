"""What every printed loop runs on: blocks of one fixed length, and sums of them that are the same on every run."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

BLOCK = 2048  # numbers: what is summed of them stays in a core's first cache
LANES = 256
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
        low = np.float64((x[i] + x[i + 256]) + (x[i + 512] + x[i + 768]))
        lanes[i] = low + ((x[i + 1024] + x[i + 1280]) + (x[i + 1536] + x[i + 1792]))
    for i in range(64):
        lanes[i] = (lanes[i] + lanes[i + 64]) + (lanes[i + 128] + lanes[i + 192])
    for i in range(16):
        lanes[i] = (lanes[i] + lanes[i + 16]) + (lanes[i + 32] + lanes[i + 48])
    for i in range(4):
        lanes[i] = (lanes[i] + lanes[i + 4]) + (lanes[i + 8] + lanes[i + 12])
    return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
