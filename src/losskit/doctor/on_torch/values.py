"""What values tell for certain."""

from __future__ import annotations

import torch

HALVES = (torch.float16, torch.bfloat16)


def tolerance(tensor: torch.Tensor) -> float:
    """How far a sum of probabilities may be from 1 through rounding alone."""
    return 0.1 if tensor.dtype in HALVES else 1e-3


def in_simplex(rows: torch.Tensor) -> bool:
    """Whether every row holds probabilities that sum to 1."""
    if not rows.numel() or rows.shape[-1] < 2:
        return False
    return bool((rows >= 0).all() and ((rows.sum(-1) - 1).abs() < 1e-3).all())


def looks_like_simplex(rows: torch.Tensor) -> bool:
    """Whether rows are probabilities beyond doubt: several that differ, and not all of them 0 and 1."""
    return in_simplex(rows) and rows.shape[0] > 1 and bool((rows != rows[0]).any() and (rows != rows.round()).any())


def is_binary(tensor: torch.Tensor) -> bool:
    """Whether every entry is 0 or 1."""
    return bool(((tensor == 0) | (tensor == 1)).all())
