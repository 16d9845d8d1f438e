"""Kernels by what they do: printed, compiled and kept, in the process and on the disk."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from losskit.core.loss import Loss
from losskit.errors import NotSupported
from losskit.kernels import cache, template
from losskit.kernels.locks import ThreadLock
from losskit.kernels.template import Task


class Kernel(NamedTuple):
    run: Callable[..., tuple[float, bool]]  # arrays, parameters, scale, what is stored -> Σ each, all in their domains
    params: tuple[str, ...]
    dtype: np.dtype
    stored: int  # how many arrays: one for each input that a derivative is taken in
    least_divisor: float = 0.0  # those whose reciprocal is a normal number
    most_divisor: float = math.inf


_log = logging.getLogger("losskit")


_lock = ThreadLock()


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
    limits = np.finfo(task.dtype)
    try:
        run = cache.load(loss.name, text).kernel
    except OSError as problem:  # a full disk, say
        _log.warning("%s runs without a kernel: %s", loss.name, problem)
        return None
    least, most = 1.0 / float(limits.max), 1.0 / float(limits.tiny)
    return Kernel(run, template.data_params(graphs), np.dtype(task.dtype), stored, least, most)
