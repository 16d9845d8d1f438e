"""What every printed loop runs on: blocks of one fixed length, and sums of them that are the same on every run."""

from __future__ import annotations

import numpy as np
from numba import njit

BLOCK = 1024  # numbers, which a core's first cache holds
OPTIONS = dict(nogil=True, fastmath={"contract"}, error_model="numpy")  # fused steps: nothing else that IEEE forbids


@njit(**OPTIONS)
def block_sum(numbers, length):
    """The sum of the first `length` of a block, which is overwritten: by halves, in float64 but for the first two."""
    for i in range(length, BLOCK):
        numbers[i] = 0
    sums = np.empty(BLOCK // 4)
    for i in range(BLOCK // 4):
        sums[i] = (numbers[i] + numbers[i + 256]) + (numbers[i + 512] + numbers[i + 768])
    for i in range(64):
        sums[i] = (sums[i] + sums[i + 64]) + (sums[i + 128] + sums[i + 192])
    for i in range(16):
        sums[i] = (sums[i] + sums[i + 16]) + (sums[i + 32] + sums[i + 48])
    for i in range(4):
        sums[i] = (sums[i] + sums[i + 4]) + (sums[i + 8] + sums[i + 12])
    return (sums[0] + sums[1]) + (sums[2] + sums[3])

