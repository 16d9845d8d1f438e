"""Torch's compilers read the code that they compile: what was replaced steps aside for them."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import torch

from losskit.doctor.patches import Patches


class Compilers:
    """Before `torch.compile` the function mode ends for good; during `torch.jit.script` replaced functions are back.

    Losses inside a compiled function are not seen.
    """

    def __init__(self, end_mode: Callable[[], None], replaced: list[Patches]):
        self._end_mode = end_mode
        self._replaced = replaced
        self._patches = Patches()
        self._patches.replace(torch, "compile", self._compile)
        self._patches.replace(torch.jit, "script", self._script)

    def _compile(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def compile(*args: Any, **named: Any) -> Any:
            self._end_mode()
            return original(*args, **named)

        return compile

    def _script(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def script(*args: Any, **named: Any) -> Any:
            with contextlib.ExitStack() as stack:
                for patches in self._replaced:
                    stack.enter_context(patches.suspended())
                return original(*args, **named)

        return script

    def stop(self) -> None:
        self._patches.undo()
