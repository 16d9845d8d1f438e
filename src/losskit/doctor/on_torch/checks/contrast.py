"""LK911: a positive and its negatives as the scores of a cross-entropy, with a temperature on one part only."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from losskit.doctor.finding import Finding, finding
from losskit.doctor.on_torch.call import CROSS_ENTROPIES, Call
from losskit.doctor.on_torch.checks.registry import looks_at
from losskit.doctor.on_torch.origin import Node, inputs, look_through, operation

_SIMILARITIES = frozenset({"Mm", "Bmm", "Sum", "CosineSimilarity"})


@looks_at(*CROSS_ENTROPIES)
def temperature_on_a_part(call: Call) -> Iterator[Finding]:
    """Only where the positive stands at one and the same place in every row, beside its negatives."""
    node = call.pred.grad_fn
    if node is None or operation(node) != "Cat" or not call.counts_ids or call.target.unique().numel() != 1:
        return
    parts = [look_through(part) for part in inputs(node)]
    scales = [_scale(part) for part in parts]
    plain = [_is_similarity(part) for part in parts]
    factor = next((scale for scale in scales if scale is not None), None)
    if factor is None or not any(plain):
        return
    if all(is_plain or scale is not None for is_plain, scale in zip(plain, scales, strict=True)):
        yield finding(
            "LK911",
            f"{plain.count(True)} of the {len(parts)} parts of the scores are similarities as they are, others are "
            f"multiplied by {factor:.3g}: positives and negatives compete on different scales.",
            {"parts": len(parts), "without a temperature": plain.count(True), "factor": factor},
        )


def _is_similarity(node: Node | None) -> bool:
    return node is not None and operation(node) in _SIMILARITIES


def _scale(node: Node | None) -> float | None:
    """The number that a similarity was multiplied or divided by."""
    if node is None or operation(node) not in ("Mul", "Div") or not _is_similarity(look_through(inputs(node)[0])):
        return None
    other = node._saved_other
    if not isinstance(other, torch.Tensor) or other.numel() != 1 or other.item() == 0:
        return None
    return 1 / other.item() if operation(node) == "Div" else other.item()
