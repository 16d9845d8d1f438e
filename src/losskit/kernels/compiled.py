"""Kernels by what they do: printed, compiled and kept, in the process and on the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from losskit.core.loss import Loss
from losskit.errors import NotSupported
from losskit.kernels import cache, template
from losskit.kernels.template import Task

Kernel = Callable[..., tuple[float, bool]]

_lock = threading.Lock()


def loaded(loss: Loss, task: Task) -> Kernel | None:
    """The kernel, if this process has it."""
    return loss.graphs().kernels.get(task)


def load(loss: Loss, task: Task) -> Kernel | None:
    """The kernel, compiled if need be; None where the loss has none."""
    kernels = loss.graphs().kernels
    if task not in kernels:
        with _lock:  # of several threads one compiles
            if task not in kernels:
                kernels[task] = _make(loss, task)
    return kernels[task]


def _make(loss: Loss, task: Task) -> Any:
    try:
        text = template.source(loss.definition, loss.graphs(), task)
    except (NotSupported, NotImplementedError):  # a derivative or a word that the loss or a number has not
        return None
    return cache.load(loss.name, text).kernel
