"""Fixtures for tests of your own losses, each a function to call. pytest finds them where losskit is installed."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture(scope="session")
def loss_gradients_are_finite() -> Callable[..., None]:
    """loss_gradients_are_finite(loss, pred, target): value and gradient are finite, at a perfect prediction too."""
    from losskit.testing.finite import assert_gradients_are_finite

    return assert_gradients_are_finite


@pytest.fixture(scope="session")
def loss_is_partition_invariant() -> Callable[..., None]:
    """loss_is_partition_invariant(loss, pred, target): a batch in parts gives the value and gradient of the whole."""
    from losskit.testing.partitions import assert_partition_invariant

    return assert_partition_invariant


@pytest.fixture(scope="session")
def objective_is_consistent() -> Callable[..., None]:
    """objective_is_consistent(f, "binary"): sign, Hessian, scale, link and shapes of a booster's objective."""
    from losskit.testing.objectives import assert_objective_is_consistent

    return assert_objective_is_consistent
