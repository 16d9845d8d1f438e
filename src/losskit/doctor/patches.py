"""Attributes replaced for a while, and put back."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

_ABSENT: Any = object()


class Patches:
    """The attributes that were replaced, in order; `undo` puts them back."""

    def __init__(self) -> None:
        self._replaced: list[tuple[Any, str, Any, Any]] = []  # owner, name, what it had itself, what it has now

    def replace(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """`owner.name` becomes `make(what it was)`. An inherited attribute is inherited again afterwards."""
        own, new = vars(owner).get(name, _ABSENT), make(getattr(owner, name))
        self._replaced.append((owner, name, own, new))
        setattr(owner, name, new)

    def replace_everywhere(self, owner: ModuleType, make: Mapping[str, Callable[[Any], Any]]) -> None:
        """Replace `owner.name` for each name, and what others' modules hold of it after `from owner import name`."""
        new: dict[int, Any] = {}
        for name, wrap in make.items():
            original = id(getattr(owner, name))
            self.replace(owner, name, wrap)
            new[original] = getattr(owner, name)
        home = owner.__name__.partition(".")[0]
        for key, module in list(sys.modules.items()):
            held = getattr(module, "__dict__", {}) if key.partition(".")[0] != home else {}
            for alias in [alias for alias, value in list(held.items()) if id(value) in new]:
                self.replace(module, alias, lambda value: new[id(value)])

    def undo(self) -> None:
        """Put everything back, the last replaced first."""
        self._put_back()
        self._replaced.clear()

    @contextlib.contextmanager
    def suspended(self) -> Iterator[None]:
        """Everything as it was, for a while."""
        self._put_back()
        try:
            yield
        finally:
            for owner, name, _, new in self._replaced:
                setattr(owner, name, new)

    def _put_back(self) -> None:
        for owner, name, own, _ in reversed(self._replaced):
            if own is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, own)
