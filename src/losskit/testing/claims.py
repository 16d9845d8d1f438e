"""The law of claims: what a loss claims holds, and what it does not claim has a counterexample.

Losses of one score and one target are tried on a grid of predictions against a few targets, those of scores over
classes or lists on random rows; `claims_on_items` has the laws for all other losses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from losskit.core.domains import Domain
from losskit.core.loss import Loss
from losskit.testing.case import listed
from losskit.testing.claims_on_items import ON_ITEMS, is_smooth
from losskit.testing.libraries import Library
from losskit.testing.points import is_usual, items, within
from losskit.testing.samples import class_count, made_valid, native

_TARGETS = (-2.5, -0.75, 0.0, 1e-6, 0.25, 1.0, 4.0, 200.0)
_NEAR = 1e-7  # how far to either side of a kink its limits are taken


def predictions(loss: Loss) -> np.ndarray:
    """A grid over the domain of pred, fine near 0 and reaching to ±1000."""
    half = np.concatenate(
        [[0.0], np.geomspace(1e-7, 0.04, 12), np.linspace(0.05, 8.0, 160), np.geomspace(9.0, 1e3, 40)]
    )
    return within(_pred(loss), np.concatenate([-half[:0:-1], half]))


def _pred(loss: Loss) -> Domain:
    return loss.definition.inputs[loss.definition.lead]


def _target(loss: Loss) -> Domain:
    _, target = loss.definition.inputs.values()
    return target


def _grid(loss: Loss) -> tuple[np.ndarray, np.ndarray]:
    """All pairs, targets along the first axis."""
    return np.meshgrid(predictions(loss), within(_target(loss), _TARGETS))


def _rows(loss: Loss) -> np.ndarray:
    rng = np.random.default_rng(3)
    rows = np.concatenate([rng.normal(0.0, s, (40, class_count(loss))) for s in (0.5, 3.0, 10.0)])
    return made_valid(_pred(loss), rows)


def _row_targets(loss: Loss, rows: int) -> np.ndarray:
    """Class ids in turn, or relevances from 0 to 3."""
    if loss.kind == "listwise":
        return np.random.default_rng(6).integers(0, 4, (rows, class_count(loss))).astype(float)
    return np.arange(rows) % class_count(loss)


def _same_scale(loss: Loss) -> bool:
    return _pred(loss).name == _target(loss).name


def _is_convex(loss: Loss) -> bool:
    """No chord lies below the curve between its ends."""
    if loss.kind != "pointwise":
        z = _rows(loss)
        z = np.concatenate([z, made_valid(_pred(loss), z[:40] - 2e4)])  # what depends on their level shows far out
        a, b, y = np.repeat(z, len(z), 0), np.tile(z, (len(z), 1)), _row_targets(loss, len(z) ** 2)
    else:
        z = predictions(loss)
        z = z[np.abs(z) <= 40.0][::3]
        a, b, y = (x.ravel() for x in np.meshgrid(z, z, within(_target(loss), _TARGETS)))
    ends = 0.5 * loss.each(a, y) + 0.5 * loss.each(b, y)
    return bool(np.all(loss.each(0.5 * (a + b), y) <= ends + 1e-9 * (1.0 + np.abs(ends))))


def _is_smooth(loss: Loss) -> bool:
    """Gradient and Hessian have one limit on both sides of every point where a definition may turn."""
    if loss.kind != "pointwise":
        return is_smooth(loss)
    if not loss.definition.trainable:
        return False
    z, y = turning_points(loss)
    sides = [(getattr(loss, what)(z - _NEAR, y), getattr(loss, what)(z + _NEAR, y)) for what in ("gradient", "hessian")]
    return all(_close(left, right) for left, right in sides)


def _close(left: np.ndarray, right: np.ndarray) -> bool:
    return bool(np.allclose(left, right, rtol=0.0, atol=1e-4 * (1e-2 + np.max(np.abs(left), initial=0.0))))


def turning_points(loss: Loss) -> tuple[np.ndarray, np.ndarray]:
    """Pairs where a piecewise definition may turn: a parameter away from 0, the target or the domain's interior."""
    sizes = [
        0.0,
        1.0,
        *(float(v) for k, v in loss.params.items() if isinstance(v, float) and not loss.definition.params[k].static),
    ]
    pairs = set()
    for y in within(_target(loss), _TARGETS):
        for centre in (0.0, y, _pred(loss).interior):
            for z in within(_pred(loss), [centre + s * d for d in sizes for s in (-1.0, 1.0)]):
                pairs.add((float(centre + 0.0 if z == np.float32(centre) else z), float(y)))
    z, y = np.array(sorted(pairs)).T
    room = (z > _pred(loss).low + 1e-3) & (z < _pred(loss).high - 1e-3)
    return z[room], y[room]


