"""Errors that say what was expected, what came, and how to mend it."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable
from types import ModuleType


class LosskitError(Exception):
    """Base of every error losskit raises: one line of what is wrong and one line of remedy."""

    def __init__(self, message: str, remedy: str = ""):
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message


class InvalidInput(LosskitError, ValueError):
    """A value, shape or parameter outside what the loss or command accepts."""


class InvalidType(LosskitError, TypeError):
    """A list where an array is needed, mixed libraries, a wrong dtype kind."""


class UnknownName(LosskitError, ValueError):
    """A loss, metric, column or parameter that does not exist."""

    def __init__(self, kind: str, name: str, known: Iterable[str], where: str = ""):
        near = nearest(name, known)
        listed = "did you mean " + " or ".join(near) + "?" if near else "known: " + ", ".join(known)
        super().__init__(f"unknown {kind} {name!r}{where}", listed)


class NotSupported(LosskitError, NotImplementedError):
    """Something this loss or library cannot do, said instead of a wrong number."""


class MissingExtra(LosskitError, ImportError):
    """An optional dependency that is not installed."""


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names closest in spelling to `name`, best first."""
    lowered = {str(k).lower(): str(k) for k in known}
    return [lowered[k] for k in difflib.get_close_matches(str(name).lower(), list(lowered), n=count, cutoff=0.5)]


def require(module: str, extra: str) -> ModuleType:
    """Import `module`, or say which extra of losskit brings it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(
            f"this needs {module.partition('.')[0]}, which is not installed",
            f'pip install "losskit[{extra}]"',
        ) from error
