"""Does a batch in parts, accumulated, give the value and gradient of the whole batch?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from losskit.errors import InvalidInput
from losskit.ops import dispatch
from losskit.testing.anyones import value_and_gradient
from losskit.testing.libraries import EPS


def assert_partition_invariant(
    loss: Callable[..., Any],
    pred: Any,
    *rest: Any,
    parts: Sequence[int] = (),
    count: Callable[..., Any] | None = None,
    **named: Any,
) -> None:
    """Parts of the batch `pred, *rest, **named`, averaged by their shares or just added, make up the whole batch.

    `loss` is a losskit loss, or a function or module of PyTorch, JAX or TensorFlow that returns one number. `parts` are
    the numbers of rows in each part; unless given, one row, and the others in two halves. Arrays with as many rows as
    `pred` are cut, others are passed on. A part's share is its share of the rows, as micro-batches and ranks are
    averaged, or of `count(*inputs, **named)`, such as the tokens that are not masked.

    Raises AssertionError with both values and how far the gradients are apart, InvalidInput for parts that do not make
    up the batch.
    """
    __tracebackhide__ = True
    rows = pred.shape[0]
    sizes = list(parts) or _uneven(rows)
    if sum(sizes) != rows or min(sizes) < 1:
        raise InvalidInput(f"parts {sizes} do not make up {rows} rows", f"for example parts={_uneven(max(rows, 2))}")
    whole = _Batch((pred, *rest), named)
    target = _Answer(*value_and_gradient(loss, whole.inputs, whole.named))
    bound = 100.0 * EPS[dispatch.words_of(pred).dtype(pred)]
    answers, counts = _answers(loss, whole.cut(sizes), count)
    averaged, summed = _accumulated(answers, counts / counts.sum()), _accumulated(answers, np.sign(counts))
    if averaged.is_near(target, bound) or (count is None and summed.is_near(target, bound)):
        return
    lines = [
        f"parts of {', '.join(map(str, sizes))} rows do not add up to the batch:",
        f"  value {averaged.value:.6g}, of the whole batch {target.value:.6g}",
        f"  gradient off by {averaged.off(target):.2%} of its size, cosine {averaged.cosine(target):.4f}",
        _ADVICE if count is None else "the parts' counts are not what the loss divides by",
    ]
    raise AssertionError("\n".join(lines))


_TINY = float(np.finfo(float).tiny)
_ADVICE = """a mean over what is not masked is no mean over rows: divide each part's sum by the count of the whole batch
(losskit's losses take normalizer=), or say by what parts count, count=..."""


@dataclass(frozen=True)
class _Answer:
    """A value and a gradient."""

    value: float
    gradient: np.ndarray

    def is_near(self, other: _Answer, bound: float) -> bool:
        return self.off(other) <= bound and abs(self.value - other.value) <= bound * max(abs(other.value), 1.0)

    def off(self, other: _Answer) -> float:
        return _norm(self.gradient - other.gradient) / max(_norm(other.gradient), _TINY)

    def cosine(self, other: _Answer) -> float:
        sizes = _norm(self.gradient) * _norm(other.gradient)
        return float(np.sum(self.gradient * other.gradient) / max(sizes, _TINY))


@dataclass(frozen=True)
class _Batch:
    """What a loss is called with."""

    inputs: tuple[Any, ...]
    named: dict[str, Any]

    def cut(self, sizes: Sequence[int]) -> list[_Batch]:
        """Consecutive rows; what does not have as many rows goes to each part whole."""
        ends = np.cumsum(sizes).tolist()
        return [self._rows(end - size, end) for end, size in zip(ends, sizes, strict=True)]

    def _rows(self, first: int, end: int) -> _Batch:
        def of(x: Any) -> Any:
            is_cut = bool(getattr(x, "shape", ())) and len(x) == len(self.inputs[0])
            return x[first:end] if is_cut else x

        return _Batch(tuple(map(of, self.inputs)), {name: of(x) for name, x in self.named.items()})

    def nothing(self) -> _Answer:
        return _Answer(0.0, np.zeros(self.inputs[0].shape))

    def counted(self, count: Callable[..., Any] | None) -> float:
        return float(self.inputs[0].shape[0] if count is None else count(*self.inputs, **self.named))


def _answers(
    loss: Callable[..., Any], parts: list[_Batch], count: Callable[..., Any] | None
) -> tuple[list[_Answer], np.ndarray]:
    """That of each part, and what it counts; a part that counts nothing is not asked."""
    counts = np.array([part.counted(count) for part in parts])
    return [
        _Answer(*value_and_gradient(loss, part.inputs, part.named)) if counted else part.nothing()
        for part, counted in zip(parts, counts, strict=True)
    ], counts


def _accumulated(answers: list[_Answer], shares: np.ndarray) -> _Answer:
    pairs = list(zip(answers, shares, strict=True))
    value = float(sum(share * answer.value for answer, share in pairs))
    return _Answer(value, np.concatenate([share * answer.gradient for answer, share in pairs]))


def _uneven(rows: int) -> list[int]:
    """One row, and the others in two halves; empty ones left out."""
    return [size for size in (1, rows // 2, rows - 1 - rows // 2) if size]


def _norm(x: np.ndarray) -> float:
    return float(np.sqrt(np.sum(x * x)))
