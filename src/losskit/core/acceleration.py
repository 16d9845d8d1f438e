"""The one place where kernels register: quicker ways to what a loss gives, for the arrays that they serve."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, NamedTuple

from losskit.errors import NotSupported

# From so many entries on a kernel is worth loading or compiling: it saves about a millisecond a call.
LARGE = 1 << 17


class Request(NamedTuple):
    """A call of a loss as it came: nothing is checked yet. `wanted` is "mean", "each" or a method for derivatives."""

    loss: Any
    wanted: str
    inputs: tuple[Any, ...]
    weight: Any
    where: Any
    normalizer: Any
    out: Any


class Kernels(NamedTuple):
    """What serves losses of one kind: `serve` gives the answer, or None for whatever it leaves to the definition.

    `source` prints the kernel of a loss, `warm` compiles its usual ones ahead and says whether there are any.
    """

    serve: Callable[[Request], Any]
    source: Callable[[Any], str]
    warm: Callable[[Any], bool]


_of_kind: dict[str, Kernels] = {}
_plain: ContextVar[bool] = ContextVar("plain", default=False)


def register(kind: str, kernels: Kernels) -> None:
    """From now on `kernels` are asked first for losses of this kind ("pointwise", "rowwise" ...)."""
    _of_kind[kind] = kernels


def serve(request: Request) -> Any:
    """The answer of the kernels for this kind of loss; None where there are none or the definition is to run."""
    kernels = _of_kind.get(request.loss.kind)
    return None if kernels is None or _plain.get() else kernels.serve(request)


def source(loss: Any) -> str:
    """The source of the kernel of `loss`; raises NotSupported where it has none."""
    kernels = _of_kind.get(loss.kind)
    if kernels is None:
        raise NotSupported(f"{loss!r} has no kernel: none are made for {loss.kind} losses", "its definition runs")
    return kernels.source(loss)


def warm(loss: Any) -> bool:
    """Compile the usual kernels of `loss` ahead; False where there are none."""
    kernels = _of_kind.get(loss.kind)
    return kernels is not None and kernels.warm(loss)


@contextlib.contextmanager
def plain() -> Iterator[None]:
    """Within `with lk.plain():` every loss runs its definition, and no compiled kernel."""
    before = _plain.set(True)
    try:
        yield
    finally:
        _plain.reset(before)
