"""Laws of derivatives: one pass, one buffer, one with the library's own automatic differentiation."""

from __future__ import annotations

import functools
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
    few_compiles,
    few_dtypes,
    has_a_slope,
    law,
    listed,
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
    of_sum = case.derivative("gradient", *inputs)
    for options in ({}, {"weight": case.array(WEIGHTS)}, {"where": where}):
        value, gradient = case.loss.value_and_gradient(*inputs, **options)
        each = case.backend.numbers(case.loss.each(*inputs))
        case.close(value, case.loss(*inputs, **options), f"value with {list(options)}", each)
        total = case.backend.numbers(case.loss.sum(*inputs, **options))
        mean = case.backend.numbers(value)
        if mean and total:  # the divisor is what the call divided by
            share = {"weight": WEIGHTS, "where": KEEP}.get(next(iter(options), ""), np.ones(ROWS)) * mean / total
            expected = case.turned(of_sum, functools.partial(_times, share))
            case.close(gradient, expected, f"gradient with {list(options)}")


def _times(share: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    return share.reshape(-1, *(1,) * (gradient.ndim - 1)) * gradient


@law(both(trainable, few_dtypes))
def out_is_reused(case: Case) -> None:
    """`out` receives the gradient where arrays can be written, and raises where they cannot."""
    inputs = case.inputs()
    buffers = [case.array(np.full(inputs[i].shape, 9.0)) for i in case.leads]
    out = tuple(buffers) if len(buffers) > 1 else buffers[0]
    if case.backend in (Library.NUMPY, Library.TORCH):
        _, gradient = case.loss.value_and_gradient(*inputs, out=out)
        reused = all(g is buffer for g, buffer in zip(listed(gradient), buffers, strict=True))
        assert reused, "another array came back"
        case.close(buffers, case.loss.value_and_gradient(*inputs)[1], "the gradient in out")
        return
    try:
        case.loss.value_and_gradient(*inputs, out=out)
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
    masked = case.autodiff(*case.junk(), where=case.mask(KEEP))
    kept = case.native({k: a[KEEP] for k, a in case.sample().items()})
    case.close(case.turned(masked, lambda g: g[KEEP]), case.loss.value_and_gradient(*kept)[1], "the gradient")
    case.exactly(case.turned(masked, lambda g: g[~KEEP]), 0.0, "the gradient under the mask")


@law(both(has_a_slope, double, few_compiles))
def gradient_is_the_slope(case: Case) -> None:
    """The gradient in each differentiated input is what central differences of the values give."""
    arrays, step = case.sample(), 1e-6
    _, gradients = case.sum_and_gradients(*case.native(arrays))
    for name, gradient in zip(case.loss.definition.wrt, gradients, strict=True):
        along = _direction(arrays[name], seed=2)
        high, low = (
            float(
                case.backend.numbers(case.sum_and_gradients(*case.native(arrays | {name: arrays[name] + h * along}))[0])
            )
            for h in (step, -step)
        )
        slope, own = (high - low) / (2.0 * step), float(np.sum(case.backend.numbers(gradient) * along))
        assert abs(own - slope) <= 1e-6 * (1.0 + abs(high) + abs(slope)), f"d/d{name}: {own}, differences: {slope}"


@law(both(differentiates, has_a_slope, double))
def second_order_is_right(case: Case) -> None:
    """The library's own autodiff, twice, along a direction, is what differences of the gradient give."""
    arrays, step = case.sample(), 1e-6
    along = {name: _direction(arrays[name], seed=1) for name in case.loss.definition.wrt}
    function, leads = case.apart(case.loss.sum, case.native(arrays))
    twice = case.backend.second(function, leads, [case.array(v) for v in along.values()])
    ends = [case.native(arrays | {k: arrays[k] + s * v for k, v in along.items()}) for s in (step, -step)]
    for found, high, low in zip(twice, *(case.sum_and_gradients(*inputs)[1] for inputs in ends), strict=True):
        slope = (case.backend.numbers(high) - case.backend.numbers(low)) / (2.0 * step)
        _near(found, slope, 1e-6, "differences of the gradient")
    if case.loss.kind == "pointwise" and len(along) == 1:
        (found,), (direction,), (hessian,) = twice, along.values(), case.derivative("hessian", *case.native(arrays))
        _near(found, case.backend.numbers(hessian) * direction, 1e-10, "the Hessian")


def _direction(array: np.ndarray, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(array.shape)


def _near(found: np.ndarray, expected: np.ndarray, tolerance: float, what: str) -> None:
    error = np.max(np.abs(found - expected), initial=0.0)
    assert error <= tolerance * (1.0 + np.max(np.abs(expected))), f"{found}, {what}: {expected}"


@law(both(main, double, lambda case: has_a_slope(case) or not trainable(case)))
def parameters_may_be_learned(case: Case) -> None:
    """Autodiff with respect to a data parameter agrees with central differences."""
    inputs = case.inputs()
    for name in learnable(case.loss):
        at = case.loss.params[name] or 0.5
        step = max(1e-5 * at, 1e-2 * min(at, 1e-5))  # a difference of values is good to a rounding over the step

        def value(parameter: Any, name: str = name) -> Any:
            return remake(case.loss, **{name: parameter})(*inputs)

        own = float(case.backend.numbers(case.backend.gradients(value, case.array(at))[0]))
        high, low = (float(case.backend.numbers(value(at + h))) for h in (step, -step))
        slope, rounding = (high - low) / (2.0 * step), 1e-15 * abs(high) / step
        allowed = 1e-6 * max(1.0, abs(slope)) + rounding
        assert abs(own - slope) <= allowed, f"d/d{name} is {own}, differences give {slope}"


@law(both(once, trainable, on(Library.TORCH)))
def needs_no_autograd(case: Case) -> None:
    """Derivatives come under no_grad and inference_mode, and never build a graph of autograd."""
    import torch

    inputs = case.inputs()
    expected = case.loss.value_and_gradient(*inputs)
    tracked = [x.clone().requires_grad_() if i in case.leads else x for i, x in enumerate(inputs)]
    for mode in (torch.no_grad, torch.inference_mode, torch.enable_grad):
        with mode():
            value, gradient = case.loss.value_and_gradient(*tracked)
            of_sum = case.derivative("gradient", *tracked)
        results = [value, *listed(gradient), *of_sum]
        assert not any(result.requires_grad for result in results), f"{mode.__name__}: a result is tracked"
        case.close(value, expected[0], f"value under {mode.__name__}")
        case.close(gradient, expected[1], f"gradient under {mode.__name__}")
        case.close(of_sum, case.derivative("gradient", *inputs), f"gradient of the sum under {mode.__name__}")
