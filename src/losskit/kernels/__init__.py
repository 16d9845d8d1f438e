"""Compiled kernels: the losses in one pass over the data. numba, which compiles them, is imported on first use."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import numpy as np

from losskit.core import acceleration
from losskit.errors import MissingExtra, require


class _OnUse:
    """The kernels of one module, imported when they are first worth it; without numba none."""

    def __init__(self, module: str):
        self.name = module
        self.module: ModuleType | None = None
        self.absent = False

    def serve(self, request: acceleration.Request) -> Any:
        if self.module is None and (self.absent or not is_large(request.inputs[0]) or not self._load()):
            return None
        return self.module.serve(request)  # type: ignore[union-attr]

    def source(self, loss: Any) -> str:
        require("numba", "cpu")
        return importlib.import_module(self.name).source(loss)

    def warm(self, loss: Any) -> bool:
        require("numba", "cpu")
        self._load()  # from now on small arrays are served too
        make = getattr(self.module, "warm", None)
        return make is not None and make(loss)

    def _load(self) -> bool:
        try:
            require("numba", "cpu")
        except MissingExtra:
            self.absent = True
            return False
        self.module = importlib.import_module(self.name)
        return True


def is_large(pred: Any) -> bool:
    """Whether an array is worth loading or compiling a kernel for."""
    return (pred.size if isinstance(pred, np.ndarray) else pred.numel()) >= acceleration.LARGE


def register(kind: str, module: str) -> None:
    """`module`, which has functions `serve` and `source` and may have `warm`, is for losses of this kind."""
    kernels = _OnUse(module)
    acceleration.register(kind, acceleration.Kernels(kernels.serve, kernels.source, kernels.warm))


register("pointwise", "losskit.kernels.pointwise")
register("rowwise", "losskit.kernels.softmax")
