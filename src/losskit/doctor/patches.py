"""Attributes replaced for a while, and put back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

_ABSENT = object()


class Patches:
    """The attributes that were replaced, in order; `undo` puts them back."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def replace(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """`owner.name` becomes `make(what it was)`. An inherited attribute is inherited again afterwards."""
        original = getattr(owner, name)
        own = vars(owner).get(name, _ABSENT)
        setattr(owner, name, make(original))
        if own is _ABSENT:
            self._undo.append(lambda: delattr(owner, name))
        else:
            self._undo.append(lambda: setattr(owner, name, own))

    def replace_everywhere(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Replace `owner.name`, and what modules hold of it after `from owner import name`."""
        original = getattr(owner, name)
        self.replace(owner, name, make)
        for module in list(sys.modules.values()):
            for alias, value in list(getattr(module, "__dict__", {}).items()):
                if value is original and module.__name__.partition(".")[0] != owner.__name__.partition(".")[0]:
                    self.replace(module, alias, lambda _: getattr(owner, name))

    def undo(self) -> None:
        """Put everything back, the last replaced first."""
        while self._undo:
            self._undo.pop()()
