"""Laws of compilers and vmap: they see through a loss whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from losskit.testing.case import KEEP, ROWS, Case, both, differentiates, law, main, on, once, trainable
from losskit.testing.libraries import Library


@law(both(once, main))
def compiled_is_eager(case: Case) -> None:
    """Compiled whole, values, derivatives and autodiff are the eager ones; in TensorFlow for any number of items."""
    arrays = (*case.inputs(), case.array(np.arange(float(ROWS))), case.mask(KEEP))
    _same_results(case, arrays)
    if case.backend is Library.TENSORFLOW:
        fewer = {k: _one_less(case, k, a) for k, a in case.sample(3, seed=1).items()}
        _same_results(case, (*case.native(fewer), arrays[-2][:3], _one_less(case, "where", arrays[-1][:3])))


def _one_less(case: Case, name: str, array: Any) -> Any:
    """`array` without the last item of each list, batch or picture, where it has items."""
    return array[:, :-1] if case.has_items(name) else array


def _same_results(case: Case, arrays: tuple[Any, ...]) -> None:
    eager = case.everything(*arrays)
    for name, result in case.compiled(*arrays).items():
        expected = eager["gradient"] if name == "autodiff" else eager[name]
        case.close(result, expected, f"{name}, compiled")


@law(both(once, on(Library.JAX, Library.TORCH), lambda case: differentiates(case) or not trainable(case)))
def maps_over_items(case: Case) -> None:
    """vmap of the loss over items is each; vmap of its gradients is the gradient."""
    loss, inputs = case.loss, case.inputs()
    grad, vmap = _transformations(case.backend)

    def mapped(*inputs: Any) -> dict[str, Any]:
        results = {"the sum of one": vmap(loss.sum)(*inputs)}
        if trainable(case):
            results["the gradient"] = vmap(loss.gradient)(*inputs)
            results["autodiff"] = vmap(grad(loss.sum, argnums=tuple(case.leads)))(*inputs)
        return results

    results = case.backend.compile(mapped, *inputs)(*inputs) if case.backend is Library.JAX else mapped(*inputs)
    case.close(results.pop("the sum of one"), loss.each(*inputs), "vmap of the sum of one")
    for what, result in results.items():
        case.close(result, loss.gradient(*inputs), f"vmap of {what}")


def _transformations(library: Library) -> tuple[Callable[..., Any], Callable[..., Any]]:
    if library is Library.JAX:
        import jax

        return jax.grad, jax.vmap
    import torch.func

    return torch.func.grad, torch.func.vmap


@law(both(once, trainable, on(Library.TORCH)))
def differentiates_functionally(case: Case) -> None:
    """torch.func.grad of the call is the gradient of the mean."""
    grad, _ = _transformations(case.backend)
    inputs = case.inputs()
    own = grad(case.loss, argnums=tuple(case.leads))(*inputs)
    case.close(own, case.loss.value_and_gradient(*inputs)[1], "functional autodiff")
