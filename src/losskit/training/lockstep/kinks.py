"""Whether a loss has kinks: points where its slope jumps. Found by looking, since a user's loss declares nothing."""

from __future__ import annotations

from typing import Any

import torch

from losskit.training.lockstep.lanes import stacked_params

POINTS, HALVINGS = 512, 14
KEEPS, JUMP = 0.9, 1e-7  # of the change of slope over an interval; of the slope itself


def has_kinks(loss: Any, targets: torch.Tensor) -> bool:
    """Does the slope of a pointwise loss jump, for some of these targets?

    Over a smooth stretch the change of slope halves with the interval; across a kink one half keeps all of it. Every
    interval of a grid is halved again and again, and those that keep losing their change are given up.
    """
    params = stacked_params([loss], torch.float64)
    sample = targets.double().quantile(torch.linspace(0, 1, 8, dtype=torch.float64))

    def slope(pred: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return loss.unchecked_gradient(pred, target, params)

    # No grid point should fall on a kink, whence the odd factors.
    reach = 3.0123456789 * sample.abs().max().clamp_min(1.0176543)
    grid = torch.linspace(-1, 1.00314159, POINTS, dtype=torch.float64) * reach
    target = sample[:, None].expand(-1, POINTS - 1).reshape(-1)
    low, high = grid[:-1].repeat(len(sample)), grid[1:].repeat(len(sample))
    at_low, at_high = slope(low, target), slope(high, target)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        at_middle = slope(middle, target)
        change, left, right = (at_high - at_low).abs(), (at_middle - at_low).abs(), (at_high - at_middle).abs()
        jumps = torch.maximum(left, right) >= KEEPS * change
        jumps &= (change > JUMP * (at_low.abs() + at_high.abs())) & change.isfinite()
        goes_left = left > right
        low, high = torch.where(goes_left, low, middle)[jumps], torch.where(goes_left, middle, high)[jumps]
        at_low, at_high = torch.where(goes_left, at_low, at_middle), torch.where(goes_left, at_middle, at_high)
        at_low, at_high, target = at_low[jumps], at_high[jumps], target[jumps]
        if not len(low):
            return False
    return True
