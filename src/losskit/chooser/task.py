"""What a target asks for: regression, two classes or several; with the reason, and the target encoded for training."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from losskit.chooser.wording import counted
from losskit.errors import InvalidInput, UnknownName

KINDS = ("regression", "binary", "multiclass")
FEW_VALUES = 10
POSITIVE = {"yes", "y", "true", "t", "positive", "pos"}
NEGATIVE = {"no", "n", "false", "f", "0", "negative", "neg", "-1"}


@dataclass(frozen=True)
class Task:
    """The kind of task, why, and the encoded target.

    kind:    "regression", "binary" or "multiclass"
    reason:  why, in a few words ("float values, 412 distinct"), with the way to overrule it where it was a guess
    y:       (n,) float64 values for regression; int64 class ids otherwise (binary: 1 is the positive class)
    classes: the original labels, `classes[id]`; None for regression
    """

    kind: str
    reason: str
    y: np.ndarray
    classes: tuple[Hashable, ...] | None = None

    @property
    def positive(self) -> Hashable | None:
        """The label of class 1 of a binary task."""
        return self.classes[1] if self.kind == "binary" and self.classes else None

    @property
    def sentence(self) -> str:
        """The task in one sentence, for the report."""
        named = {"regression": "Regression", "binary": "Two classes"}.get(self.kind)
        named = named or f"{len(self.classes or ())} classes"
        also = f"; the positive class is {self.positive!r}" if self.kind == "binary" else ""
        return f"{named}: {self.reason}{also}."


def detect_task(
    target: np.ndarray, task: str | None = None, *, folds: int = 5, judged: tuple[str, ...] = KINDS
) -> Task:
    """Tell what kind of task the target is, or hold it to `task`.

    target: (n,) numbers, bools or labels, nothing missing; strings that all read as numbers count as numbers
    task:   "regression", "binary" or "multiclass" to overrule the detection
    folds:  each class needs at least this many rows
    judged: the kinds that the metric is for; a guess among whole numbers keeps to them

    Raises InvalidInput or UnknownName, with a remedy.
    """
    if task is not None and task not in KINDS:
        raise UnknownName("task", task, KINDS)
    target = np.asarray(target)
    if target.ndim != 1:
        raise InvalidInput(
            f"the target must have 1 dimension, got shape {target.shape}", "Use y.ravel() or one column."
        )
    if target.dtype.kind in "mM":
        raise InvalidInput("the target holds dates", "Turn it into a number, such as days since a fixed date.")
    numbers = _as_numbers(target)
    kind, reason, other = _decide(target, numbers, folds)
    if task is None and numbers is None and judged == ("regression",) and len(set(map(str, target))) > FEW_VALUES:
        kind = "regression"  # many labels under a metric of numbers: numbers that do not all read as such
    if task is not None and task != kind:
        kind, reason = task, f"as asked, for {reason}"
    elif task is None and other in judged and kind not in judged:
        kind, reason = other, f"{reason}, and the metric is for {'regression' if other == 'regression' else 'classes'}"
    elif task is None and other is not None:
        reason += f"; --task {other} overrules this"
    if kind == "regression":
        return Task(kind, reason, _regression_values(target, numbers))
    return _encode_classes(target if numbers is None else numbers, kind, reason, folds)


def _as_numbers(target: np.ndarray) -> np.ndarray | None:
    """The target as float64, or None where it is bools or text."""
    if target.dtype.kind in "iuf":
        values = target.astype(np.float64)
    elif target.dtype.kind == "b" or any(isinstance(value, bool) for value in target):
        return None
    else:
        try:
            values = np.array([float(value) for value in target])
        except (TypeError, ValueError):
            return None
    if not np.isfinite(values).all():
        raise InvalidInput(
            f"{(~np.isfinite(values)).sum()} of {len(values)} targets are missing or infinite",
            "Leave these rows out with --drop-missing-target (drop_missing_target=True).",
        )
    return values


def _decide(target: np.ndarray, numbers: np.ndarray | None, folds: int) -> tuple[str, str, str | None]:
    """(kind, reason, what else it may well be: None where it is clear)."""
    if numbers is None:
        distinct = len({str(value) for value in target})
        word = "true or false" if target.dtype.kind == "b" else f"labels, {distinct} distinct"
        return "binary" if distinct == 2 else "multiclass", word, None
    values, counts = np.unique(numbers, return_counts=True)
    whole = bool(np.all(values == np.round(values)))
    described = f"{'whole numbers' if whole else 'float values'}, {len(values)} distinct"
    if len(values) == 2:
        return "binary", described, None
    if not whole or len(values) > FEW_VALUES:
        return "regression", described, None
    rarest = counted(counts.min(), "row")
    if counts.min() < max(2 * folds, 0.01 * len(numbers)):
        return "regression", f"{described}, some in {rarest} only, as counts and ratings have", "multiclass"
    return "multiclass", f"{described}, each in {rarest} or more", "regression"


def _regression_values(target: np.ndarray, numbers: np.ndarray | None) -> np.ndarray:
    if numbers is not None:
        return numbers
    if target.dtype.kind == "b":
        return target.astype(np.float64)
    words = [value for value in target if not _reads_as_number(value)]
    some = ", ".join(repr(word) for word in dict.fromkeys(map(str, words[:100])))[:60]
    raise InvalidInput(
        f"regression needs numbers; {len(words)} of {len(target)} targets are not: {some}",
        "Write them as plain numbers (1234.5: no thousands separator, no unit), or use --task multiclass.",
    )


def _reads_as_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _encode_classes(target: np.ndarray, kind: str, reason: str, folds: int) -> Task:
    labels = [_label(value) for value in target]
    if len({type(label) for label in labels}) > 1:
        labels = [str(label) for label in labels]
    classes = sorted(set(labels))
    _check_classes(classes, labels, kind, folds)
    if kind == "binary":
        classes = _negative_first(classes, labels)
    ids = {label: index for index, label in enumerate(classes)}
    return Task(kind, reason, np.array([ids[label] for label in labels], dtype=np.int64), tuple(classes))


def _label(value: Any) -> Any:
    """A plain Python label: 1.0 and "1.0" read from a column with gaps are the class 1."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | float | np.number):
        return int(value) if float(value).is_integer() else float(value)
    return str(value).strip()


