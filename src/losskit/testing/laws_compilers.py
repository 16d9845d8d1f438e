"""Laws of compilers and vmap: they see through a loss whole."""

from __future__ import annotations


from typing import Any

from losskit.testing.case import KEEP, Case, both, law, on, once
from losskit.testing.libraries import Library


@law(_both(_once, lambda case: case.library is not Library.NUMPY))
def compiled_is_eager(case: Case) -> None:
    """Compiled whole, values, derivatives and autodiff are the eager ones; in TensorFlow for any number of items."""
    inputs = case.inputs()
    weight, where = case.array(np.arange(5.0)), case.array(_KEEP, "bool")
    loss, derivatives, trainable = case.loss, case.derivatives, case.trainable

    def everything(*arrays: Any) -> dict[str, Any]:
        *inputs, weight, where = arrays
        results = {"each": loss.each(*inputs), "mean": loss(*inputs, weight=weight, where=where)}
        for name in derivatives:
            results[name] = getattr(loss, name)(*inputs)
        if trainable:
            results["value"], results["slope"] = loss.value_and_gradient(*inputs, weight=weight, where=where)
        return results

    compiled = case.library.compile(everything, *inputs, weight, where)
    eager = everything(*inputs, weight, where)
    if trainable:
        own, results = case.library.gradient(
            lambda x: _mean_first(compiled(x, *inputs[1:], weight, where)), inputs[0], has_aux=True
        )
        case.close(own, eager["slope"], "autodiff of the compiled call")
    else:
        results = compiled(*inputs, weight, where)
    _same_results(case, results, eager)
    if case.library is Library.TENSORFLOW:
        fewer = (*case.inputs(3, seed=1), weight[:3], where[:3])
        _same_results(case, compiled(*fewer), everything(*fewer))


def _same_results(case: Case, compiled: dict[str, Any], eager: dict[str, Any]) -> None:
    for name, result in compiled.items():
        case.close(result, eager[name], f"{name}, compiled")


@law(_both(_once, _on(Library.JAX, Library.TORCH)))
def maps_over_items(case: Case) -> None:
    """vmap of the loss over items is each; vmap of its gradients is the gradient."""
    if case.library is Library.JAX:
        from jax import grad, vmap
    else:
        from torch.func import grad, vmap
    inputs = case.inputs()
    case.close(vmap(case.loss.sum)(*inputs), case.loss.each(*inputs), "vmap of the sum of one")
    if not case.trainable:
        return
    gradient = case.loss.gradient(*inputs)
    case.close(vmap(case.loss.gradient)(*inputs), gradient, "vmap of the gradient")
    case.close(vmap(grad(case.loss.sum))(*inputs), gradient, "vmap of autodiff")
    case.close(grad(case.loss)(*inputs), case.loss.value_and_gradient(*inputs)[1], "functional autodiff")
