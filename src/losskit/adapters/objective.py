"""What is wrong with a boosting objective, found by probing it: sign, Hessian, scale, link, weights, shapes."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from losskit.errors import InvalidType, UnknownName

TASKS = ("regression", "positive", "binary", "multiclass", "ranking")
_ROWS, _CLASSES, _LIST = 40, 3, 5
_FAR = 30.0  # a raw score at which every answer is sure
_WIDTH = 80  # of the report

Answer = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Finding:
    """One thing wrong: `name` to search for, `severity` ("error" or "warning"), what was `seen`, and the `remedy`."""

    name: str
    severity: str
    seen: str
    remedy: str

    def __str__(self) -> str:
        seen = textwrap.wrap(f"{self.severity} {self.name}: {self.seen}", _WIDTH, subsequent_indent="  ")
        remedy = textwrap.wrap(self.remedy, _WIDTH, initial_indent="    ", subsequent_indent="    ")
        return "\n".join(seen + remedy)


class Findings(list[Finding]):
    """A list of findings that prints one under the other; empty where all is well."""

    def __str__(self) -> str:
        return "\n".join(map(str, self)) if self else "nothing found"

    __repr__ = __str__


def check_objective(
    f: Callable[..., Any], task: str = "regression", *, loss: Callable[..., Any] | None = None, native: bool = False
) -> Findings:
    """Probe a LightGBM or XGBoost objective on 40 made-up rows and say what is wrong with it.

    `f` is called as estimators call it, `f(y_true, y_pred)` with `weight`, `sample_weight` and `group` where it takes
    them, or with `native=True` as `f(scores, data)`, where `data` has `get_label`, `get_weight`, `get_group`,
    `get_uint_info`, `num_row` and `num_data`. `task` says what it is for: "regression" (any numbers), "positive" (the
    score is the logarithm of the mean), "binary" (0/1), "multiclass" (ids, scores (n, K)) or "ranking" (lists).
    `loss(y_true, y_pred)`, on raw scores too, is what `f` is said to be the gradient of: one number for each row,
    their sum or their mean; a losskit loss will do.

    Raises UnknownName for another task and InvalidType where `f` is not an objective.
    """
    if task not in TASKS:
        raise UnknownName("task", task, TASKS)
    if not callable(f) or hasattr(f, "_terms"):
        raise InvalidType(f"check_objective needs an objective, got {f!r}", "for example lk.to_lightgbm(lk.huber())")
    return Findings(Probe(f, task, native).findings(loss))


@dataclass
class Rows:
    """What a native objective asks a Dataset or DMatrix for. No weights are None in LightGBM, empty in XGBoost."""

    label: np.ndarray
    weight: np.ndarray | None
    group: np.ndarray | None

    def get_label(self) -> np.ndarray:
        return self.label

    def get_weight(self) -> np.ndarray | None:
        return self.weight

    def get_group(self) -> np.ndarray | None:
        return self.group

    def get_uint_info(self, field: str) -> np.ndarray:
        return np.empty(0, np.uint32) if self.group is None else np.append(0, np.cumsum(self.group)).astype(np.uint32)

    def num_row(self) -> int:
        return len(self.label)

    num_data = num_row


class Probe:
    """An objective and the rows it is tried on: `y`, ordinary raw scores, and what a score means for the task."""

    step = 1e-4  # of scores, to see how their gradients change

    def __init__(self, f: Callable[..., Any], task: str, native: bool):
        self.f, self.task, self.native = f, task, native
        parameters = inspect.signature(f).parameters
        self.weight_name = next((name for name in ("weight", "sample_weight") if name in parameters), None)
        self.takes_group = "group" in parameters
        rng = np.random.default_rng(0)
        self.raw = rng.normal(size=(_ROWS, _CLASSES) if task == "multiclass" else _ROWS)
        self.y = {
            "regression": rng.normal(size=_ROWS),
            "positive": rng.poisson(3.0, _ROWS) + 1.0,
            "binary": rng.permutation(np.arange(_ROWS) % 2).astype(float),
            "multiclass": rng.permutation(np.arange(_ROWS) % _CLASSES).astype(float),
            "ranking": rng.permuted(np.arange(_ROWS).reshape(-1, _LIST) % _LIST, axis=1).ravel().astype(float),
        }[task]
        if task == "positive":
            self.raw = np.log(self.y) + self.raw

    def call(self, raw: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> Any:
        group = np.full(len(y) // _LIST, _LIST) if self.task == "ranking" else None
        with np.errstate(all="ignore"):
            if self.native:
                return self.f(raw, Rows(y, np.empty(0) if weight is None else weight, group))
            options: dict[str, Any] = {} if weight is None else {str(self.weight_name): weight}
            if self.takes_group:
                options["group"] = group
            return self.f(y, raw, **options)

    def answer(self, raw: np.ndarray, y: np.ndarray | None = None, weight: np.ndarray | None = None) -> Answer:
        gradient, hessian = self.call(raw, self.y if y is None else y, weight)
        return np.asarray(gradient, dtype=float), np.asarray(hessian, dtype=float)

    # the findings, the first of each group

    def findings(self, loss: Callable[..., Any] | None) -> list[Finding]:
        broken = self.unusable() or self.not_finite()
        if broken:
            return [broken]
        found = [self.modifies(), self.divides() or self.wrong_way()]
        if found[1] is None:
            found += [self.wrong_link() or self.wrong_hessian(), self.wrong_weights()]
            if loss is not None:
                found.append(self.other_loss(loss))
        return [finding for finding in found if finding is not None]

    def unusable(self) -> Finding | None:
        try:
            result = self.call(self.raw.copy(), self.y)
        except Exception as error:
            seen = f"{type(error).__name__}: {error}"
            if not self.native and isinstance(error, AttributeError) and "get_" in seen:
                return _error("raises", seen, "it is written for native training: pass native=True")
            return _error("raises", seen, f"it must take ordinary data for {self.task}")
        if not isinstance(result, (tuple, list)) or len(result) != 2:
            return _error("not-a-pair", f"returned {_shown(result)}", "return gradient, hessian")
        for name, values in zip(("gradient", "hessian"), map(np.asarray, result), strict=True):
            if values.shape != self.raw.shape:
                return _error(
                    "wrong-shape",
                    f"{name} has shape {values.shape} for scores of shape {self.raw.shape}",
                    "return one number for each score: no sum, no mean, no flattening",
                )
            if values.dtype.kind != "f":
                return _error("wrong-dtype", f"{name} is {values.dtype}", "return floats: integers cut what is small")
        return self.rows_mixed() if self.task == "multiclass" else None

    def rows_mixed(self) -> Finding | None:
        other = self.raw.copy()
        other[0, 0] += 1.0
        moved = (self.answer(other)[0] != self.answer(self.raw)[0]).any(axis=1)
        if not moved[1:].any():
            return None
        return _error(
            "rows-mixed",
            f"moving a score of row 0 moved the gradients of {int(moved[1:].sum())} other rows",
            "keep (rows, classes): a reshape took the classes of one row for rows",
        )

    def not_finite(self) -> Finding | None:
        places = {"ordinary scores": self.raw, "scores of 0": np.zeros_like(self.raw)}
        if self.task in ("binary", "multiclass"):
            places |= {f"scores of {at:g}": np.full_like(self.raw, at) for at in (1.0, -_FAR, _FAR)}
        elif self.task in ("regression", "positive"):
            places["scores at the target"] = np.log(self.y) if self.task == "positive" else self.y
        for place, raw in places.items():
            for name, values in zip(("gradient", "hessian"), self.answer(raw.copy()), strict=True):
                bad = ~np.isfinite(values)
                if bad.any():
                    return _error(
                        "not-finite",
                        f"{int(bad.sum())} of {bad.size} entries of the {name} are NaN or infinite at {place}",
                        "write it for every raw score: sigmoid before log, and no division by what may be 0",
                    )
        return None

    def modifies(self) -> Finding | None:
        raw = self.raw.copy()
        self.call(raw, self.y)
        if np.array_equal(raw, self.raw):
            return None
        return _error("modifies-scores", "the scores it was given have changed", "work on a copy: the host keeps them")

    def divides(self) -> Finding | None:
        for name, ratio in zip(("gradient", "hessian"), self.shares_of_thrice(), strict=True):
            if ratio < 0.5:
                return _error(
                    "divided-by-rows",
                    f"with three times the rows the {name} of a row is {ratio:.2g} of what it was",
                    "leave out the mean: hosts add rows up, and reg_lambda and min_child_weight count on it",
                )
        return None

    def shares_of_thrice(self) -> tuple[float, float]:
        """Three times the same rows: what is left of each row's gradient and Hessian, which must stay."""
        once = self.answer(self.raw)
        times = self.answer(np.tile(self.raw, (3, *[1] * (self.raw.ndim - 1))), np.tile(self.y, 3))
        gradient, hessian = (_ratio(b[: len(a)], a) for a, b in zip(once, times, strict=True))
        return gradient, hessian

    def wrong_way(self) -> Finding | None:
        wrong, where = 0.0, 0
        for direction, raw in self.sides():
            gradient = self.answer(raw)[0]
            wrong += float(np.sum(direction * gradient < 0.0))
            where += int(np.sum(direction * gradient != 0.0))
        if where == 0:
            return _error("zero-gradient", "the gradient is 0 on both sides of the target", "nothing can be learnt")
        if wrong < 0.5 * where:
            return None
        return _error(
            "swapped-sign",
            f"{wrong / where:.0%} of the gradients push away from the target",
            "return d loss / d score: positive where the score is above its target (hosts subtract it)",
        )

    def sides(self) -> list[tuple[Any, np.ndarray]]:
        """(+1 where the score lies above its target and -1 below, such scores)."""
        if self.task in ("regression", "positive"):
            target = np.log(self.y) if self.task == "positive" else self.y
            return [(np.sign(by), target + by) for by in (-3.0, -1.0, -0.3, 0.3, 1.0, 3.0)]
        if self.task == "ranking":
            return [(np.mean(np.arange(_LIST)) - self.y, np.zeros_like(self.raw))]
        return [(1.0 - 2.0 * self.truth(), np.full_like(self.raw, at)) for at in (0.2, 0.5, 0.8)]

    def truth(self) -> np.ndarray:
        """1 for the score of the true class, 0 for the others."""
        return np.eye(_CLASSES)[self.y.astype(int)] if self.task == "multiclass" else self.y

    def wrong_scale_of_scores(self) -> Finding | None:
        """For `positive`: the gradient changes its sign elsewhere than at the logarithm of the target."""
        wrong = np.mean([(np.sign(direction) * self.answer(raw)[0] < 0.0).mean() for direction, raw in self.sides()])
        if wrong <= 0.1:
            return None
        return _error(
            "wrong-link",
            f"{wrong:.0%} of the gradients push away from the logarithm of the target",
            'scores are logarithms of the mean: apply exp first, or say task="regression" where they are not',
        )

    def wrong_link(self) -> Finding | None:
        if self.task == "positive":
            return self.wrong_scale_of_scores()
        if self.task not in ("binary", "multiclass"):
            return None
        towards = 2.0 * self.truth() - 1.0  # of each score, to be right
        for at in (-3.0, -1.0, 1.5, 3.0):
            gradient = self.answer(np.full_like(self.raw, at))[0]
            wrong = np.mean(towards * gradient > 1e-9)
            if wrong > 0.1:
                return _error(
                    "wrong-link",
                    f"at scores of {at:g} {wrong:.0%} of the gradients push away from the true class",
                    "scores are raw, not probabilities: apply the sigmoid (softmax) first",
                )
        start, sure = (np.abs(self.answer(raw)[0]).mean() for raw in (np.zeros_like(self.raw), _FAR * towards))
        if sure <= 0.4 * start:
            return None
        return _error(
            "wrong-link",
            f"where every answer is right and sure the gradient is still {sure / start:.0%} of that at 0",
            "differentiate by the raw score, through the sigmoid (softmax), and apply that once",
        )

    def wrong_hessian(self) -> Finding | None:
        hessian = self.answer(self.raw)[1]
        negative, zero = np.mean(hessian < 0.0), np.mean(hessian == 0.0)
        if negative > 0.0:
            return _error(
                "negative-hessian",
                f"{negative:.0%} of the hessian is below 0, down to {hessian.min():.3g}",
                "return a positive curvature (an upper bound, or 1): steps of the wrong sign follow else",
            )
        if zero == 1.0:
            return _error(
                "zero-hessian",
                "the hessian is 0 everywhere: no leaf reaches min_child_weight, or reg_lambda alone sets the steps",
                "return a positive curvature: 1 where the loss is made of straight pieces",
            )
        if zero > 0.0:
            return _warning(
                "hessian-zeros",
                f"{zero:.0%} of the hessian is 0: a leaf of such rows takes endless steps, or cannot be split",
                "put a floor under it, or take |gradient / residual| there",
            )
        return self.other_hessian(hessian) or self.wrong_scale(hessian)

    def other_hessian(self, hessian: np.ndarray) -> Finding | None:
        ratio = self.hessian_over_slope(hessian)
        if ratio < 1.0 / 3.0:
            return _warning(
                "hessian-too-small",
                f"the hessian is {ratio:.3g} times the slope of the gradient",
                "it must be the derivative of the gradient, or a bound above it: steps overshoot else",
            )
        if ratio > 20.0:
            return _warning(
                "hessian-too-large",
                f"the hessian is {ratio:.3g} times the slope of the gradient",
                "it must be the derivative of the gradient, or a bound near it: steps are tiny else",
            )
        return None

    def hessian_over_slope(self, hessian: np.ndarray) -> float:
        """In the middle of the rows; 1 for straight pieces, where any positive number will do."""
        slope = diagonal(lambda raw: self.answer(raw)[0], self.raw, self.step)
        curved = slope > 0.05 * np.abs(self.answer(self.raw)[0]).mean()
        return float(np.median(hessian[curved] / slope[curved])) if curved.mean() >= 0.25 else 1.0

    def wrong_scale(self, hessian: np.ndarray) -> Finding | None:
        typical = float(np.median(hessian))
        if 1e-3 <= typical <= 1e3:
            return None
        return _warning(
            "far-from-1",
            f"the hessian of a row is about {typical:.2g}; 20 rows add up to {20 * typical:.2g}, against a "
            "min_child_weight of 0.001 (LightGBM) or 1 (XGBoost) and a reg_lambda of 0 or 1",
            "multiply gradient and hessian by one number so that the hessian is near 1",
        )

    def wrong_weights(self) -> Finding | None:
        if self.weight_name is None and not self.native:
            return _warning(
                "takes-no-weight",
                "it has no parameter weight (LightGBM drops sample weights silently) or sample_weight (XGBoost raises)",
                "take weight=None (LightGBM) or sample_weight=None (XGBoost) and multiply gradient and hessian by it",
            )
        plain, weighted = self.answer(self.raw), self.answer(self.raw, weight=np.full(_ROWS, 3.0))
        factors = [_ratio(b, a) for a, b in zip(plain, weighted, strict=True) if a.any()]
        if np.allclose(factors, 3.0, rtol=1e-3):
            return None
        seen = "weights of 3 multiply gradient and hessian by " + " and ".join(f"{factor:.3g}" for factor in factors)
        if np.allclose(factors, 1.0, rtol=1e-3) and not self.ignores_weights():
            return None  # divided by their mean, which only scales
        name = "weights-twice" if max(factors) > 3.0 else "weights-ignored"
        return _error(name, seen, "multiply both by the weight once: hosts do not")

    def ignores_weights(self) -> bool:
        uneven = np.repeat(1.0 + np.arange(_ROWS // _LIST), _LIST)  # equal within a list
        pairs = zip(self.answer(self.raw), self.answer(self.raw, weight=uneven), strict=True)
        return all(np.allclose(plain, weighted) for plain, weighted in pairs)

    def other_loss(self, loss: Callable[..., Any]) -> Finding | None:
        each = (lambda y, raw: loss.each(raw, y)) if hasattr(loss, "each") else loss
        y = self.y.astype(np.int64) if self.task == "multiclass" else self.y
        expected = diagonal(lambda raw: np.broadcast_to(np.sum(each(y, raw)), raw.shape), self.raw, self.step)
        gradient = self.answer(self.raw)[0]
        factor = np.sum(gradient * expected) / np.sum(expected * expected)  # a loss that is a mean is so much smaller
        off = np.abs(gradient - factor * expected).max() / np.abs(gradient).max()
        if off <= 1e-3:
            return None
        return _error(
            "other-gradient",
            f"the gradient is off that of the loss by up to {off:.1%}, scale aside",
            "differentiate the loss by the raw score, row by row",
        )


def _shown(result: Any) -> str:
    return f"{len(result)} things" if isinstance(result, (tuple, list)) else f"a {type(result).__name__}"


def _ratio(numbers: np.ndarray, to: np.ndarray) -> float:
    """How much larger they are in size; NaN where there is nothing to compare with."""
    size = np.abs(to).sum()
    return float(np.abs(numbers).sum() / size) if size else np.nan


def diagonal(f: Callable[[np.ndarray], np.ndarray], raw: np.ndarray, step: float) -> np.ndarray:
    """d f_i / d raw_i by central differences, one score at a time."""
    slope = np.empty_like(raw)
    for i in np.ndindex(raw.shape):
        up, down = raw.copy(), raw.copy()
        up[i] += step
        down[i] -= step
        slope[i] = (f(up)[i] - f(down)[i]) / (2.0 * step)
    return slope


def _error(name: str, seen: str, remedy: str) -> Finding:
    return Finding(name, "error", seen, remedy)


def _warning(name: str, seen: str, remedy: str) -> Finding:
    return Finding(name, "warning", seen, remedy)
