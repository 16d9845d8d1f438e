"""The points that every law of accuracy meets: kinks, saturation, cancellation, the edges of the domains."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np

from losskit.core.domains import Domain
from losskit.core.loss import Loss
from losskit.testing.samples import class_count, from_domain, normalized

_SPECIAL = (0.0, 1e-8, -1e-8, 0.5, 1.0, -1.0, 3.0, -3.0, 30.0, -30.0, 1e4, -1e4)
_SPECIAL_TARGETS = (0.0, 1e-8, 0.3, 1.0, -2.5, 30.0, 1e4)
_EDGE = 2.0**-20


def within(domain: Domain, values: Any) -> np.ndarray:
    """Those of `values` that the domain holds, and its edges."""
    edges = [b + s * _EDGE * o for b, s, o in ((domain.low, 1, domain.open_low), (domain.high, -1, domain.open_high))]
    x = np.unique(np.array([*values, *(e for e in edges if np.isfinite(e))], np.float32).astype(float))
    if domain.only:
        return np.array(domain.only)
    return x[domain.holds(x)]


def sample_of(loss: Loss, soft: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Inputs in the loss's domains: 0, a residual of 0, ±1e-8, ±30, ±1e4, the domains' edges, then random ones.

    All fit float32, so that one truth judges both precisions. The last 80 pairs, or 12 rows, are random.
    """
    if loss.kind == "rowwise":
        return _rows(loss.definition.inputs[loss.definition.lead], class_count(loss), soft)
    if loss.kind == "listwise":
        return _lists()
    return _points(*loss.definition.inputs.values())


@functools.cache
def _points(pred: Domain, target: Domain) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    targets = within(target, _SPECIAL_TARGETS)
    pairs = list(itertools.product(within(pred, _SPECIAL), targets))
    pairs += [(t, t) for t in within(pred, targets)]
    above = [(float(np.nextafter(np.float32(t), np.float32(np.inf))), t) for t in within(pred, targets) if t]
    pairs += [(z, t) for z, t in above if z in within(pred, [z])]
    if pred.name == target.name:  # where one vanishes beside the other, a rounded residual may sit on a kink's far side
        pairs = [(z, y) for z, y in pairs if not z or not y or np.float32(z) - np.float32(y) not in (z, -y)]
    z, y = from_domain(rng, pred, (40,)), from_domain(rng, target, (40,))
    near = y + rng.normal(0.0, 1e-3, 40) if target.name == pred.name else z  # residuals much smaller than the target
    pairs += [*zip(z, y, strict=True), *zip(np.clip(near, pred.low + _EDGE, pred.high - _EDGE), y, strict=True)]
    z, y = np.array(pairs, np.float32).astype(float).T
    return z, y


_SPECIAL_ROWS = [(0, 0, 0), (1e-8, 0, -1e-8), (30, -30, 0), (80, 0, 0), (1e4, -1e4, 0), (1e4, 1e4, 1e4), (-1e4, 3, 5)]
_SPECIAL_ROWS += [(20, 20, -20), (0.5, 16.5, 0)]


@functools.cache
def _lists() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    z = np.concatenate([_SPECIAL_ROWS, rng.normal(0.0, 2.0, (8, 3)), rng.normal(0.0, 20.0, (4, 3))])
    # Equal relevances meet no equal scores near 0: the difference of equal shares is good to a rounding of a share.
    y = np.concatenate([[(1, 0, 0), (2, 1, 0), (0, 0, 0), (0, 1e-8, 4)], rng.integers(0, 5, (len(z) - 4, 3))])
    z, y = (np.concatenate([a, b]).astype(np.float32).astype(float) for a, b in ((z, z[::-1]), (y, y)))
    return z, y


@functools.cache
def _rows(pred: Domain, classes: int, soft: bool) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    rows = [*_SPECIAL_ROWS, *rng.normal(0.0, 2.0, (8, 3)), *rng.normal(0.0, 20.0, (4, 3))]
    more = rng.normal(0.0, 2.0, (len(rows), max(classes - 3, 0)))
    z = normalized(pred, np.concatenate([np.array(rows), more], 1)[:, :classes]).astype(np.float32).astype(float)
    if not soft:
        return np.repeat(z, classes, axis=0), np.tile(np.arange(classes), len(z))
    halves = np.eye(classes)[:1] / 4.0 + 0.75 / classes  # 1/2, 1/4, 1/4 over three classes
    q = np.concatenate([np.eye(classes)[:1], halves, rng.dirichlet(np.ones(classes), len(z) - 2)])
    q = q.astype(np.float32).astype(float)
    return np.concatenate([z, z[::-1]]), np.concatenate([q, q])
