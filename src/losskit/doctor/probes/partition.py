"""LK404 and LK407: the loss of a batch against those of its parts."""

from __future__ import annotations

import math

import torch

from losskit.doctor.finding import finding
from losskit.doctor.probes.probe import Outcome, probe
from losskit.doctor.probes.subject import Subject

_PARTS = 4
_FAR = 0.05


@probe("micro-batches", "10 evaluations")
def micro_batches(subject: Subject) -> Outcome | None:
    """The gradient of the batch against that accumulated over parts, each part's mean counting the same."""
    n = len(subject.pred) // _PARTS
    if n < 1:
        return None
    whole, parts = _gradients(subject, [n] * _PARTS)
    short_whole, short_parts = _gradients(subject, [n] * (_PARTS - 1) + [max(1, n // 2)])
    accumulated = torch.cat(parts) / _PARTS
    error = _error(accumulated, whole)
    seen = {
        "relative error": error,
        "cosine": torch.cosine_similarity(accumulated.flatten(), whole.flatten(), dim=0).item(),
        "with a short last part": _error(torch.cat(short_parts) / _PARTS, short_whole),
    }
    kept = [_kept(subject, part) for part in whole.split(n)]
    if error < _FAR or not _follows(whole, parts, kept, n):
        return Outcome(seen)
    counts = [int(count) for count in kept]
    message = (
        f"micro-batches of equal size hold {min(counts)} to {max(counts)} targets that count: the mean of their means "
        f"has another gradient than the whole batch, with a relative error of {error:.2g}."
    )
    return Outcome(seen, [finding("LK404", message, {**seen, "targets that count": counts})])


@probe("twice the batch", "2 evaluations")
def twice_the_batch(subject: Subject) -> Outcome | None:
    """A mean stays as it is, a sum doubles."""
    pred, target = subject.pred, subject.target
    once, doubled = subject.value(pred), subject.value(torch.cat([pred, pred]), torch.cat([target, target]))
    seen = {"loss": once, "of the batch twice": doubled}
    if not once or not math.isfinite(once) or not math.isclose(doubled, 2 * once, rel_tol=1e-4):
        return Outcome(seen)
    message = f"the loss is a sum over the batch: {once:.4g}, and {doubled:.4g} for the batch twice."
    return Outcome(seen, [finding("LK407", message, {**seen, "samples": len(pred)})])


def _gradients(subject: Subject, sizes: list[int]) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The gradient of the first samples in their predictions, whole and of parts of these sizes."""
    pred, target = subject.pred[: sum(sizes)], subject.target[: sum(sizes)]
    parts = [subject.gradient(p, t)[1] for p, t in zip(pred.split(sizes), target.split(sizes), strict=True)]
    return subject.gradient(pred, target)[1], parts


def _error(found: torch.Tensor, true: torch.Tensor) -> float:
    return ((found - true).norm() / true.norm().clamp(min=1e-30)).item()


def _kept(subject: Subject, gradient: torch.Tensor) -> float:
    """How many targets have a gradient."""
    axis = subject.class_axis
    return float((gradient.movedim(axis, -1).ne(0).any(-1) if axis is not None else gradient.ne(0)).sum())


def _follows(whole: torch.Tensor, parts: list[torch.Tensor], kept: list[float], n: int) -> bool:
    """Whether each part is off by its count alone: then it is the divisor, and not a loss that couples samples."""
    total = sum(kept)
    for mine, part, count in zip(whole.split(n), parts, kept, strict=True):
        if count and _error(part * count / total, mine) > 1e-3:
            return False
    return min(kept) < max(kept)
