"""Kernels on PyTorch tensors: inside autograd, right to the second order, out of the way of all that traces."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import losskit as lk
from losskit.core import acceleration
from losskit.kernels import compiled

DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)


@pytest.fixture(autouse=True)
def always(monkeypatch):
    """Every tensor is large."""
    monkeypatch.setattr(acceleration, "LARGE", 1)


@pytest.fixture
def asked(monkeypatch):
    """The losses that were asked for a kernel."""
    found = []
    find = compiled.loaded
    monkeypatch.setattr(compiled, "loaded", lambda loss, task: found.append(loss.name) or find(loss, task))
    return found


def pair(size=3000, dtype=torch.float32, **options):
    generator = torch.Generator().manual_seed(0)
    pred = 3 * torch.randn(size, generator=generator, dtype=torch.float64)
    target = torch.rand(size, generator=generator, dtype=torch.float64)
    return pred.to(dtype).requires_grad_(**options), target.to(dtype)


def options(size=3000, dtype=torch.float32):
    weight = torch.rand(size, generator=torch.Generator().manual_seed(1)).to(dtype)
    where = torch.arange(size) % 3 > 0
    return [{}, {"weight": weight}, {"where": where}, {"weight": weight, "where": where}, {"normalizer": 7.0}]


def backward(loss, pred, target, **given):
    value = loss(pred, target, **given)
    (gradient,) = torch.autograd.grad(3.0 * value, pred)
    return value.detach(), gradient


def close(got, expected):
    assert got.dtype is expected.dtype
    assert got.shape == expected.shape
    bound = 8 * torch.finfo(got.dtype).eps
    torch.testing.assert_close(got, expected, rtol=bound, atol=bound * expected.abs().max().item())


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("loss", [lk.huber(), lk.binary_cross_entropy()], ids=repr)
def test_value_and_backward(loss, dtype, asked):
    pred, target = pair(dtype=dtype)
    for given in options(dtype=dtype):
        asked.clear()
        value, gradient = backward(loss, pred, target, **given)
        direct = loss.value_and_gradient(pred, target, **given)
        assert len(asked) == 2
        assert not direct[1].requires_grad
        with lk.plain():
            expected = backward(loss, pred, target, **given)
            expected_direct = loss.value_and_gradient(pred, target, **given)
        for got, wanted in zip((value, gradient, *direct), (*expected, *expected_direct), strict=True):
            close(got, wanted)


def test_each_and_derivatives(asked):
    loss = lk.pseudo_huber()
    pred, target = pair()
    weight = torch.rand(3000)
    loss.each(pred, target).backward(weight)
    close(pred.grad, loss.gradient(pred, target, weight=weight))
    for method in ("gradient", "hessian", "curvature"):
        got = getattr(loss, method)(pred, target)
        with lk.plain():
            close(got, getattr(loss, method)(pred, target))
    assert set(asked) == {"pseudo_huber"}


@pytest.mark.parametrize("wanted", ["mean", "each"])
def test_the_second_order_is_right(wanted, asked):
    loss = lk.binary_cross_entropy()
    pred, target = pair(12, torch.float64)
    weight = torch.rand(12, dtype=torch.float64)

    def value(x):
        return loss(x, target, weight=weight) if wanted == "mean" else loss.each(x, target)

    assert torch.autograd.gradcheck(value, pred)
    assert torch.autograd.gradgradcheck(value, pred)
    (gradient,) = torch.autograd.grad(value(pred).sum(), pred, create_graph=True)
    (second,) = torch.autograd.grad(gradient.sum(), pred)
    share = weight / weight.sum() if wanted == "mean" else 1.0
    close(second, loss.hessian(pred, target) * share)
    assert asked


def test_several_inputs_some_tracked(asked):
    loss = lk.gaussian_nll()
    mean, log_variance, target = torch.randn(3, 500, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for tracked in ((mean,), (log_variance,), (mean, log_variance)):
        for x in (mean, log_variance):
            x.requires_grad_(any(x is y for y in tracked))
        got = torch.autograd.grad(loss(mean, log_variance, target), tracked)
        with lk.plain():
            expected = torch.autograd.grad(loss(mean, log_variance, target), tracked)
        for a, b in zip(got, expected, strict=True):
            close(a, b)
    assert len(asked) == 3


def test_backward_twice_and_in_a_chain():
    x, target = pair()
    loss = lk.huber()
    value = loss(2.0 * x, target)
    (once,) = torch.autograd.grad(value, x, retain_graph=True)
    (twice,) = torch.autograd.grad(value, x)
    close(once, twice)
    close(once, 2.0 * loss.value_and_gradient(2.0 * x.detach(), target)[1])


def test_what_is_changed_before_backward_is_noticed():
    x, target = pair()
    pred = 1.0 * x
    value = lk.huber()(pred, target)
    with torch.no_grad():
        pred.add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        value.backward()


def test_the_memory_is_torchs_own():
    pred, target = pair(requires_grad=False)
    out = torch.empty_like(pred)
    value, gradient = lk.huber().value_and_gradient(pred, target, out=out)
    assert gradient is out
    close(out, lk.huber().value_and_gradient(pred, target)[1])
    version = pred._version
    lk.huber().value_and_gradient(pred, target, out=pred)
    assert pred._version > version, "autograd sees what was written"
    close(pred, out)
    assert value.shape == ()


def test_layouts():
    pred, target = pair(requires_grad=False)
    pred, target = pred.reshape(30, 100), target.reshape(30, 100)
    expected = lk.huber().value_and_gradient(pred, target)
    views = (lambda x: x.t().contiguous().t(), lambda x: torch.stack([x, x], -1)[..., 1], lambda x: x.clone())
    for of_pred in views:
        for of_target in views:
            got = lk.huber().value_and_gradient(of_pred(pred), of_target(target))
            close(got[0], expected[0])
            assert torch.equal(got[1], expected[1])


def test_nan_stays_in_its_entry():
    pred, target = pair(requires_grad=False)
    pred[17] = torch.nan
    value, gradient = lk.binary_cross_entropy().value_and_gradient(pred, target)
    assert value.isnan()
    assert gradient.isnan().nonzero().tolist() == [[17]]
    where = torch.arange(3000) != 17
    value, gradient = lk.binary_cross_entropy().value_and_gradient(pred, target, where=where)
    assert value.isfinite()
    assert gradient.isfinite().all()
    assert gradient[17] == 0.0


def test_scores_beyond_measure():
    pred, loss = torch.tensor([torch.inf, -torch.inf, 1e4, -1e4]), lk.binary_cross_entropy()
    for target, each, slope in ((0.0, [1e4, 0.0], [1.0, 0.0]), (1.0, [0.0, 1e4], [0.0, -1.0])):
        y = torch.full_like(pred, target)
        assert loss.each(pred[2:], y[2:]).tolist() == each
        assert loss.gradient(pred, y).tolist() == 2 * slope


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning:torch")
def test_tracers_run_the_definition(asked):
    loss, (pred, target) = lk.huber(), pair(50, requires_grad=False)
    expected = loss.gradient(pred, target)
    asked.clear()
    torch.testing.assert_close(torch.func.grad(loss.sum)(pred, target), expected)
    torch.testing.assert_close(torch.vmap(loss.each)(pred, target), loss.each(pred, target).clone())
    asked.clear()
    torch.vmap(loss.each)(pred, target)
    torch.func.jvp(lambda x: loss(x, target), (pred,), (pred,))
    compiled_loss = torch.compile(loss, fullgraph=True, backend="aot_eager")
    compiled_loss(pred, target)
    torch.compile(loss.value_and_gradient, fullgraph=True, backend="aot_eager", dynamic=True)(pred, target)
    assert not asked


def test_other_gradients_run_the_definition(asked):
    pred, target = pair()
    for x in (target.clone().requires_grad_(), torch.tensor(0.7, requires_grad=True)):
        loss = lk.huber() if x.ndim else lk.huber(delta=x)
        value = loss(pred, x if x.ndim else target)
        gradients = torch.autograd.grad(value, [pred, x])
        assert all(g.abs().sum() > 0 for g in gradients)
    weight = torch.rand(3000, requires_grad=True)
    assert torch.autograd.grad(lk.huber()(pred, target, weight=weight), weight)[0].abs().sum() > 0
    assert not asked


def test_under_no_grad_and_inference_mode(asked):
    pred, target = pair()
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            assert not lk.huber()(pred, target).requires_grad
            assert lk.huber().gradient(pred, target).shape == pred.shape
    assert len(asked) == 4


def test_training_reaches_the_same_place():
    """Some steps of a linear model, with kernels and without."""

    def train():
        torch.manual_seed(0)
        X = torch.randn(500, 5)
        y = X @ torch.arange(5.0) + torch.randn(500)
        model = torch.nn.Linear(5, 1)
        criterion = lk.to_torch(lk.pseudo_huber())
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        for _ in range(50):
            optimizer.zero_grad()
            criterion(model(X)[:, 0], y).backward()
            optimizer.step()
        return model.weight.detach().numpy()

    with lk.plain():
        expected = train()
    np.testing.assert_allclose(train(), expected, rtol=1e-5)
