"""Room for every loss in torch.compile's cache."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


class CompilesApart:
    """A callable whose instances each have a code object of their own.

    torch.compile keeps at most 8 graphs for one code object and then gives up; all losses share `Loss.__call__`, so a
    program that compiles its ninth loss would fail. These two attributes are how torch finds the function behind a
    wrapper: through them it finds one that belongs to this loss alone. Without them everything works but that.
    """

    @property
    def _torchdynamo_wrapper_id(self) -> int:
        return id(self)

    @functools.cached_property
    def _torchdynamo_orig_callable(self) -> Callable[..., Any]:
        def call(*inputs: Any, **options: Any) -> Any:
            return self(*inputs, **options)  # type: ignore[operator]

        call.__code__ = call.__code__.replace(co_name=f"call_{id(self)}")
        return call
