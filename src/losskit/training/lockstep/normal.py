"""The Newton systems of many linear models on shared rows, solved together."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch

DIRECT_COLUMNS = 128  # up to here a Hessian is formed and factored; beyond, conjugate gradients
PAIR_BYTES = 2**28  # products of feature pairs are kept when they fit in this
SLAB_ROWS = 4096
RIDGE = 1e-13  # on the scaled Hessian, so that collinear features have a factor


class Normal:
    """The shared features X (n, p), last column ones, and the products with them that Newton needs."""

    def __init__(self, X: torch.Tensor):
        self.X = X
        self.upper = torch.triu_indices(X.shape[1], X.shape[1])
        kept = 8 * len(X) * self.upper.shape[1] <= PAIR_BYTES and X.shape[1] <= DIRECT_COLUMNS
        self.kept = list(self._made_pairs()) if kept else None

    def _made_pairs(self) -> Iterator[torch.Tensor]:
        first, second = self.upper
        for slab in self.X.split(SLAB_ROWS):
            yield slab[:, first] * slab[:, second]

    def hessians(self, curvature: torch.Tensor) -> torch.Tensor:
        """X' diag(c) X for each row c of curvature (lanes, n): (lanes, p, p)."""
        lanes, p = len(curvature), self.X.shape[1]
        if p > DIRECT_COLUMNS:
            return torch.stack([(self.X * c[:, None]).T @ self.X for c in curvature])
        flat = torch.zeros(lanes, self.upper.shape[1], dtype=self.X.dtype)
        pairs = self.kept if self.kept is not None else self._made_pairs()
        for part, slab in zip(curvature.split(SLAB_ROWS, 1), pairs, strict=True):
            flat.addmm_(part, slab)
        full = torch.empty(lanes, p, p, dtype=self.X.dtype)
        full[:, self.upper[0], self.upper[1]] = flat
        full[:, self.upper[1], self.upper[0]] = flat
        return full

    def scores(self, weights: torch.Tensor) -> torch.Tensor:
        """(lanes, outputs, p) -> (lanes, outputs, n)."""
        return (weights.flatten(0, 1) @ self.X.T).view(*weights.shape[:2], -1)

    def gather(self, slopes: torch.Tensor) -> torch.Tensor:
        """The transpose of `scores`: (lanes, outputs, n) -> (lanes, outputs, p)."""
        return (slopes.flatten(0, 1) @ self.X).view(*slopes.shape[:2], -1)


class Factor:
    """Cholesky factors of positive semi-definite matrices (lanes, p, p), scaled to a unit diagonal and lifted.

    With `outputs`, there is a matrix for each output of each lane: (lanes * outputs, p, p).
    """

    def __init__(self, matrices: torch.Tensor, lift: torch.Tensor | float = RIDGE, outputs: int | None = None):
        self.outputs = outputs
        diagonal = matrices.diagonal(dim1=1, dim2=2)
        self.scale = torch.where(diagonal > 0, diagonal, 1.0).rsqrt()
        scaled = matrices * self.scale[:, :, None] * self.scale[:, None, :]
        eye = torch.eye(matrices.shape[1], dtype=matrices.dtype)
        ridge = torch.as_tensor(lift, dtype=matrices.dtype).expand(len(matrices)).clone()
        self.factor, info = torch.linalg.cholesky_ex(scaled + ridge[:, None, None] * eye)
        while (bad := info != 0).any() and ridge.max() < 1e6:
            ridge[bad] *= 100
            self.factor, info = torch.linalg.cholesky_ex(scaled + ridge[:, None, None] * eye)

    def solve(self, right: torch.Tensor) -> torch.Tensor:
        """Solutions for right-hand sides (lanes, outputs, p)."""
        if self.outputs is not None:
            return self._solve(right.flatten(0, 1)[:, None]).view(right.shape)
        return self._solve(right)

    def _solve(self, right: torch.Tensor) -> torch.Tensor:
        scale = self.scale[:, None, :]
        return torch.cholesky_solve((right * scale).transpose(1, 2), self.factor).transpose(1, 2) * scale


def conjugate_gradient(
    product: Callable[[torch.Tensor], torch.Tensor], factor: Factor, gradient: torch.Tensor, steps: int = 80
) -> torch.Tensor:
    """Truncated Newton directions (lanes, outputs, p): each lane stops at a relative residual of 1e-2 or at negative
    curvature (Dembo and Steihaug 1983, doi:10.1007/BF02592055)."""
    found = torch.zeros_like(gradient)
    residual = -gradient
    turned = factor.solve(residual)
    along, size = turned, dot(residual, turned)
    first, enough = turned, 1e-4 * size
    for _ in range(steps):
        image = product(along)
        bend = dot(along, image)
        live = (bend > 0) & (size > enough)
        if not live.any():
            break
        length = torch.where(live, size / bend, 0.0)[:, None, None]
        found = found + length * along
        residual = residual - length * image
        turned = factor.solve(residual)
        left = dot(residual, turned)
        along = turned + torch.where(live, left / size, 0.0)[:, None, None] * along
        size = torch.where(live, left, 0.0)
    return torch.where((found != 0).any((1, 2), keepdim=True), found, first)


def dot(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Inner product of each lane's entries: (lanes,)."""
    return (left * right).sum((1, 2))
