"""The points that every law of accuracy meets: kinks, saturation, cancellation, the edges of the domains."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np

from losskit.core.domains import Domain
from losskit.core.loss import Loss
from losskit.testing.samples import class_count, from_domain, made_valid, sample

Items = dict[str, np.ndarray]

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


def is_usual(loss: Loss) -> bool:
    """A prediction against a target, scores against a class, or scores against relevances."""
    d = loss.definition
    if len(d.inputs) != 2 or len(d.wrt) != 1:
        return False
    pred, target = d.inputs.values()
    if d.kind == "pointwise":
        return not target.axes
    if d.kind == "listwise":
        return target.axes == pred.axes
    return pred.axes == ("K",) and target.classes and not np.isfinite(pred.low)


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
    z = made_valid(pred, np.concatenate([np.array(rows), more], 1)[:, :classes]).astype(np.float32).astype(float)
    if not soft:
        return np.repeat(z, classes, axis=0), np.tile(np.arange(classes), len(z))
    halves = np.eye(classes)[:1] / 4.0 + 0.75 / classes  # 1/2, 1/4, 1/4 over three classes
    q = np.concatenate([np.eye(classes)[:1], halves, rng.dirichlet(np.ones(classes), len(z) - 2)])
    q = q.astype(np.float32).astype(float)
    return np.concatenate([z, z[::-1]]), np.concatenate([q, q])


def items(loss: Loss, scale: float = 1.0, seed: int = 0, rows: int = 60) -> Items:
    """Random items; inputs that may be any size are of size `scale`, at an even seed the differentiated ones alone."""
    arrays, draw = sample(loss, rows, seed), np.random.default_rng(seed + 1)
    for name, domain in loss.definition.inputs.items():
        if name in loss.definition.wrt or seed % 2:
            arrays[name] = _of_size(domain, scale, draw.standard_normal(arrays[name].shape), arrays[name])
    return arrays


def _of_size(domain: Domain, scale: float, numbers: np.ndarray, usual: np.ndarray) -> np.ndarray:
    if is_free(domain):
        return scale * numbers
    if not domain.from_free:
        return usual
    unbounded = np.isinf([domain.low, domain.high]).all()  # boxes stay boxes when they grow or shrink
    return scale * domain.from_free(numbers) if unbounded else domain.from_free(scale * numbers)


def is_free(domain: Domain) -> bool:
    """Whether any number will do."""
    bounded = domain.only or domain.from_free or domain.classes or domain.labels
    return not bounded and bool(np.isinf([domain.low, domain.high]).all())


def special_items(loss: Loss, arrays: Items) -> dict[str, Items]:
    """Items of zeros, of entries that are all the first one, and of inputs of one kind that are all the first one."""
    inputs = loss.definition.inputs
    free = {name: a for name, a in arrays.items() if name in loss.definition.wrt and is_free(inputs[name])}
    first: dict[str, str] = {}
    for name, domain in inputs.items():
        first.setdefault(domain.name, name)
    alike = {name: arrays[first[domain.name]] for name, domain in inputs.items() if first[domain.name] != name}
    return {
        "zeros": arrays | {name: 0.0 * a for name, a in free.items()},
        "equal entries": arrays | {n: np.broadcast_to(a[:, :1], a.shape) for n, a in free.items() if a.ndim > 1},
        "equal inputs": arrays | alike,
    }


def few_items(loss: Loss) -> Items:
    """Random items, items of zeros, of equal entries and of equal inputs, and of large numbers; all fit float32."""
    drawn = [items(loss, 2.0, seed=7, rows=2), items(loss, 30.0, seed=9, rows=1)]
    if any(domain.link in ("softmax", "sigmoid") or domain.axes in (("L",), ("N",)) for domain in _free_inputs(loss)):
        drawn.append(items(loss, 1e4, seed=10, rows=1))
    special = special_items(loss, items(loss, 1.0, seed=8, rows=1))
    if loss.claims.get("scale_invariant"):
        del special["zeros"]  # a vector of zeros has no direction
    drawn += special.values()
    joined = {name: np.concatenate([arrays[name] for arrays in drawn]) for name in loss.definition.inputs}
    return {k: a.astype(np.float32).astype(float) if a.dtype.kind == "f" else a for k, a in joined.items()}


def _free_inputs(loss: Loss) -> list[Domain]:
    return [loss.definition.inputs[name] for name in loss.definition.wrt if is_free(loss.definition.inputs[name])]
