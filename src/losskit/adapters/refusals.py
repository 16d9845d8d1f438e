"""What no adapter can serve, said before training starts."""

from __future__ import annotations

from typing import Any

from losskit.core.define import LossFactory
from losskit.core.registry import get
from losskit.errors import InvalidInput, InvalidType, LosskitError, NotSupported


def check_trainable(loss: Any, host: str) -> None:
    """Raise unless `loss` is a losskit loss, every term of it can be trained, and all are of one kind."""
    if not hasattr(loss, "_terms"):
        raise InvalidType(f"{host} needs a losskit loss, got {_called(loss)}", _remedy(loss))
    kinds = {part.kind for _, part in loss._terms()}
    for _, part in loss._terms():
        d = part.definition
        if not d.trainable:
            raise NotSupported(
                f"{d.name} is flat almost everywhere: {host} cannot train with it",
                f"train with a surrogate ({d.pitfall or 'a smooth loss'}) and report {d.name}",
            )
    if len(kinds) > 1:
        raise InvalidInput(
            f"{loss!r} adds losses of different kinds ({', '.join(sorted(kinds))})",
            "add losses of one kind: all over classes, or all of single entries",
        )


def _called(thing: Any) -> str:
    return repr(thing) if isinstance(thing, str) else getattr(thing, "__name__", type(thing).__name__)


def _remedy(thing: Any) -> str:
    if isinstance(thing, LossFactory):
        return f"call the factory first: lk.{thing.__name__}()"
    if isinstance(thing, (str, dict)):
        try:
            return f"look it up first: {get(thing)!r} is lk.get({thing!r})"
        except LosskitError as error:
            return error.remedy
    if hasattr(getattr(thing, "loss", None), "_terms"):
        return f"give the loss itself: {thing.loss!r}"
    return "for example lk.huber()"


def check_served(loss: Any, host: str) -> None:
    """`check_trainable`, for a host that passes one prediction and one target and nothing else."""
    check_trainable(loss, host)
    for _, part in loss._terms():
        d = part.definition
        if len(d.inputs) != 2 or len(d.wrt) != 1:
            raise NotSupported(
                f"{d.name} takes {', '.join(d.inputs)}: {host} passes one prediction and one target",
                f"call the loss itself in your training step: loss({', '.join(d.inputs)})",
            )


def check_kind(loss: Any, host: str, kinds: tuple[str, ...], why: str) -> None:
    """Raise unless the loss is of one of these kinds, `why` being what the host cannot do for the others."""
    part = loss._terms()[0][1]
    if part.kind not in kinds:
        raise NotSupported(
            f"{part.name} is {part.kind}, and {why}: {host} cannot serve it",
            f"call the loss itself in your training step: loss({', '.join(part.definition.inputs)})",
        )


def is_rowwise(loss: Any) -> bool:
    """True for losses of rows of scores over classes (a sum has the kind of its terms)."""
    return loss._terms()[0][1].kind == "rowwise"


def has_class_axis(loss: Any) -> bool:
    """True where classes are the last axis of the prediction."""
    d = loss._terms()[0][1].definition
    return d.inputs[d.lead].axes[-1:] == ("K",)
