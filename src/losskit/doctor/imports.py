"""Wait for a module to be imported, without importing it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType


class WhenImported(MetaPathFinder):
    """Calls `then` as soon as the module `name` has been imported: at once if it has been already."""

    def __init__(self, name: str, then: Callable[[], None]):
        self.name = name
        self.then = then
        if name in sys.modules:
            then()
        else:
            sys.meta_path.insert(0, self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self.name:
            return None
        self.stop()  # so that the others find it
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _LoadedThen(spec.loader, self.then)
        return spec

    def stop(self) -> None:
        """Wait no longer."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)


class _LoadedThen(Loader):
    """A loader that calls `then` after the module has run, and is otherwise the one it wraps."""

    def __init__(self, loader: Loader, then: Callable[[], None]):
        self._loader = loader
        self._then = then

    def __getattr__(self, name: str) -> object:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._then()
