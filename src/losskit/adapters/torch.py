"""A loss as a PyTorch module."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from losskit.adapters.torch_loss import TorchLoss


def to_torch(loss: Any, reduction: str = "mean", learn: str | Iterable[str] = ()) -> TorchLoss:
    """The loss as an `nn.Module`, called with `(input, target)` as PyTorch's own losses are.

    input: raw scores. Losses over classes take (C), (N, C) or (N, C, d1, ...), the class axis second as in
        `torch.nn.CrossEntropyLoss`, those over pictures (N, C, H, W); every other loss takes what it declares.
    target: input's shape; over classes ids (N, d1, ...), or soft labels in input's shape.
    Other inputs of a loss go by keyword, `criterion(input, target, log_variance=v)`; those of a loss without a target
        (anchor, positive, negative) in the order it declares. Gradients reach every input that requires them.
    weight, where: by keyword in the call, one number or boolean for each item: (N, d1, ...) over classes, else
        input's shape.
    normalizer: by keyword, for the mean: the sum is divided by it instead (see below).
    reduction: "mean" (Σ weight·each / Σ weight), "sum" or "none".
    learn: names of parameters of the loss to learn. Each becomes a parameter of the module without bounds
        (`raw_huber_delta`) that is read inside its declared range, exp from one bound and a sigmoid between two, so
        no step leaves it; `criterion.learned` gives the values. A `torch.nn.Parameter` given to the loss itself,
        `lk.huber(delta=parameter)`, is learned as it is, unbounded.

    Learn a parameter only where the loss has a normaliser, as the log(scale) of a Gaussian or Laplace likelihood:
    under a plain loss a delta or scale runs away to 0 or infinity, where the loss is least.

    With gradient accumulation or DistributedDataParallel batches hold unequal numbers of items, and the mean of
    their means is not the mean. Divide by the number of all:

        n = sum(criterion.divisor(input, target, where=m) for input, target, m in micro_batches)
        torch.distributed.all_reduce(n)  # with several processes, whose gradients DDP averages:
        criterion(input, target, where=m, normalizer=n / world_size).backward()

    Under autocast, and for halves anywhere, the arithmetic and the scalar are float32; "none" gives halves back.
    The module runs under `torch.compile(fullgraph=True)` and `torch.export` (with strict=True, which loses NumPy
    constants, only where no parameter of the loss is an array).
    Where the raw score is not yet the prediction (binary_cross_entropy, poisson ...) apply `criterion.link(raw)`.
    Raises InvalidInput for an unknown reduction or a parameter that cannot be learned, UnknownName for one that does
    not exist, NotSupported for a loss that cannot be trained.
    """
    return TorchLoss(loss, reduction, learn)