def _far(loss: Loss, size: float) -> np.ndarray:
    return within(_pred(loss), [-size, size])


def _largest(loss: Loss, evaluate: Callable[..., Any], size: float) -> float:
    return _largest_at(loss, evaluate, _far(loss, size))


def _largest_at(
    loss: Loss, evaluate: Callable[..., Any], predictions: np.ndarray, targets: tuple[float, ...] = _TARGETS
) -> float:
    z, y = np.meshgrid(predictions, within(_target(loss), targets))
    with np.errstate(over="ignore"):
        return float(np.max(np.abs(evaluate(z.astype(float), y)), initial=0.0))


def _beside_open_edges(domain: Domain, distance: float) -> np.ndarray:
    edges = ((domain.low, distance, domain.open_low), (domain.high, -distance, domain.open_high))
    return np.array([edge + step for edge, step, is_open in edges if is_open and np.isfinite(edge)])


def _highest(loss: Loss, evaluate: Callable[..., Any]) -> float:
    """The largest size on the grid; infinity where it still grows far outside it or towards an open edge."""
    if loss.kind != "pointwise":
        z = np.concatenate([_rows(loss), 1e6 * _rows(loss)])
        y = _row_targets(loss, len(z) * class_count(loss))  # every row meets every class
        top = float(np.max(np.abs(evaluate(np.repeat(z, class_count(loss), 0), y))))
        return np.inf if top > 100.0 else top
    top = float(np.max(np.abs(evaluate(*_grid(loss)))))
    far = max(_largest(loss, evaluate, 1e30), _largest_at(loss, evaluate, _far(loss, 1.0), (-1e30, 1e30)))
    edge = _largest_at(loss, evaluate, _beside_open_edges(_pred(loss), 2.0**-40))
    return np.inf if far > 3.0 * top + 1.0 or edge > top + 1.0 else max(top, far)


def _never_above(loss: Loss, bound: Any, evaluate: Callable[..., Any]) -> bool:
    highest = _highest(loss, evaluate)
    return highest < 1e4 if bound is None else highest <= bound * (1.0 + 1e-9)


def _is_bounded(loss: Loss, bound: Any = None) -> bool:
    return _never_above(loss, bound, loss.each)


def _is_lipschitz(loss: Loss, bound: Any = None) -> bool:
    return _never_above(loss, bound, loss.gradient)


def _is_redescending(loss: Loss) -> bool:
    """Far out the gradient is nearly nothing, on both sides."""
    return _largest(loss, loss.gradient, 1e6) < 1e-3 * float(np.max(np.abs(loss.gradient(*_grid(loss)))))


def _is_residual(loss: Loss) -> bool:
    z, y = _grid(loss)
    near = np.abs(z) <= 10.0
    moved = loss.each(z[near] + 3.0, y[near] + 3.0)
    return bool(np.allclose(moved, loss.each(z[near], y[near]), rtol=1e-9, atol=1e-12))


def _is_scale_equivariant(loss: Loss) -> bool:
    """One power of the factor for all pairs, with the parameters in the target's units scaled too."""
    d = loss.definition
    z, y = _grid(loss)
    inside = 8.0 * np.minimum(z, y) > _pred(loss).low
    z, y = z[inside], y[inside]
    before = loss.each(z, y)
    scaled = {k: 8.0 * v if d.params[k].scales_with == "target" else v for k, v in loss.params.items()}
    after = Loss(d, scaled).each(8.0 * z, 8.0 * y)
    some = (before > 1e-6) & (after > 1e-6) & np.isfinite(after)
    powers = np.log(after[some] / before[some]) / np.log(8.0)
    return bool(np.all((before == 0.0) == (after == 0.0)) and np.ptp(powers) < 1e-5)


