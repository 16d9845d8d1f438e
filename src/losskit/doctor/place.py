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
_REWRITTEN = "__autograph_generated"  # in the names of files with what TensorFlow makes of functions that it compiles


class Place(NamedTuple):
    """A line of a file."""

    file: str
    line: int


def users_place() -> Place:
    """The innermost frame outside of losskit, the frameworks and the standard library; else the outermost frame."""
    frame: FrameType | None = sys._getframe(1)
    last = frame
    while frame is not None:
        name = frame.f_globals.get("__name__", "").partition(".")[0]
        if _REWRITTEN in frame.f_code.co_filename:
            found = _written_at(frame)
            if found is not None:
                return found
        elif name not in _OTHERS:
            return Place(frame.f_code.co_filename, frame.f_lineno)
        last, frame = frame, frame.f_back
    assert last is not None
    return Place(last.f_code.co_filename, last.f_lineno)


def _written_at(frame: FrameType) -> Place | None:
    """The line that a line rewritten by TensorFlow stands for, as the function that called it knows."""
    caller = frame.f_back
    while caller is not None:
        known = getattr(caller.f_locals.get("converted_f"), "ag_source_map", {})
        for line, origin in known.items():
            if line == (frame.f_code.co_filename, frame.f_lineno):
                return Place(origin.loc.filename, origin.loc.lineno)
        caller = caller.f_back
    return None
