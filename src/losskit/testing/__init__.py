"""The laws every loss obeys, as assert functions: check a loss of your own with them.

from losskit.testing import check_loss

check_loss(my_loss)
"""

from __future__ import annotations

from collections.abc import Iterable

from losskit.core.define import LossFactory
from losskit.core.loss import Loss
from losskit.errors import InvalidInput, InvalidType
from losskit.testing.laws import LAWS, Case
from losskit.testing.libraries import Library, installed_libraries
from losskit.testing.samples import variants

__all__ = ["check_laws", "check_loss"]


def check_loss(loss_or_factory: Loss | LossFactory, libraries: Iterable[str] | None = None) -> None:
    """Run every law that applies to a loss, on each installed library and in each of its floating dtypes.

    A factory is checked at its defaults (required parameters at their examples) and with each other choice of its
    static and optional parameters; a loss as it is. `libraries` names some of "numpy", "torch", "jax", "tensorflow".
    Raises AssertionError that names the loss, the library, the dtype and the law that is broken.
    """
    if isinstance(loss_or_factory, LossFactory):
        losses = list(variants(loss_or_factory))
    elif isinstance(loss_or_factory, Loss):
        losses = [loss_or_factory]
    else:
        kind = type(loss_or_factory).__name__
        raise InvalidType(f"check_loss takes a loss or what @define_loss leaves, got {kind}", "check_loss(my_loss)")
    for library in installed_libraries() if libraries is None else map(_library, libraries):
        for loss in losses:
            check_laws(loss, library)


def check_laws(loss: Loss, library: Library) -> None:
    """Every structural law that applies to `loss` on one library, in each floating dtype, ids and soft labels."""
    for dtype in library.floats:
        for soft in (False, True) if loss.definition.class_input else (False,):
            for law in LAWS:
                law(Case(loss, library, dtype, soft))


def _library(name: str) -> Library:
    known = {library.value: library for library in Library}
    if name not in known or not known[name].installed:
        raise InvalidInput(f"no library {name!r} here", f"choose from {', '.join(map(str, installed_libraries()))}")
    return known[name]