def _check_classes(classes: list[Any], labels: list[Any], kind: str, folds: int) -> None:
    if len(classes) == 1:
        raise InvalidInput(f"the target has one class only, {classes[0]!r}", "Check --target.")
    if kind == "binary" and len(classes) != 2:
        raise InvalidInput(f"binary needs 2 classes; the target has {len(classes)}", "Use --task multiclass.")
    if len(classes) > max(20, min(1000, len(labels) // 20)):
        text = isinstance(classes[0], str)
        words = ", ".join(map(repr, classes[:3]))
        raise InvalidInput(
            f"{len(classes)} distinct values in {len(labels)} rows are too many for classes: {words} ...",
            "Write them as plain numbers, or merge them into fewer classes." if text else "Use --task regression.",
        )
    counts = dict.fromkeys(classes, 0)
    for label in labels:
        counts[label] += 1
    rarest = min(classes, key=lambda label: counts[label])
    if counts[rarest] < folds:
        smaller = f", or use --folds {counts[rarest]}" if counts[rarest] >= 2 else ""
        raise InvalidInput(
            f"class {rarest!r} has {counted(counts[rarest], 'row')}, fewer than the {folds} folds",
            f"Merge or leave out that class{smaller}.",
        )


def _negative_first(classes: list[Any], labels: list[Any]) -> list[Any]:
    """The two labels with the positive one last: the one that reads like yes, else not like no, else of two words the
    rarer (what is looked for is rare: fraud, a failure), else the larger."""
    words = [str(label).strip().lower() for label in classes]
    affirmed = [word in POSITIVE for word in words]
    denied = [word in NEGATIVE for word in words]
    first_is_positive = affirmed == [True, False] or (affirmed[0] == affirmed[1] and denied == [False, True])
    if affirmed[0] == affirmed[1] and denied[0] == denied[1] and isinstance(classes[0], str):
        first_is_positive = labels.count(classes[0]) < labels.count(classes[1])
    return classes[::-1] if first_is_positive else classes
