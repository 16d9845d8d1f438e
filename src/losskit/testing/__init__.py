"""The laws every loss obeys, as assert functions: check a loss of your own with them.

from losskit.testing import check_loss

check_loss(my_loss)
"""

from __future__ import annotations

from collections.abc import Iterable

from losskit.core.define import LossFactory
from losskit.core.loss import Loss
from losskit.errors import InvalidInput, InvalidType, MissingExtra, require
from losskit.testing.case import Case
from losskit.testing.laws import LAWS
from losskit.testing.libraries import Library, installed_libraries
from losskit.testing.variants import extremes, variants

__all__ = ["check_claims", "check_kernels", "check_laws", "check_loss"]


def check_loss(loss_or_factory: Loss | LossFactory, libraries: Iterable[str] | None = None) -> None:
    """Hold a loss to every law, on each installed library and in each of its floating dtypes.

    The laws of structure (shapes, weights, masks, autodiff, compilers ...); the writing of the definition and its
    claims; the accuracy of value, gradient and Hessian against 50 digits; kernels against the definition. A factory is
    checked at its defaults (required parameters at their examples), with each other choice, and at the ends of its
    parameters' ranges; a loss as it is. `libraries` names some of "numpy", "torch", "jax", "tensorflow".

    Raises AssertionError that names the loss, the library, the dtype and the law that is broken, InvalidType for
    anything but a loss, InvalidInput for a library that is not here, and MissingExtra without SymPy.
    """
    if isinstance(loss_or_factory, LossFactory):
        usual, all_losses = variants(loss_or_factory), extremes(loss_or_factory)
    elif isinstance(loss_or_factory, Loss):
        usual = all_losses = [loss_or_factory]
    else:
        kind = type(loss_or_factory).__name__
        raise InvalidType(f"check_loss takes a loss or what @define_loss leaves, got {kind}", "check_loss(my_loss)")
    require("sympy", "formulas")
    chosen = installed_libraries() if libraries is None else tuple(map(_library, libraries))
    for loss in all_losses:  # first, for it says why a law may be broken
        _check_writing(loss)
    for library in chosen:
        check_laws(usual, library)
    for loss in all_losses:
        check_claims(loss)
    for loss in all_losses:
        _check_accuracy(loss, chosen)
    for loss in usual:
        check_kernels(loss, chosen)


def check_laws(losses: Iterable[Loss], library: Library) -> None:
    """The laws of structure on one library, in each floating dtype, ids and soft labels.

    `losses` are variants of one loss; laws of compilers are asked of the first and of the one with class weights, on
    JAX, which compiles every step, of the first alone. JAX and TensorFlow make code for each dtype anew: soft labels
    are tried there in float32 and float64.
    """
    compiles = library in (Library.JAX, Library.TENSORFLOW)
    for i, loss in enumerate(losses):
        weighted = loss.params.get("class_weight") is not None and library is not Library.JAX
        main = i == 0 or weighted
        for dtype in library.floats:
            soft_too = loss.definition.class_input and (dtype in ("float32", "float64") or not compiles)
            for soft in (False, True) if soft_too else (False,):
                case = Case(loss, library, dtype, soft, main)
                for law in LAWS:
                    law(case)


def check_claims(loss: Loss) -> None:
    """What the loss claims holds, what it does not claim has a counterexample."""
    from losskit.core.definition import CLAIMS
    from losskit.testing.claims import assert_claim, assert_positive_curvature
    from losskit.testing.estimates import assert_estimates

    if loss.params.get("class_weight") is not None:  # claims leave class weights aside
        return
    for claim in CLAIMS:
        if claim not in ("estimates", "trainable"):
            assert_claim(loss, claim)
    assert_estimates(loss)
    if loss.definition.trainable:
        assert_positive_curvature(loss)


def check_kernels(loss: Loss, libraries: Iterable[Library]) -> None:
    """On large arrays of NumPy and PyTorch a loss of single entries gives what it gives without kernels.

    Every method is asked, in each floating dtype, under random weights and masks. Without numba, and for a loss with
    array parameters, there are no kernels.
    """
    from losskit.testing.kernels import assert_kernels_are_plain

    try:
        require("numba", "cpu")
    except MissingExtra:
        return
    if loss.kind != "pointwise" or loss._arrays:
        return
    for library in libraries:
        for dtype in library.floats if library in (Library.NUMPY, Library.TORCH) else ():
            assert_kernels_are_plain(loss, library, dtype)


def _check_writing(loss: Loss) -> None:
    from losskit.testing.writing import assert_written_well

    assert_written_well(loss)


def _check_accuracy(loss: Loss, libraries: Iterable[Library]) -> None:
    from losskit.testing.accuracy import DTYPES, assert_accurate

    for library in libraries:
        for dtype in DTYPES:
            if dtype in library.floats:
                assert_accurate(loss, library, dtype)


def _library(name: str) -> Library:
    known = {library.value: library for library in Library}
    if name not in known or not known[name].installed:
        raise InvalidInput(f"no library {name!r} here", f"choose from {', '.join(map(str, installed_libraries()))}")
    return known[name]
