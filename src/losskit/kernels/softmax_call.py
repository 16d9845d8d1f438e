"""A call of a softmax loss on NumPy arrays: its rows in parts, each on one thread, and the sum of what they give."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from losskit.core.acceleration import Request
from losskit.core.checks import check_arrays
from losskit.core.loss import Loss
from losskit.kernels import is_large, pool
from losskit.kernels.softmax_narrow import MOST_CLASSES
from losskit.kernels.softmax_source import NUMBERS, Kernel, Variant, find


class Member(NamedTuple):
    """Which functions of the kernels a loss is made of, and which of its parameters they take."""

    of_class: str | None = None
    of_label: str | None = None
    number: str | None = None
    factor: str | None = None  # a factor for each class that stays out of the divisor
    form: str | None = None  # of the rows, where ids and soft labels have one

    def function(self, labels: str | None) -> str | None:
        """For soft labels of that dtype, or for ids; None where the definition is to run."""
        return self.of_class if labels is None else self.of_label

    def variant(self, loss: Loss, labels: str | None, few: bool, stored: str, gradient: bool) -> Variant:
        """The kernel for such a call; `few` says that rows are short."""
        function = self.function(labels)
        assert function is not None
        form = self.form or ("of_labels" if labels is not None else "of_few_classes" if few else "of_ids")
        factor = any(loss.params.get(name) is not None for name in ("class_weight", self.factor) if name is not None)
        return Variant(loss.name, function, labels, stored, gradient, factor, form)


_FAMILY = {
    ("losskit.catalogue.classification", "cross_entropy"): Member("cross_entropy", "nothing"),
    ("losskit.catalogue.classification", "distillation"): Member(
        None, "of_teachers", "temperature", form="of_teachers"
    ),
    ("losskit.catalogue.classification", "poly1"): Member("poly1", number="epsilon"),
    ("losskit.catalogue.classification", "multiclass_brier"): Member(
        "multiclass_brier", "multiclass_brier", form="of_differences"
    ),
    ("losskit.catalogue.divergence", "js_divergence"): Member(
        "js_divergence", "js_divergence", number="beta", form="of_differences"
    ),
    ("losskit.catalogue.divergence", "kl_div_logits"): Member("cross_entropy", "information"),
    ("losskit.catalogue.imbalance", "softmax_focal"): Member("softmax_focal", number="gamma", factor="alpha"),
}
WORKING = {"float32": "float32", "float64": "float64", "int16": "float32", "uint16": "float32"}
_ONE, _TRUE = np.ones(1), np.ones(1, bool)
_PART = 1 << 18  # entries that a thread takes at a time, in whole rows


def member(loss: Loss) -> Member | None:
    return _FAMILY.get((loss.definition.module, loss.name))


class Answer(NamedTuple):
    value: float
    each: np.ndarray | None  # if it was asked for
    good: bool  # every id is a class and, if looked at, every number lies in its domain


class Rows(NamedTuple):
    """Rows in memory without gaps inside: each begins `step` entries after the one before."""

    flat: np.ndarray
    step: int

    def part(self, at: slice, length: int) -> np.ndarray:
        return self.flat[at.start * self.step : (at.stop - 1) * self.step + length]


def compute(request: Request, soft: bool, stored: str, checked: bool, out: np.ndarray | None) -> Answer | None:
    """The call on arrays that hold `stored`; the gradient goes to `out`. None where the definition is to run."""
    own = member(request.loss)
    if own is None:
        return None
    soft = soft or request.loss.definition.class_input is None
    if own.function(stored if soft else None) is None:
        return None
    job = _Job(request, own, soft, stored, checked)
    labels = str(job.target.dtype) if soft else None
    variant = own.variant(request.loss, labels, job.classes <= MOST_CLASSES, stored, out is not None)
    kernel = find(variant, is_large(job.pred))
    if kernel is None:
        return None
    if checked and not job.weighs_well():
        return Answer(0.0, None, False)
    if out is None or job.may_write(out):
        return job.run(kernel, variant, out)
    gradient = np.empty(out.shape, out.dtype)
    answer = job.run(kernel, variant, gradient)
    if answer is not None and answer.good:
        np.copyto(out, gradient)
    return answer


class _Job:
    """What a kernel takes beside scores and gradient, and what its sum is divided by."""

    def __init__(self, request: Request, own: Member, soft: bool, stored: str, checked: bool):
        self.request, self.loss, self.soft, self.stored, self.checked = request, request.loss, soft, stored, checked
        self.own, self.working = own, WORKING[stored]
        self.pred, target = request.inputs
        self.rows, self.classes = self.pred.size // self.pred.shape[-1], self.pred.shape[-1]
        check_arrays(self.loss.definition, self.loss.params, self.pred.shape)
        self.class_weight = self._of_classes("class_weight")
        self.factor = self.class_weight
        if own.factor is not None and self.loss.params[own.factor] is not None:
            alpha = self._of_classes(own.factor)
            self.factor = alpha if self.factor is None else self.factor * alpha
        if soft:
            self.target = target if target.dtype in (stored, self.working) else target.astype(self.working)
        else:
            self.target = np.ascontiguousarray(target, np.int64)
        self.kept = self._kept()
        weight = request.weight
        self.weight = None if weight is None else np.asarray(weight, self.working).astype(float).reshape(-1)

    def _of_classes(self, name: str) -> Any:
        value = self.loss.params.get(name)
        return None if value is None else np.full(self.classes, value, self.working)

    def _kept(self) -> np.ndarray | None:
        """Which rows count; None where all do."""
        kept = None if self.request.where is None else np.ascontiguousarray(self.request.where).reshape(-1)
        ignored = None if self.soft else self.loss.params["ignore_index"]
        if ignored is not None:
            there = self.target.reshape(-1) != ignored
            if not there.all():
                kept = there if kept is None else kept & there
        return kept

    def weighs_well(self) -> bool:
        """Whether every weight that counts is a finite number >= 0."""
        if self.weight is None:
            return True
        weight = self.weight if self.kept is None else self.weight[self.kept]
        return bool(((weight >= 0) & (weight < np.inf)).all())

    def divisor(self) -> float:
        """What the sum is divided by: 1 where nothing is left to average."""
        if self.request.wanted in ("each", "each_and_gradient", "gradient"):
            return 1.0
        if self.request.normalizer is not None:
            return float(self.request.normalizer)
        by_class = self.class_weight is not None and not self.soft
        if not by_class and self.weight is None:
            return float(max(self.rows if self.kept is None else np.count_nonzero(self.kept), 1))
        share = np.ones(self.rows) if self.weight is None else self.weight
        if by_class:
            ids = self.target.reshape(-1)
            share = share * self.class_weight[np.where((ids >= 0) & (ids < self.classes), ids, 0)]
        total = float(np.sum(share if self.kept is None else np.where(self.kept, share, 0.0)))
        return total if total > 0 else 1.0

    def may_write(self, out: np.ndarray) -> bool:
        """Whether `out` has rows without gaps inside, in pred's own memory or in none of the inputs'."""
        if _step(out) is None or any(
            np.may_share_memory(out, x) for x in (self.target, self.request.where) if x is not None
        ):
            return False
        same = out.ctypes.data == self.pred.ctypes.data and out.strides == self.pred.strides
        return same or not np.may_share_memory(out, self.pred)

    def run(self, kernel: Kernel, variant: Variant, out: np.ndarray | None) -> Answer | None:
        """The kernel over parts of whole rows, cut by the shape alone; each thread sums what its part gives."""
        classes, divisor = self.classes, self.divisor()
        scale = 1.0 / divisor if divisor else np.inf
        if not np.isfinite(scale):
            return None
        scores, gradient = _rows(self.pred), None if out is None else _rows(out)
        labels = _rows(self.target) if self.soft else Rows(self.target.reshape(-1), 1)
        step = max(1, _PART // classes)
        parts = -(-self.rows // step)
        totals, good = np.empty(parts), np.empty(parts, bool)
        wanted = np.empty(self.rows) if self.request.wanted.startswith("each") else None
        constant = self._constant(variant.form)

        def work(part: int) -> None:
            at = slice(part * step, min((part + 1) * step, self.rows))
            each = np.empty(at.stop - at.start) if wanted is None else wanted[at]
            target: tuple[Any, ...] = (labels.part(at, classes), labels.step) if self.soft else (labels.flat[at],)
            if not self.soft and variant.form == "of_differences":
                target = (*target, 1)
            weighted = *_some(self.weight, at, _ONE), *_some(self.kept, at, _TRUE)
            room = np.empty(variant.room(classes), self.working)
            to = (0,) if gradient is None else (gradient.part(at, classes), gradient.step)
            good[part] = kernel(
                len(each), classes, scores.part(at, classes), scores.step, *target, *constant, *weighted, scale,
                self.checked, room, each, *to,
            )  # fmt: skip
            totals[part] = np.sum(each if self.weight is None else each * self.weight[at])

        pool.run(work, parts)
        return Answer(float(totals.sum()) / divisor, wanted, bool(good.all()))

    def _constant(self, form: str) -> list[Any]:
        """The arguments that are the same for all rows, from the factors of classes to the parameters."""
        params, factor = self.loss.params, self.factor
        numbers = {
            "total_factor": self.classes if factor is None else np.sum(factor, dtype=float),
            "smoothing": params.get("label_smoothing", 0.0),
            "z_loss": params.get("z_loss", 0.0),
            "number": 0.0 if self.own.number is None else params[self.own.number],
        }
        return [*([] if factor is None else [factor]), *(float(numbers[name]) for name in NUMBERS[form])]


def _some(numbers: np.ndarray | None, at: slice, one: np.ndarray) -> tuple[np.ndarray, int]:
    """Numbers of a part of the rows and the step between them: one for all, or one for each."""
    return (one, 0) if numbers is None else (numbers[at], 1)


def _rows(x: np.ndarray) -> Rows:
    """The rows of an array along its last axis, in a copy where no one step leads from each to the next."""
    length, step = x.shape[-1], _step(x)
    if step is None:
        x, step = np.array(x, order="C"), length
    if x.flags.c_contiguous:
        return Rows(x.reshape(-1), length)
    return Rows(np.lib.stride_tricks.as_strided(x, ((len(x) - 1) * step + length,), (x.itemsize,)), step)


def _step(x: np.ndarray) -> int | None:
    """The entries from the start of a row to the next one's, if there is one such number and no gap inside rows."""
    if not x.flags.aligned:
        return None
    if x.flags.c_contiguous:
        return x.shape[-1]
    if x.ndim != 2 or x.strides[1] != x.itemsize or x.strides[0] < x.shape[1] * x.itemsize or x.strides[0] % x.itemsize:
        return None
    return x.strides[0] // x.itemsize
