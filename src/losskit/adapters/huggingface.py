"""A loss for Hugging Face's Trainer."""

from __future__ import annotations

from typing import Any

from losskit.adapters.refusals import check_kind, check_served, is_rowwise
from losskit.errors import InvalidInput, InvalidType, require

require("torch", "huggingface")

import torch  # noqa: E402

_IGNORED = -100  # what the Trainer leaves out when it counts labels


class TrainerLoss:
    """What `to_huggingface` returns; the Trainer calls it with its model's outputs and the labels."""

    def __init__(self, loss: Any, shift_labels: bool | None = None):
        self.loss = loss
        self.shift_labels = shift_labels
        self._over_classes = is_rowwise(loss)

    def __call__(
        self, outputs: Any, labels: torch.Tensor, num_items_in_batch: torch.Tensor | int | None = None
    ) -> torch.Tensor:
        logits = _logits(outputs)
        self._check_shift(outputs)
        labels = labels.to(logits.device)
        if self.shift_labels:  # the score at one place predicts the label at the next
            labels = torch.nn.functional.pad(labels, (0, 1), value=_IGNORED)[..., 1:]
        elif not self._over_classes and logits.ndim == labels.ndim + 1 and logits.shape[-1] == 1:
            logits = logits[..., 0]
        if num_items_in_batch is None:
            return self.loss(logits, labels)
        # Under DataParallel the count comes once for each device, and the Trainer multiplies or has divided by them.
        count = torch.as_tensor(num_items_in_batch, device=logits.device).sum()
        return self.loss(logits, labels, normalizer=count.clamp(min=1))

    def _check_shift(self, outputs: Any) -> None:
        if self.shift_labels is None and type(outputs).__name__.startswith("CausalLM"):
            raise InvalidInput(
                "the model predicts the next token, and nothing says whether labels are shifted by one",
                "to_huggingface(loss, shift_labels=True) where labels are the input ids, False where they are ahead",
            )

    def __repr__(self) -> str:
        shift = "" if self.shift_labels is None else f", shift_labels={self.shift_labels}"
        return f"to_huggingface({self.loss!r}{shift})"


def _logits(outputs: Any) -> torch.Tensor:
    """The scores among a model's outputs: the entry `logits`, or the first of a tuple, as labels were not given."""
    if isinstance(outputs, dict) and "logits" in outputs:
        return outputs["logits"]
    if isinstance(outputs, (tuple, list)):
        return outputs[0]
    got = f"a mapping with {', '.join(outputs)}" if isinstance(outputs, dict) else type(outputs).__name__
    raise InvalidType(f"outputs must hold logits or be a tuple that starts with them, got {got}", "return them so")


def to_huggingface(loss: Any, shift_labels: bool | None = None) -> TrainerLoss:
    """The loss as `transformers.Trainer(compute_loss_func=...)`, called with `(outputs, labels, num_items_in_batch)`.

    outputs: the model's, a mapping with "logits" or a tuple that starts with them: raw scores, the class axis last,
        (N, K) or (N, T, K); any other loss takes the labels' shape, or that with a last axis of 1.
    labels: ids (N) or (N, T), -100 where there is none, or numbers.
    shift_labels: True for causal language models, whose labels are the input ids: each score is judged by the next
        label. Such a model refuses to train until it is said.

    The value is the sum over `num_items_in_batch`, the Trainer's count of labels other than -100 in all batches of
    one step: the gradient is that of the whole step, however unevenly labels fall on batches. So `class_weight` does
    not enter the divisor here. Without the count it is the mean.
    The Trainer's optimiser sees the model's parameters only: none of the loss is learned.
    Raises NotSupported for a loss that cannot be trained or takes other inputs, InvalidInput for another
    `ignore_index` than -100 or a shift without classes.
    """
    check_served(loss, "to_huggingface")
    check_kind(loss, "to_huggingface", ("pointwise", "rowwise"), "the Trainer counts single labels")
    for _, part in loss._terms():
        if part.params.get("ignore_index", _IGNORED) != _IGNORED:
            raise InvalidInput(
                f"{part!r}: the Trainer counts every label but {_IGNORED}", f"mark what to leave out with {_IGNORED}"
            )
    if shift_labels and not is_rowwise(loss):
        raise InvalidInput(f"{loss!r} is not a loss over classes: no label can be shifted", "leave out shift_labels")
    return TrainerLoss(loss, shift_labels)
