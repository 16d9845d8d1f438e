"""Class targets as a distribution: ids or soft labels, class weights and smoothing, in one place for every loss."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class ClassTarget:
    """The target distribution q of each row, weighted by class: what a definition over classes receives."""

    ops: Any
    values: Any
    soft: bool
    class_weight: Any = None
    smoothing: Any = 0.0

    def smoothed(self, label_smoothing: Any) -> ClassTarget:
        """(1 - ε) q + ε/K, Szegedy et al. 2016, arXiv:1512.00567. `label_smoothing` is static: 0 costs nothing."""
        return replace(self, smoothing=label_smoothing)

    def expect(self, values: Any) -> Any:
        """Σ_k w_k q_k values_k for each row."""
        weighted = values if self.class_weight is None else self.class_weight * values
        even = 0.0 if self.smoothing == 0.0 else self.smoothing / self.ops.size(values)
        if self.soft:
            shares = self.values if self.smoothing == 0.0 else (1.0 - self.smoothing) * self.values + even
            return self.ops.sum(shares * weighted)
        hard = self.ops.take(weighted, self.values)
        return hard if self.smoothing == 0.0 else (1.0 - self.smoothing) * hard + even * self.ops.sum(weighted)

    def mass(self, like: Any) -> Any:
        """Σ_k w_k q_k for each row: 1 where no class is weighted and the labels are ids."""
        if self.class_weight is not None:
            weights = self.ops.broadcast(self.class_weight, like)
            return replace(self, class_weight=None).expect(weights)
        if not self.soft:
            return 1.0
        share = self.ops.sum(self.values)
        return share if self.smoothing == 0.0 else (1.0 - self.smoothing) * share + self.smoothing

    def one_hot(self, like: Any) -> Any:
        """The share of each class, an array like `like`: soft labels as they are, ids as 0 and 1."""
        if self.soft:
            return self.values
        share = 1.0 + 0.0 * self.ops.sigmoid(self.ops.take(like, 0))  # finite for every score
        return self.ops.scatter(share, self.values, like)

    def mean_over_classes(self, values: Any) -> Any:
        """Σ_k w_k values_k / Σ_k w_k, for one number for each class."""
        if self.class_weight is None:
            return self.ops.sum(values) / self.ops.size(values)
        weight = self.ops.broadcast(self.class_weight, values)
        return self.ops.sum(weight * values) / self.ops.sum(weight)

    def information(self) -> Any:
        """Σ_k w_k q_k log q_k for each row, minus the entropy of q: 0 for ids."""
        if not self.soft:
            return 0.0
        some = self.values > 0.0
        terms = self.values * self.ops.log(self.ops.where(some, self.values, 1.0 + 0.0 * self.values))
        return self.ops.sum(terms if self.class_weight is None else self.class_weight * terms)
