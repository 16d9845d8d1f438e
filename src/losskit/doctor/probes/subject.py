"""Copies of a model, its loss and one batch, to which probes may do anything."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import torch

from losskit.doctor.on_torch.call import Call
from losskit.doctor.probes.calls import calls_of
from losskit.errors import InvalidInput


class Evaluation(NamedTuple):
    """The loss of the prediction `leaf`, and the named losses that it called."""

    leaf: torch.Tensor
    total: torch.Tensor
    calls: list[Call]


class Subject:
    """What is examined. `pred` is what the model gives in evaluation mode, without a graph.

    `optimized` holds the ids of the parameters that the optimizer has, None where none was given; `fresh` is whether
    it has not stepped yet.
    """

    def __init__(self, model: torch.nn.Module, loss: Callable[..., Any], batch: Any, optimizer: Any):
        memo: dict[int, Any] = {}
        try:
            self.model, self.loss = copy.deepcopy((model, loss), memo)
        except (RuntimeError, TypeError) as error:
            raise InvalidInput(f"cannot copy the model or its loss: {error}", "keep no graph on either") from None
        inputs, target = batch
        self.inputs, self.target = _cloned(inputs), _cloned(target)
        self.optimized: set[int] | None = None
        self.fresh = True
        self._generator = torch.Generator().manual_seed(0)
        if optimizer is not None:
            held = [x for group in optimizer.param_groups for x in group["params"]]
            self.optimized = {id(x) for x in held} | {id(memo.get(id(x), x)) for x in held}
            self.fresh = not optimizer.state

    def predict(self, inputs: Any = None, model: torch.nn.Module | None = None) -> Any:
        """What the copied model, or another, gives for `inputs`, by default those of the batch."""
        inputs = self.inputs if inputs is None else inputs
        model = self.model if model is None else model
        if isinstance(inputs, Mapping):
            return model(**inputs)
        return model(*inputs) if isinstance(inputs, tuple) else model(inputs)

    def evaluate(self, inputs: Any = None) -> Any:
        """The same in evaluation mode, without a graph."""
        training = [module for module in self.model.modules() if module.training]
        self.model.eval()
        with torch.no_grad():
            pred = self.predict(inputs)
        for module in training:
            module.training = True
        return pred

    @cached_property
    def pred(self) -> Any:
        return self.evaluate()

    def twin(self) -> tuple[torch.nn.Module, Callable[..., Any]]:
        """Copies of model and loss that may be trained."""
        return copy.deepcopy((self.model, self.loss))

    @property
    def is_plain(self) -> bool:
        """One tensor against one tensor, a row for each of two samples or more: what the probes understand."""
        pred, target = self.pred, self.target
        tensors = isinstance(pred, torch.Tensor) and isinstance(target, torch.Tensor)
        return tensors and pred.is_floating_point() and min(pred.ndim, target.ndim) > 0 and len(pred) == len(target) > 1

    @property
    def is_steady(self) -> bool:
        """Whether the loss draws no random numbers and keeps no state."""
        first, second = self.value(self.pred), self.value(self.pred)
        return first == second or first != first

    @property
    def is_regression(self) -> bool:
        """Numbers against numbers of one shape, that are not all 0 and 1."""
        target = self.target
        alike = self.pred.shape == target.shape and target.is_floating_point()
        return alike and bool(((target != 0) & (target != 1)).any())

    @cached_property
    def is_residual(self) -> bool:
        """Whether the loss compares numbers by their difference: it stays as it is when both move together."""
        if not self.is_regression:
            return False
        moved = self.value(self.pred + 4, self.target + 4)
        return math.isclose(self.value(self.pred), moved, rel_tol=1e-3)

    @cached_property
    def class_axis(self) -> int | None:
        """Which axis of `pred` holds scores of classes that the targets are ids of."""
        pred, target = self.pred, self.target
        if target.is_floating_point() or target.dtype is torch.bool or pred.ndim != target.ndim + 1:
            return None
        axes = [axis for axis in dict.fromkeys((1, pred.ndim - 1)) if _without(pred.shape, axis) == target.shape]
        kept = target[target >= 0]
        fitting = [axis for axis in axes if pred.shape[axis] > 1 and (kept < pred.shape[axis]).all()]
        return fitting[0] if len(fitting) == 1 else None

    def value(self, pred: torch.Tensor, target: Any = None) -> float:
        """The loss as a number."""
        with torch.no_grad():
            return float(self.loss(pred, self.target if target is None else target))

    def gradient(self, pred: torch.Tensor, target: Any = None) -> tuple[float, torch.Tensor]:
        """The loss and its gradient in the prediction; no other gradient is touched."""
        leaf = pred.detach().clone().requires_grad_()
        value = self.loss(leaf, self.target if target is None else target)
        found = torch.autograd.grad(value, leaf, allow_unused=True)[0] if value.requires_grad else None
        return float(value.detach()), torch.zeros_like(leaf) if found is None else found

    @cached_property
    def evaluation(self) -> Evaluation:
        """One evaluation of the loss, with its graph."""
        leaf = self.pred.clone().requires_grad_()
        return Evaluation(leaf, *calls_of(lambda: self.loss(leaf, self.target)))

    @property
    def calls(self) -> list[Call]:
        return self.evaluation.calls

    def random(self) -> torch.Tensor:
        """Predictions drawn anew, in the shape of the model's."""
        return torch.randn(self.pred.shape, generator=self._generator).to(self.pred)


def _cloned(value: Any) -> Any:
    """A copy of nested tensors."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, Mapping):
        return {key: _cloned(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [*map(_cloned, value)] if isinstance(value, list) else tuple(map(_cloned, value))
    return copy.deepcopy(value)


def _without(shape: torch.Size, axis: int) -> torch.Size:
    return torch.Size([*shape[:axis], *shape[axis + 1 :]])
