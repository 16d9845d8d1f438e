"""Survival: times to an event that for some rows are known only to lie beyond a point."""

from __future__ import annotations
