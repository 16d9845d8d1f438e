"""Kernels by what they do: printed, compiled and kept, in the process and on the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from losskit.core.loss import Loss
from losskit.errors import NotSupported
from losskit.kernels import cache, template
from losskit.kernels.template import Task


class Kernel(NamedTuple):
    run: Callable[..., tuple[float, bool]]  # arrays, parameters, scale, what is stored -> Σ each, all in their domains
    params: tuple[str, ...]
    dtype: str
    stored: int  # how many arrays: one for each input that a derivative is taken in


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


def _make(loss: Loss, task: Task) -> Kernel | None:
    graphs = loss.graphs()
    try:
        text = template.source(loss.definition, graphs, task)
    except (NotSupported, NotImplementedError):  # a derivative or a word that the loss or a number has not
        return None
    stored = sum(len(graphs.nodes(output)) for output in task.stored)
    return Kernel(cache.load(loss.name, text).kernel, template.data_params(graphs), task.dtype, stored)
