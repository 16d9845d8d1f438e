"""A loss in Lightning: a module that trains any network with it, and a callback that logs what it is made of."""

from __future__ import annotations

from typing import Any

from losskit.adapters.refusals import check_trainable
from losskit.errors import InvalidInput, UnknownName, require

require("lightning", "lightning")

import lightning  # noqa: E402
import torch  # noqa: E402

from losskit.adapters.torch_loss import TorchLoss  # noqa: E402


class LossModule(lightning.LightningModule):
    """Trains `network` with `loss` on batches `(inputs, target)`, the scores being `network(inputs)`.

    network: any `nn.Module`.
    loss: a losskit loss, or what `lk.to_torch(loss, ...)` gives, whose learned parameters are trained too.
    optimizer: a name in `torch.optim`, with its `options` (lr=..., weight_decay=...); override `configure_optimizers`
        for schedules and groups.

    Logs "train_loss" and "val_loss", the mean over all items of the epoch, however uneven its batches are and
    whatever they ignore or weigh. `predict_step` takes batches with or without a target and gives predictions on
    the target's scale: probabilities where the loss has a link to them.
    The optimizer and its options are saved with a checkpoint; network and loss are given again:
    `LossModule.load_from_checkpoint(path, network=network, loss=loss)`.
    Raises UnknownName for an unknown optimizer, InvalidInput for a module with a reduction other than "mean".
    """

    def __init__(
        self, network: torch.nn.Module, loss: Any, optimizer: str = "Adam", **options: float | bool | tuple[float, ...]
    ):
        super().__init__()
        known = [name for name, value in vars(torch.optim).items() if isinstance(value, type) and name != "Optimizer"]
        if optimizer not in known:
            raise UnknownName("optimizer", optimizer, known, " of torch.optim")
        if not isinstance(loss, TorchLoss):
            check_trainable(loss, "LossModule")
            loss = TorchLoss(loss)
        if loss.reduction != "mean":
            raise InvalidInput(f"LossModule trains with a mean, got reduction={loss.reduction!r}", "leave it out")
        self.save_hyperparameters(ignore=["network", "loss"])
        self.network = network
        self.criterion = loss
        self._optimizer, self._options = optimizer, options

    def forward(self, inputs: Any) -> torch.Tensor:
        return self.network(inputs)

    def training_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
        return self._judged(batch, "train_loss")

    def validation_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
        return self._judged(batch, "val_loss")

    def predict_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
        inputs = batch[0] if isinstance(batch, (tuple, list)) else batch
        return self.criterion.link(self(inputs))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return getattr(torch.optim, self._optimizer)(self.parameters(), **self._options)

    def _judged(self, batch: Any, name: str) -> torch.Tensor:
        inputs, target = batch
        score = self(inputs)
        value = self.criterion(score, target)
        share: Any = self.criterion.divisor(score.detach(), target)  # Lightning weighs batches by it, whole or not
        self.log(name, value, on_step=False, on_epoch=True, prog_bar=True, batch_size=share)
        return value


class LossMonitor(lightning.Callback):
    """Logs what a loss is made of: for any LightningModule that holds a `lk.to_torch(...)` module.

    At each step that the trainer logs, under the attribute's name: the terms of a weighted sum with their factors
    ("criterion/huber", one more evaluation of the loss) and the values of learned parameters ("criterion/huber_delta").
    """

    def __init__(self) -> None:
        self._hooks: list[Any] = []

    def on_fit_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        self._hooks = [
            module.register_forward_hook(self._logs_terms(trainer, pl_module, name), with_kwargs=True)
            for name, module in _criteria(pl_module).items()
            if len(module.loss._terms()) > 1 and module.reduction != "none"
        ]

    def on_train_batch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, *rest: Any) -> None:
        for name, module in _criteria(pl_module).items():
            for parameter, value in module.learned.items():
                if value.numel() == 1:
                    pl_module.log(f"{name}/{parameter}", value.detach())

    def teardown(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, stage: str) -> None:
        for hook in self._hooks:
            hook.remove()

    def _logs_terms(self, trainer: Any, pl_module: lightning.LightningModule, name: str) -> Any:
        def log(module: TorchLoss, inputs: tuple[Any, ...], named: dict[str, Any], value: torch.Tensor) -> None:
            if trainer.training and (trainer.global_step + 1) % trainer.log_every_n_steps == 0:
                with torch.no_grad():
                    for term, part in module.terms(*inputs, **named).items():
                        pl_module.log(f"{name}/{term}", part)

        return log


def _criteria(pl_module: torch.nn.Module) -> dict[str, TorchLoss]:
    return {name: module for name, module in pl_module.named_modules() if isinstance(module, TorchLoss)}
