"""Parameters of a loss that PyTorch learns: kept without bounds, read inside the range that the loss declares."""

from __future__ import annotations

import math
from typing import Any

import torch

from losskit.core.params import Param
from losskit.errors import InvalidInput

_FLOAT = torch.finfo(torch.float32)
_LARGEST_EXPONENT = math.log(_FLOAT.max) - 1.0  # beyond it exp overflows, and the gradient of infinity is NaN


def from_range(loss: str, name: str, param: Param, value: Any) -> torch.Tensor:
    """The number without bounds that `into_range` maps to `value`; raises InvalidInput where there is none."""
    if param.static or value is None:
        why = "it is static" if param.static else "it has no value to start from"
        raise InvalidInput(f"{loss} cannot learn {name}: {why}", f"learn another parameter, or give {name} a number")
    start = torch.tensor(value, dtype=torch.float64)
    if bool(((start <= param.low) | (start >= param.high)).any()):
        raise InvalidInput(
            f"{loss} cannot learn {name} from {value}: it lies on the border of its range ({param.range})",
            "start from a number inside",
        )
    if _bounded(param.low) and _bounded(param.high):
        start = torch.logit((start - param.low) / (param.high - param.low))
    elif _bounded(param.low):
        start = torch.log(start - param.low)
    elif _bounded(param.high):
        start = torch.log(param.high - start)
    return start.to(torch.get_default_dtype())


def into_range(param: Param, raw: torch.Tensor) -> torch.Tensor:
    """`raw` inside the declared range: an exponential from one bound, a sigmoid between two.

    Rounding keeps it off a bound, whatever step an optimiser takes.
    """
    if _bounded(param.low) and _bounded(param.high):
        value = param.low + (param.high - param.low) * torch.sigmoid(raw)
    elif _bounded(param.low):
        value = param.low + torch.exp(raw.clamp(max=_LARGEST_EXPONENT))
    elif _bounded(param.high):
        value = param.high - torch.exp(raw.clamp(max=_LARGEST_EXPONENT))
    else:
        return raw
    return value.clamp(param.low + _gap(param.low), param.high - _gap(param.high))


def _bounded(bound: float) -> bool:
    return not math.isinf(bound)


def _gap(bound: float) -> float:
    """The least distance from a bound that float32 can tell from none."""
    return max(abs(bound) * _FLOAT.eps, _FLOAT.tiny) if _bounded(bound) else 0.0
