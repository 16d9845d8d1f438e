"""Detection: losses over boxes (x1, y1, x2, y2), and what detectors train with beside them."""

from __future__ import annotations
