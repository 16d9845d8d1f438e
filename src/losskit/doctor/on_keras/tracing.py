"""Whether code is being compiled."""

from __future__ import annotations

import sys


def is_compiling() -> bool:
    """Whether `torch.compile` reads the code that runs: what is watched steps aside then."""
    torch = sys.modules.get("torch")
    return torch is not None and torch.compiler.is_compiling()
