"""Whether `torch.compile` reads the code that runs: what is watched steps aside then."""

from __future__ import annotations

import keras

if keras.backend.backend() == "torch":
    from torch.compiler import is_compiling
else:

    def is_compiling() -> bool:
        return False


__all__ = ["is_compiling"]
