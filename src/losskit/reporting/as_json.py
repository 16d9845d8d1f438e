"""A document as plain JSON values."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Any

from losskit.reporting.document import Document


def to_json(document: Document) -> dict[str, Any]:
    """A dict that `json.dumps(..., allow_nan=False)` accepts; see `losskit.reporting.to_json`."""
    return to_json_value(document)


def to_json_value(value: Any) -> Any:
    """`value` in dicts, lists, strings, finite numbers, booleans and None; anything else as its string."""
    if dataclasses.is_dataclass(value):
        kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(value).__name__).lower()
        return {"kind": kind} | {f.name: to_json_value(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_json_value(item) for key, item in value.items()}
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if hasattr(value, "tolist"):  # a NumPy scalar or array
        return to_json_value(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_json_value(item) for item in value]
    return str(value)
