"""The least value that a loss can have."""

from __future__ import annotations

from typing import Any

from losskit.core.loss import Loss
from losskit.core.terms import WeightedSum

# PyTorch's modules whose loss is never below 0; not the Poisson and Gaussian likelihoods, which are densities.
_AT_LEAST_ZERO = (
    *(
        "CrossEntropyLoss",
        "NLLLoss",
        "BCELoss",
        "BCEWithLogitsLoss",
        "CTCLoss",
        "KLDivLoss",
        "MultiLabelSoftMarginLoss",
    ),
    *("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "SoftMarginLoss", "HingeEmbeddingLoss", "MarginRankingLoss"),
    *("CosineEmbeddingLoss", "TripletMarginLoss", "MultiMarginLoss", "MultiLabelMarginLoss"),
)
_OF_CLASSES = ("Logit", "Logits")


def least_value(loss: Any) -> float | None:
    """0 for a loss that is known never to be negative; None where nothing is known."""
    loss = getattr(loss, "loss", loss)  # an adapter's
    if isinstance(loss, WeightedSum):
        known = all(factor >= 0 and least_value(part) == 0 for factor, part in loss.parts)
        return 0.0 if known else None
    if isinstance(loss, Loss):
        definition = loss.definition
        of_classes = definition.claims.get("proper") and definition.inputs[definition.lead].name in _OF_CLASSES
        return 0.0 if definition.claims.get("zero_at_target") or of_classes else None
    of_torch = type(loss).__module__ == "torch.nn.modules.loss"
    return 0.0 if of_torch and type(loss).__name__ in _AT_LEAST_ZERO else None
