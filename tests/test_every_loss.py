"""Every loss of the registry obeys every law, on every library and in every floating dtype."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from losskit.core.registry import factory, names
from losskit.testing import check_laws
from losskit.testing.case import Case, listed
from losskit.testing.laws import LAWS
from losskit.testing.libraries import Library
from losskit.testing.samples import native, sample
from losskit.testing.variants import variants


def cases():
    """Every loss on every library; where a compiler makes the cases of more than one entry slow, in the sweep."""
    for name in names():
        for library in Library:
            slow = library in (Library.JAX, Library.TENSORFLOW) and factory(name).definition.kind != "pointwise"
            yield pytest.param(name, library, id=f"{name}-{library}", marks=[pytest.mark.sweep] if slow else [])


@pytest.mark.parametrize(("name", "library"), list(cases()))
def test_laws(name, library):
    check_laws(variants(factory(name)), library)


def test_no_law_is_idle():
    """Each law applies to some loss: a condition that is never true would hide it."""
    cases = [
        Case(loss, library, dtype, soft)
        for name in names()
        for loss in variants(factory(name))
        for library in Library
        for dtype in library.floats
        for soft in ((False, True) if loss.definition.class_input else (False,))
    ]
    idle = [str(law) for law in LAWS if not any(law.when(case) for case in cases)]
    assert not idle


def one_of_each_kind():
    """Of each kind the loss whose value and gradient take a middling number of steps."""
    losses = [factory(name).example() for name in names()]
    kinds = {loss.kind for loss in losses}
    trainable = [loss for loss in losses if loss.definition.trainable]
    steps = {loss: len(loss.graphs().program("each", "gradient").steps) for loss in trainable}
    ordered = [sorted((loss for loss in trainable if loss.kind == kind), key=steps.get) for kind in sorted(kinds)]
    return [losses[len(losses) // 2] for losses in ordered]


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning:torch")
@pytest.mark.parametrize("loss", one_of_each_kind(), ids=repr)
def test_inductor(loss):
    """PyTorch's own code generator: values and both gradients."""
    torch._dynamo.reset()
    inputs = native(sample(loss, rows=40), Library.TORCH, "float64")
    wrt = [name in loss.definition.wrt for name in loss.definition.inputs]
    tracked = [x.clone().requires_grad_() if yes else x for x, yes in zip(inputs, wrt, strict=True)]
    value, gradient = torch.compile(loss.value_and_gradient, fullgraph=True)(*inputs)
    mean = torch.compile(loss, fullgraph=True)(*tracked)
    mean.backward()
    own = [x.grad for x in tracked if x.requires_grad]
    expected_value, expected_gradient = loss.value_and_gradient(*inputs)
    np.testing.assert_allclose([value, mean.detach()], expected_value, rtol=1e-13)
    for expected, *slopes in zip(listed(expected_gradient), listed(gradient), own, strict=True):
        for slope in slopes:
            np.testing.assert_allclose(slope, expected, rtol=1e-12, atol=1e-14 * expected.abs().max().item())
