"""Laws of derivatives: one pass, one buffer, one with the library's own automatic differentiation."""

from __future__ import annotations

from typing import Any

import numpy as np

from losskit.testing.case import (
    KEEP,
    ROWS,
    WEIGHTS,
    Case,
    both,
    differentiates,
    double,
    few_dtypes,
    law,
    main,
    on,
    once,
    trainable,
)
from losskit.testing.libraries import Library
from losskit.testing.variants import learnable, remake


@law(both(once, trainable))
def value_and_gradient_is_both(case: Case) -> None:
    """value_and_gradient is the call and the gradient of the mean, with weight and mask too."""
    inputs = case.inputs()
    where = case.mask(KEEP)
    gradient_of_sum = case.backend.numbers(case.loss.gradient(*inputs))
    for options in ({}, {"weight": case.array(WEIGHTS)}, {"where": where}):
        value, gradient = case.loss.value_and_gradient(*inputs, **options)
        case.close(value, case.loss(*inputs, **options), f"value with {list(options)}")
        total = case.backend.numbers(case.loss.sum(*inputs, **options))
        mean = case.backend.numbers(value)
        if mean and total:  # the divisor is what the call divided by
            share = {"weight": WEIGHTS, "where": KEEP}.get(next(iter(options), ""), np.ones(ROWS)) * mean / total
            expected = gradient_of_sum * share.reshape(ROWS, *(1,) * case.axes)
            case.close(gradient, case.array(expected), f"gradient with {list(options)}")


@law(both(trainable, few_dtypes))
def out_is_reused(case: Case) -> None:
    """`out` receives the gradient where arrays can be written, and raises where they cannot."""
    inputs = case.inputs()
    buffer = case.array(np.full(inputs[0].shape, 9.0))
    if case.backend in (Library.NUMPY, Library.TORCH):
        _, gradient = case.loss.value_and_gradient(*inputs, out=buffer)
        assert gradient is buffer, "another array came back"
        case.close(buffer, case.loss.value_and_gradient(*inputs)[1], "the gradient in out")
        return
    try:
        case.loss.value_and_gradient(*inputs, out=buffer)
    except TypeError:
        return
    raise AssertionError("out= was accepted")


@law(both(differentiates, few_dtypes))
def autodiff_of_the_call_is_the_gradient(case: Case) -> None:
    """The library's own autodiff of the call is the gradient that value_and_gradient gives."""
    inputs, weight = case.inputs(), case.array(WEIGHTS)
    expected = case.loss.value_and_gradient(*inputs, weight=weight)[1]
    case.close(case.autodiff(*inputs, weight=weight), expected, "the gradient")


@law(both(differentiates, once))
def autodiff_never_sees_the_mask(case: Case) -> None:
    """The library's own autodiff through a masked NaN gives the gradient without that item, and 0 there."""
    masked = case.backend.numbers(case.autodiff(*case.junk(), where=case.mask(KEEP)))
    kept = case.native({k: a[KEEP] for k, a in case.sample().items()})
    case.close(case.array(masked[KEEP]), case.loss.value_and_gradient(*kept)[1], "the gradient")
    case.exactly(case.array(masked[~KEEP]), 0.0, "the gradient under the mask")


@law(both(differentiates, double))
def second_order_is_right(case: Case) -> None:
    """The library's own autodiff, twice, along a direction, is what differences of the gradient give."""
    arrays = case.sample()
    lead = case.loss.definition.lead
    along, step = np.random.default_rng(1).standard_normal(arrays[lead].shape), 1e-6
    z, *rest = case.native(arrays)
    twice = case.backend.second(lambda x: case.loss.sum(x, *rest), z, case.array(along))
    ends = [case.native(arrays | {lead: arrays[lead] + s * along}) for s in (step, -step)]
    high, low = (case.backend.numbers(case.loss.gradient(*inputs)) for inputs in ends)
    slope = (high - low) / (2.0 * step)
    _near(twice, slope, 1e-6, "differences of the gradient")
    if case.loss.kind == "pointwise":
        _near(twice, case.backend.numbers(case.loss.hessian(z, *rest)) * along, 1e-10, "the Hessian")


def _near(found: np.ndarray, expected: np.ndarray, tolerance: float, what: str) -> None:
    error = np.max(np.abs(found - expected), initial=0.0)
    assert error <= tolerance * (1.0 + np.max(np.abs(expected))), f"{found}, {what}: {expected}"


@law(both(main, double))
def parameters_may_be_learned(case: Case) -> None:
    """Autodiff with respect to a data parameter agrees with central differences."""
    inputs = case.inputs()
    for name in learnable(case.loss):
        at = case.loss.params[name] or 0.5
        step = 1e-5 * at

        def value(parameter: Any, name: str = name) -> Any:
            return remake(case.loss, **{name: parameter})(*inputs)

        own = float(case.backend.numbers(case.backend.gradient(value, case.array(at))))
        high, low = (float(case.backend.numbers(value(at + h))) for h in (step, -step))
        slope = (high - low) / (2.0 * step)
        assert abs(own - slope) <= 1e-6 * max(1.0, abs(slope)), f"d/d{name} is {own}, differences give {slope}"


@law(both(once, trainable, on(Library.TORCH)))
def needs_no_autograd(case: Case) -> None:
    """Derivatives come under no_grad and inference_mode, and never build a graph of autograd."""
    import torch

    lead, *rest = case.inputs()
    expected = case.loss.value_and_gradient(lead, *rest)
    tracked = lead.clone().requires_grad_()
    for mode in (torch.no_grad, torch.inference_mode, torch.enable_grad):
        with mode():
            results = (*case.loss.value_and_gradient(tracked, *rest), case.loss.gradient(tracked, *rest))
        assert not any(result.requires_grad for result in results), f"{mode.__name__}: a result is tracked"
        case.close(results[0], expected[0], f"value under {mode.__name__}")
        case.close(results[1], expected[1], f"gradient under {mode.__name__}")
        case.close(results[2], case.loss.gradient(lead, *rest), f"gradient of the sum under {mode.__name__}")
