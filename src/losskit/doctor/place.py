"""Where in the user's code something was called."""

from __future__ import annotations

import sys
from types import FrameType
from typing import NamedTuple

# Code of these is never the user's; so is the standard library's.
FRAMEWORKS = frozenset(
    {
        *("losskit", "torch", "keras", "tensorflow", "jax", "flax", "optax", "lightgbm", "xgboost", "sklearn"),
        *("lightning", "pytorch_lightning", "lightning_fabric", "lightning_utilities", "transformers", "accelerate"),
        *("torchmetrics", "torchvision", "monai", "segmentation_models_pytorch", "kornia", "timm", "trl"),
        *("typer", "click", "_pytest", "pluggy"),
    }
)
_OTHERS = FRAMEWORKS | sys.stdlib_module_names


class Place(NamedTuple):
    """A line of a file."""

    file: str
    line: int


def users_place() -> Place:
    """The innermost frame outside of losskit, the frameworks and the standard library; else the outermost frame."""
    frame: FrameType | None = sys._getframe(1)
    last = frame
    while frame is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] not in _OTHERS:
            return Place(frame.f_code.co_filename, frame.f_lineno)
        last, frame = frame, frame.f_back
    assert last is not None
    return Place(last.f_code.co_filename, last.f_lineno)
