"""Losses of the softmax of rows: value and gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

import losskit as lk
from benchmarks.goals import Goal, Memory, Within, against
from benchmarks.measuring import IN_CACHE, Row, Side, Work, measure, memory_of
from benchmarks.peers import sides
from benchmarks.settings import SMOOTHING, Z_LOSS, class_weight

TABLES = {
    "C1": "Softmax cross-entropy in float32: value and gradient",
    "C2": "The same over fewer classes",
    "C3": "The same in bfloat16; `float32` is ours in it",
    "C4": "Other losses of the softmax; `entropy` is cross_entropy of ids on the same scores",
}
GROUPS = tuple(TABLES)
Shape = tuple[int, int]
LARGE, LONG, WIDE, NARROW = (4096, 32_000), (1024, 50_304), (65_536, 1000), (1_000_000, 10)
C1 = {"torch": 9.0, "torch.compile": 3.5, "jax.jit": 3.5, "scikit-learn": 6.0}
GOALS = {
    "C1": {LARGE: C1, LONG: C1},
    "C2": {
        WIDE: {"torch": 7.0, "torch.compile": 3.0, "scikit-learn": 4.0},
        NARROW: {"torch": 7.0, "torch.compile": 2.0, "scikit-learn": 2.0},
    },
}
ENTROPY = "entropy"  # the time of cross_entropy of ids on the same scores
FLOAT32 = "float32"  # our own time in it


def rows(group: str, quick: bool) -> Iterator[Row]:
    for work in works(group, quick):
        yield measure(work, quick)


def works(group: str, quick: bool) -> Iterator[Work]:
    if group in GOALS:
        yield from (of_ids(group, shape, least, quick) for shape, least in GOALS[group].items())
    elif group == "C3":
        yield of_halves(LARGE, quick)
    else:
        yield from others(LONG, quick)


def scores(shape: Shape) -> np.ndarray:
    return 3 * np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def ids_of(shape: Shape) -> np.ndarray:
    return np.random.default_rng(1).integers(0, shape[1], shape[0])


def shares(shape: Shape) -> np.ndarray:
    q = np.random.default_rng(2).random(shape, dtype=np.float32)
    q /= q.sum(-1, keepdims=True)
    return q


def fewer(shape: Shape, quick: bool) -> Shape:
    return (shape[0] // 8, shape[1]) if quick else shape


def ours(loss: Any, pred: Any, target: Any) -> Side:
    out = pred.copy() if isinstance(pred, np.ndarray) else pred.clone()
    return lambda: loss.value_and_gradient(pred, target, out=out)


def fewer_rows(loss: Any, pred: Any, target: Any, first: int = 1) -> dict[str, Any]:
    """The first rows, and more, that stay in a core's cache."""
    more = max(1, IN_CACHE // pred.shape[1])
    least, part = (ours(loss, pred[:n], target[:n]) for n in (first, first + more))
    return dict(least=least, part=part, share=more / len(pred))


def in_place(loss: Any, pred: np.ndarray, target: np.ndarray) -> float:
    """Memory beside the scores' own that a call takes whose gradient overwrites them, as a share of theirs."""
    scores = pred.copy()
    loss.value_and_gradient(scores, target)  # its kernel is loaded
    return memory_of(lambda: loss.value_and_gradient(scores, target, out=scores)) / pred.nbytes


def named(shape: Shape) -> str:
    return "x".join(str(n) for n in shape)


def of_ids(group: str, shape: Shape, least: Mapping[str, float], quick: bool) -> Work:
    pred, ids = scores(fewer(shape, quick)), ids_of(fewer(shape, quick))
    found = sides("value_and_gradient", "cross_entropy", pred, ids)
    mine = {"ours": ours(lk.cross_entropy(), pred, ids)}
    goals: list[Goal] = [*against(found, least), *([Memory(0.01)] if group == "C1" else [])]
    few = fewer_rows(lk.cross_entropy(), pred, ids) | dict(in_place=in_place(lk.cross_entropy(), pred, ids))
    return Work(group, TABLES[group], named(pred.shape), mine | found, goals, 2 * pred.nbytes, **few)


def of_halves(shape: Shape, quick: bool) -> Work:
    import torch

    pred, ids = scores(fewer(shape, quick)), ids_of(fewer(shape, quick))
    half, y = torch.from_numpy(pred).bfloat16(), torch.from_numpy(ids)
    found = sides("value_and_gradient", "cross_entropy", pred, ids, "bfloat16")
    mine = {
        "ours": ours(lk.cross_entropy(), half, y),
        FLOAT32: ours(lk.cross_entropy(), torch.from_numpy(pred), y),
    }
    goals: list[Goal] = [*against(found, {"torch": 4.0}), Within(FLOAT32, 0.7)]
    few = fewer_rows(lk.cross_entropy(), half, y, lk.core.acceleration.LARGE // pred.shape[1] + 1)
    return Work("C3", TABLES["C3"], named(pred.shape), mine | found, goals, 4 * pred.size, **few)


def others(shape: Shape, quick: bool) -> Iterator[Work]:
    """Beside the cross-entropy of ids on the same scores."""
    shape = fewer(shape, quick)
    pred, ids, soft = scores(shape), ids_of(shape), shares(shape)
    full = lk.cross_entropy(label_smoothing=SMOOTHING, z_loss=Z_LOSS, class_weight=class_weight(shape[1]))
    kinds = [
        ("smoothing, z-loss, class weights", "all options", full, ids, 1.3),
        ("softmax_focal", "softmax_focal", lk.softmax_focal(), ids, 1.3),
        ("cross_entropy of soft targets", "cross_entropy", lk.cross_entropy(), soft, 1.7),
        ("kl_div_logits", "kl_div_logits", lk.kl_div_logits(), soft, 1.7),
        ("js_divergence", "js_divergence", lk.js_divergence(), soft, 1.7),
    ]
    for title, name, loss, target, most in kinds:
        found = sides("value_and_gradient", name, pred, target)
        mine = {"ours": ours(loss, pred, target), ENTROPY: ours(lk.cross_entropy(), pred, ids)}
        goals: list[Goal] = [*against(found, {"torch": 6.0}), Within(ENTROPY, most)]
        moved = (2 if target is ids else 3) * pred.nbytes
        few = fewer_rows(loss, pred, target)
        yield Work("C4", f"{TABLES['C4']}, {named(shape)}", title, mine | found, goals, moved, **few)
