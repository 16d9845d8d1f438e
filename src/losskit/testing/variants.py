"""The losses that stand for a factory: at its defaults, at every choice, at the ends of its parameters' ranges."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.core.define import LossFactory
from losskit.core.loss import Loss
from losskit.core.params import Param
from losskit.testing.samples import class_count


def variants(factory: LossFactory) -> list[Loss]:
    """The loss at its defaults (required parameters at their examples), then each choice and optional one in turn."""
    return _with_each(factory, _other_kinds)


def extremes(factory: LossFactory) -> list[Loss]:
    """The variants, and each parameter that is a number at both ends of its range; numbers fit float32."""
    losses = [*variants(factory), *_with_each(factory, _ends)]
    return list(dict.fromkeys(remake(loss, **{k: _narrow(v) for k, v in loss.params.items()}) for loss in losses))


def remake(loss: Loss, **params: Any) -> Loss:
    """The same loss with some parameters replaced."""
    return LossFactory(loss.definition)(**{**loss.params, **params})


def learnable(loss: Loss) -> list[str]:
    """The data parameters that are one number: they may also be arrays, traced or learned."""
    return [
        name
        for name, param in loss.definition.params.items()
        if not param.static and not param.per_class and isinstance(loss.params[name], (int, float))
    ]


def other_value(loss: Loss, name: str) -> float:
    """Another value of a number, inside its range."""
    at, param = float(loss.params[name]), loss.definition.params[name]
    ends = [end for end in (param.low, param.high) if np.isfinite(end) and end != at]
    return (at + ends[-1]) / 2.0 if ends else at + 1.0


def _with_each(factory: LossFactory, values: Any) -> list[Loss]:
    base = factory.example()
    losses = [base]
    for name, param in factory.definition.params.items():
        losses += [remake(base, **{name: value}) for value in values(base, param, base.params[name])]
    return losses


def _narrow(value: Any) -> Any:
    """A float as float32 holds it, so that one truth judges both precisions."""
    if isinstance(value, float) or np.ndim(value):
        return np.asarray(value, np.float32).astype(float).tolist()
    return value


def _other_kinds(loss: Loss, param: Param, value: Any) -> list[Any]:
    """What leads the definition another way: other choices, and an optional or static number that is set."""
    if param.choices:
        return [choice for choice in param.choices if choice != value]
    if param.per_class:
        return [np.linspace(0.5, 1.5, class_count(loss))] if value is None else []
    unset = value is None or (param.static and isinstance(value, float))
    return [_between(param, 0.25)] if unset else []


def _ends(loss: Loss, param: Param, value: Any) -> list[Any]:
    if param.choices or param.per_class or isinstance(value, int):
        return []
    return list(param.search or (_between(param, 0.1), _between(param, 0.9)))


def _between(param: Param, share: float) -> float:
    low = param.low if np.isfinite(param.low) else -100.0
    high = param.high if np.isfinite(param.high) else 100.0
    return low + share * (high - low)