def _is_zero_at_target(loss: Loss) -> bool:
    y = within(_target(loss), _TARGETS)
    return bool(np.all(loss.each(y, y) == 0.0) and np.all(loss.each(*_grid(loss)) >= 0.0))


def _is_proper(loss: Loss) -> bool:
    """The prediction with the least expected loss is the true probability."""
    if loss.kind == "rowwise":
        draw = np.random.default_rng(4)
        return all(_row_minimises(loss, q) for q in draw.dirichlet(np.full(class_count(loss), 0.7), 4))
    z = np.linspace(max(-6.0, _pred(loss).low + 1e-6), min(6.0, _pred(loss).high - 1e-6), 24001)
    for p in (0.1, 0.25, 0.5, 0.8, 0.95):
        expected = p * loss.each(z, np.ones_like(z)) + (1.0 - p) * loss.each(z, np.zeros_like(z))
        if abs(float(loss.link(z)[np.argmin(expected)]) - p) > 1e-3:
            return False
    return True


def _row_minimises(loss: Loss, q: np.ndarray) -> bool:
    truth = np.log(q)
    z = np.concatenate([truth[None], made_valid(_pred(loss), truth + 0.3 * _rows(loss)), _rows(loss)])
    expected = sum(share * loss.each(z, np.full(len(z), c)) for c, share in enumerate(q))
    return bool(np.all(expected[0] <= expected[1:] + 1e-12))


def _on_same_scale(loss: Loss) -> bool:
    return loss.kind == "pointwise" and _same_scale(loss)


def predicts_classes(loss: Loss) -> bool:
    """The target is a class, or the probability of one."""
    if not is_usual(loss):
        return False
    target = _target(loss)
    return target.classes or (target.low, target.high) == (0.0, 1.0)


# claim -> (the property, the losses for which not claiming it is a denial)
PROPERTIES: dict[str, tuple[Callable[..., bool], Callable[[Loss], bool]]] = {
    "convex": (_is_convex, lambda loss: True),
    "smooth": (_is_smooth, lambda loss: True),
    "bounded": (_is_bounded, lambda loss: True),
    "lipschitz": (_is_lipschitz, lambda loss: loss.definition.trainable and loss.kind != "listwise"),
    "redescending": (_is_redescending, lambda loss: bool(loss.claims.get("residual"))),
    "residual": (_is_residual, _on_same_scale),
    "scale_equivariant": (_is_scale_equivariant, _on_same_scale),
    "zero_at_target": (_is_zero_at_target, _on_same_scale),
    "proper": (_is_proper, predicts_classes),
}


def laws_for(loss: Loss) -> dict[str, tuple[Callable[..., bool], Callable[[Loss], bool]]]:
    return PROPERTIES if is_usual(loss) else ON_ITEMS


def assert_claim(loss: Loss, claim: str) -> None:
    """`loss` has the property exactly if it claims it."""
    laws, claimed = laws_for(loss), loss.claims.get(claim)
    if claim not in laws:
        assert not claimed, f"{loss!r} claims {claim}={claimed!r}, for which there is no law"
        return
    holds, denied_for = laws[claim]
    if claimed is not None and claimed is not False:
        bound = () if claimed is True else (claimed,)
        assert holds(loss, *bound), f"{loss!r} claims {claim}={claimed!r}, which does not hold"
    elif denied_for(loss):
        assert not holds(loss), f"{loss!r} is {claim} as far as anyone can see, and does not claim it"


def assert_positive_curvature(loss: Loss) -> None:
    """What boosters divide by is positive at every score, and finite up to 80: beyond, a rate itself is infinite."""
    if not is_usual(loss):
        inputs = tuple(native(items(loss, 10.0), Library.NUMPY, "float32"))
    elif loss.kind != "pointwise":
        inputs = (_rows(loss).astype("float32"), _row_targets(loss, len(_rows(loss))))
    else:
        inputs = tuple(values.astype("float32") for values in _grid(loss))
    for curvature in listed(loss.curvature(*inputs)):
        assert np.all(curvature > 0.0), f"{loss!r}: the curvature is not positive"
        usual = curvature[np.abs(inputs[0]) <= 80.0] if curvature.shape == inputs[0].shape else curvature
        assert np.all(np.isfinite(usual)), f"{loss!r}: the curvature is not finite"
