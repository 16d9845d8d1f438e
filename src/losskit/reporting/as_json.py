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
    return _convert(document)


def _convert(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(value).__name__).lower()
        return {"kind": kind} | {f.name: _convert(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _convert(item) for key, item in value.items()}
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if hasattr(value, "tolist"):  # a NumPy scalar or array
        return _convert(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_convert(item) for item in value]
    return str(value)
