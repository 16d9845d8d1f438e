"""LK911: a contrastive loss whose temperature does not reach all scores."""

from __future__ import annotations

import math

import torch

from losskit.doctor.finding import finding
from losskit.doctor.probes.probe import Outcome, probe
from losskit.doctor.probes.subject import Subject

_LEAST = 8  # samples, before ln N says anything


@probe("equal embeddings", "2 evaluations")
def equal_embeddings(subject: Subject) -> Outcome | None:
    """All embeddings the same unit vector: every score is the same, and the loss ln N whatever the temperature.

    A loss is known to be contrastive by its growth with the batch, ln 2 for twice the samples.
    """
    pred, target = subject.pred, subject.target
    n = len(pred) // 2 * 2
    if pred.ndim != 2 or pred.shape[1] < 2 or target.shape != pred.shape or not target.is_floating_point():
        return None
    if n < _LEAST:
        return None
    same = torch.zeros_like(pred)
    same[:, 0] = 1.0
    whole, half = (subject.value(same[:k], same[:k].to(target)) for k in (n, n // 2))
    nearest = min(_closed_forms(n), key=lambda form: abs(form - whole))
    seen = {"loss": whole, "of half the batch": half, "ln N or alike": nearest}
    if not abs(whole - half - math.log(2)) < 0.2 or abs(whole - nearest) < 0.1:
        return Outcome(seen)
    message = (
        f"with {n} equal embeddings the loss is {whole:.4g}, not ln N = {math.log(n):.4g}: not all scores are divided "
        "by the temperature."
    )
    return Outcome(seen, [finding("LK911", message, seen)])


def _closed_forms(n: int) -> list[float]:
    """One positive among n; without it; two views of n, the sample itself left out; without its positive too."""
    return [math.log(k) for k in (n, n - 1, 2 * n, 2 * n - 1, 2 * n - 2)]
