"""A loss as a module: what every host built on PyTorch holds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from losskit.adapters.refusals import check_trainable, has_class_axis
from losskit.core import acceleration
from losskit.core.loss import Loss
from losskit.core.params import Param
from losskit.core.terms import WeightedSum
from losskit.errors import InvalidInput, InvalidType, NotSupported, UnknownName, require

require("torch", "torch")

import torch  # noqa: E402

from losskit.adapters.torch_parameters import from_range, into_range  # noqa: E402
from losskit.ops.torch_eager import is_seen_through  # noqa: E402
from losskit.ops.torch_kernels import KERNELS, Kernel  # noqa: E402

_REDUCTIONS = ("mean", "sum", "none")


class TorchLoss(torch.nn.Module):
    """What `to_torch` returns; parameters of the loss that are learned are parameters of this module."""

    def __init__(self, loss: Any, reduction: str = "mean", learn: str | Iterable[str] = ()):
        super().__init__()
        check_trainable(loss, "to_torch")
        if reduction not in _REDUCTIONS:
            raise InvalidInput(
                f"to_torch(reduction={reduction!r}): expected {', '.join(_REDUCTIONS)}", "the default is mean"
            )
        self.loss = loss
        self.reduction = reduction
        self._class_axis = has_class_axis(loss)
        self._names = names = tuple(loss._terms()[0][1].definition.inputs)
        self._order = (names[0], "target", *(n for n in names[1:] if n != "target")) if "target" in names else names
        self._learned: dict[tuple[str, str], tuple[str, Param | None]] = {}
        self._register(loss, {learn} if isinstance(learn, str) else set(learn))
        as_given = reduction == "mean" and self._order == names and not self._learned
        self._direct = len(names) if as_given else 0  # how many inputs go to the loss as they come
        # PyTorch's own operation, asked for here first: half the way to it
        plain = isinstance(loss, Loss) and self._direct == 2
        self._native = KERNELS.get((loss.definition.module, loss.name)) if plain else None

    def _register(self, loss: Any, learn: set[str]) -> None:
        """A parameter of this module for each that is learned: (term, its name) -> (attribute, range or None)."""
        known = {name for _, part in _named_terms(loss).values() for name in part.params}
        for name in sorted(learn - known):
            raise UnknownName("parameter", name, sorted(known), f" of {loss!r}")
        for term, (_, part) in _named_terms(loss).items():
            for name, value in part.params.items():
                if isinstance(value, torch.nn.Parameter):
                    self._learned[term, name] = f"{term}_{name}", None
                    self.register_parameter(f"{term}_{name}", value)
                elif name in learn:
                    param = part.definition.params[name]
                    raw = torch.nn.Parameter(from_range(part.name, name, param, value))
                    self._learned[term, name] = f"raw_{term}_{name}", param
                    self.register_parameter(f"raw_{term}_{name}", raw)

    @property
    def learned(self) -> dict[str, torch.Tensor]:
        """Each learned parameter of the loss by "term_parameter", inside its range, as it is now."""
        return {f"{term}_{name}": self._value(term, name) for term, name in self._learned}

    def _value(self, term: str, name: str) -> torch.Tensor:
        attribute, param = self._learned[term, name]
        value = getattr(self, attribute)
        return value if param is None else into_range(param, value)

    def _current(self) -> Any:
        """The loss with the learned parameters as they are now."""
        if not self._learned:
            return self.loss
        parts = []
        for term, (factor, part) in _named_terms(self.loss).items():
            own = {name: self._value(term, name) for t, name in self._learned if t == term}
            parts.append((factor, Loss(part.definition, {**part.params, **own}) if own else part))
        return WeightedSum(tuple(parts)) if isinstance(self.loss, WeightedSum) else parts[0][1]

    def forward(
        self,
        input: torch.Tensor,
        *others: torch.Tensor,
        weight: torch.Tensor | None = None,
        where: torch.Tensor | None = None,
        normalizer: torch.Tensor | float | None = None,
        **named: torch.Tensor,
    ) -> torch.Tensor:
        if 1 + len(others) == self._direct and not named and not (self._class_axis and input.ndim > 2):
            native = self._native
            if native is not None and weight is None and where is None and normalizer is None:
                found = self._natively(native, input, others[0])
                if found is not None:
                    return found
            return self.loss(input, *others, weight=weight, where=where, normalizer=normalizer)
        return self._reduced(self._current(), self._bind(input, others, named), weight, where, normalizer)

    def _natively(self, native: Kernel, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor | None:
        """What a plain call of the loss gives, without its way there; None where that is to be gone."""
        if type(input) is not torch.Tensor or type(target) is not torch.Tensor:
            return None
        # A compiler guards each step on the way. Large tensors go to kernels.
        if not torch.compiler.is_compiling() and (is_seen_through(input) or input.numel() >= acceleration.LARGE):
            return None
        return native(self.loss.params, input, target, "mean")

    def terms(
        self,
        input: torch.Tensor,
        *others: torch.Tensor,
        weight: torch.Tensor | None = None,
        where: torch.Tensor | None = None,
        normalizer: torch.Tensor | float | None = None,
        **named: torch.Tensor,
    ) -> dict[str, torch.Tensor]:
        """Each term of a weighted sum by name, its factor included: they add up to what a call gives."""
        inputs = self._bind(input, others, named)
        return {
            name: factor * self._reduced(part, inputs, weight, where, normalizer)
            for name, (factor, part) in _named_terms(self._current()).items()
        }

    def link(self, input: torch.Tensor) -> torch.Tensor:
        """The raw score as a prediction on the target's scale: itself, a probability, a rate ..."""
        links = {(part.definition.link, part.definition.inputs[self._names[0]].link) for _, part in self.loss._terms()}
        if len(links) > 1:
            raise NotSupported(f"the terms of {self.loss!r} differ in their link", "apply the link of one of them")
        link = self.loss._terms()[0][1].link
        if self._class_axis and input.ndim > 2:
            return link(input.movedim(1, -1)).movedim(-1, 1)
        return link(input)

    def _bind(
        self, input: torch.Tensor, others: tuple[torch.Tensor, ...], named: Mapping[str, torch.Tensor]
    ) -> list[torch.Tensor]:
        """The inputs in the order that the loss declares, the class axis last."""
        given = {**dict(zip(self._order, (input, *others), strict=False)), **named}
        if 1 + len(others) + len(named) != len(self._names) or any(name not in given for name in self._names):
            got = f"{1 + len(others)} by position" + (f" and {', '.join(named)}" if named else "")
            raise InvalidInput(f"{self.loss!r} takes {', '.join(self._order)}, got {got}", "give each input once")
        inputs = [given[name] for name in self._names]
        if self._class_axis and input.ndim > 2:
            return [array.movedim(1, -1) if array.ndim == input.ndim else array for array in inputs]
        return inputs

    def _reduced(self, loss: Any, inputs: list[torch.Tensor], weight: Any, where: Any, normalizer: Any) -> Any:
        if self.reduction == "mean":
            return loss(*inputs, weight=weight, where=where, normalizer=normalizer)
        if normalizer is not None:
            raise InvalidInput(
                f"normalizer= divides a mean, and the reduction is {self.reduction!r}", 'take reduction="mean"'
            )
        if self.reduction == "sum":
            return loss.sum(*inputs, weight=weight, where=where)
        each = loss.each(*inputs, where=where)
        return each if weight is None else each * _checked_weight(each, weight, where)

    def divisor(
        self,
        input: torch.Tensor,
        *others: torch.Tensor,
        weight: torch.Tensor | None = None,
        where: torch.Tensor | None = None,
        **named: torch.Tensor,
    ) -> torch.Tensor:
        """What the mean divides by, a scalar: Σ weight over what is kept, or the number of items; 0 if none is kept.

        Added up over batches or processes it is the `normalizer` of all of them. Of a weighted sum it is the first
        term's: give the same class weights to all.
        """
        part = self.loss._terms()[0][1]
        inputs = self._bind(input, others, named)
        call = part._prepare(inputs, {}, weight, where)
        if call.divide_by is None:
            lead = call.inputs[self._names[0]]
            axes = len(part.definition.inputs[self._names[0]].axes)
            return torch.tensor(float(math.prod(lead.shape[: lead.ndim - axes])), device=lead.device)
        return call.divide_by if call.weight is None else call.divide_by * (call.weight.sum() > 0)

    def extra_repr(self) -> str:
        return repr(self.loss) + ("" if self.reduction == "mean" else f", reduction={self.reduction!r}")


def _named_terms(loss: Any) -> Mapping[str, tuple[float, Any]]:
    return loss.terms if isinstance(loss, WeightedSum) else {loss.name: (1.0, loss)}


def _checked_weight(each: torch.Tensor, weight: torch.Tensor, where: torch.Tensor | None) -> torch.Tensor:
    if not isinstance(weight, torch.Tensor):
        raise InvalidType(f"weight must be a tensor, got {type(weight).__name__}", "torch.as_tensor(weight)")
    if weight.shape != each.shape:
        raise InvalidInput(
            f"weight must have shape {tuple(each.shape)}, got {tuple(weight.shape)}", "give one weight for each item"
        )
    weight = weight.to(each.dtype)
    if where is None:
        return weight
    kept = where if where.ndim == weight.ndim else where.flatten(weight.ndim).any(-1)  # of a list, its items
    return weight.masked_fill(~kept, 0.0)
