"""Random numbers that are drawn meanwhile, and forgotten."""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Iterator

import numpy as np


@contextlib.contextmanager
def kept_randomness() -> Iterator[None]:
    """Afterwards the global generators of Python, NumPy, PyTorch and TensorFlow go on as if nothing had been drawn."""
    with contextlib.ExitStack() as stack:
        stack.callback(random.setstate, random.getstate())
        stack.callback(np.random.set_state, np.random.get_state())
        if "torch" in sys.modules:
            torch = sys.modules["torch"]
            stack.enter_context(torch.random.fork_rng(range(torch.cuda.device_count())))
        if "tensorflow" in sys.modules:
            from tensorflow.python.eager import context

            seeds = getattr(context.context(), "_rng", None)  # what it seeds each operation with
            if seeds is not None:
                stack.callback(seeds.setstate, seeds.getstate())
        yield
