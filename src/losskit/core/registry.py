"""Losses by name. The catalogue fills it once on import; a user's own losses stay the user's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Any

from losskit.core.define import LossFactory
from losskit.core.loss import Loss
from losskit.core.terms import WeightedSum
from losskit.errors import InvalidInput, UnknownName

_factories: dict[str, LossFactory] = {}
_aliases: dict[str, str] = {}


def collect(*families: ModuleType) -> Mapping[str, tuple[LossFactory, ...]]:
    """Register every loss that these modules define; returns the losses of each family."""
    found = {}
    for module in families:
        own = tuple(v for v in vars(module).values() if isinstance(v, LossFactory) and v.__module__ == module.__name__)
        found[module.__name__.rpartition(".")[2]] = own
        for factory in own:
            _factories[factory.__name__] = factory
            _aliases.update(dict.fromkeys(factory.definition.aliases, factory.__name__))
    return MappingProxyType(found)


def names() -> tuple[str, ...]:
    """Every loss of the catalogue, family by family."""
    return tuple(_factories)


def factory(name: str) -> LossFactory:
    """The factory of a loss by its name, an alias (mse, mae, l1, bce, ce ...) or a peer's name for it."""
    key = _aliases.get(name, name)
    if key in _factories:
        return _factories[key]
    for found in _factories.values():
        if name in found.definition.aka:
            return found
    raise UnknownName("loss", name, [*_factories, *_aliases])


def get(name: str | Mapping[str, Any], **params: Any) -> Loss | WeightedSum:
    """A loss by name: `lk.get("huber", delta=2)`, or from what `to_dict` gave.

    Raises UnknownName, with the nearest names, for a loss or parameter that does not exist.
    """
    if isinstance(name, str):
        return factory(name)(**params)
    spec = {**name, **params}
    if "sum" in spec:
        parts = [dict(part) for part in spec["sum"]]
        return WeightedSum(tuple((part.pop("factor", 1.0), get(part)) for part in parts))
    if "loss" not in spec:
        raise InvalidInput(f"expected a mapping with the key 'loss', got keys {sorted(spec)}", '{"loss": "huber"}')
    return factory(spec.pop("loss"))(**spec)
