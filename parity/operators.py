"""torchvision's wheels on PyPI are built for PyTorch with CUDA, and on its CPU build `import torchvision` fails.

No loss needs the compiled operators: importing this module declares the two that the import asks for.
"""

from __future__ import annotations

import importlib.util
import sys

import torch

_declared: list[torch.library.Library] = []  # a declaration lives as long as its library


def declare() -> None:
    library = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.append(library)


if importlib.util.find_spec("torchvision"):
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for module in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[module]
        declare()
