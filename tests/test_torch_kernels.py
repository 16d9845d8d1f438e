"""PyTorch's own operations in the place of a definition: the same numbers, and only where they may run."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
import torch

import losskit as lk
from losskit.ops.on_torch import WORDS
from losskit.ops.torch_kernels import KERNELS

ROWS, CLASSES = 7, 5
WEIGHT = np.linspace(0.5, 2.0, CLASSES)
OPTIONS = {
    "squared_error": [{}],
    "absolute_error": [{}],
    "huber": [{}, {"delta": 0.3}],
    "smooth_l1": [{}, {"beta": 0.3}],
    "binary_cross_entropy": [{}],
    "cross_entropy": [
        {},
        {"label_smoothing": 0.1},
        {"class_weight": WEIGHT},
        {"class_weight": WEIGHT, "label_smoothing": 0.2},
        {"ignore_index": -1},
    ],
}
CASES = [(lk.get(name, **options), soft) for _, name in KERNELS for options in OPTIONS[name] for soft in (False, True)]
CASES = [(loss, soft) for loss, soft in CASES if loss.kind == "rowwise" or not soft]
REDUCTIONS = ["mean", "sum", "each"]


def inputs(loss, soft, dtype=torch.float64):
    torch.manual_seed(0)
    if loss.kind == "pointwise":
        return torch.randn(ROWS, dtype=dtype, requires_grad=True), torch.rand(ROWS, dtype=dtype)
    pred = torch.randn(ROWS, CLASSES, dtype=dtype, requires_grad=True)
    target = torch.softmax(torch.randn(ROWS, CLASSES, dtype=dtype), -1) if soft else torch.arange(ROWS) % CLASSES
    return pred, target


def options_of(reduction):
    keep = torch.arange(ROWS) != 2
    given = [{}, {"where": keep}]
    if reduction != "each":
        given += [{"weight": torch.arange(1.0, ROWS + 1.0)}, {"weight": torch.arange(1.0, ROWS + 1.0), "where": keep}]
    return given + ([{"normalizer": 3.0}] if reduction == "mean" else [])


def reduced(loss, reduction, pred, target, **options):
    return (loss if reduction == "mean" else getattr(loss, reduction))(pred, target, **options)


@pytest.fixture
def without_kernels(monkeypatch):
    """A call runs the definition under autograd."""

    def run(function, *arguments, **options):
        with monkeypatch.context() as patch:
            patch.setattr(type(WORDS), "kernel", lambda *_: None)
            return function(*arguments, **options)

    return run


def test_each_kernel_is_of_a_loss_of_the_catalogue_and_has_cases():
    for module, name in KERNELS:
        definition = getattr(importlib.import_module(module), name).definition
        assert (definition.module, definition.name) == (module, name)
    assert {name for _, name in KERNELS} == OPTIONS.keys()


@pytest.mark.parametrize(("loss", "soft"), CASES, ids=repr)
def test_a_kernel_serves_the_case(loss, soft):
    d = loss.definition
    for reduction, shape in (("none", (ROWS,)), ("mean", ())):
        assert KERNELS[d.module, d.name](loss.params, *inputs(loss, soft), reduction).shape == shape


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("loss", "soft"), CASES, ids=repr)
def test_value_and_derivatives_are_those_of_the_definition(loss, soft, reduction, without_kernels):
    pred, target = inputs(loss, soft)

    def derived(options):
        value = reduced(loss, reduction, pred, target, **options)
        upstream = torch.linspace(0.5, 1.5, max(value.numel(), 1), dtype=value.dtype).reshape(value.shape)
        (slope,) = torch.autograd.grad(value, pred, upstream, create_graph=True)
        along = torch.cos(torch.arange(pred.numel(), dtype=pred.dtype)).reshape(pred.shape)
        (twice,) = torch.autograd.grad(slope, pred, along)
        return value.detach(), slope.detach(), twice

    for options in options_of(reduction):
        for found, expected in zip(derived(options), without_kernels(derived, options), strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("loss", "soft"), CASES, ids=repr)
def test_autograd_gives_the_gradient(loss, soft):
    pred, target = inputs(loss, soft)
    (slope,) = torch.autograd.grad(loss.sum(pred, target), pred)
    torch.testing.assert_close(slope, loss.gradient(pred, target), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize(("loss", "soft"), CASES, ids=repr)
def test_halves_compute_in_float32(loss, soft, dtype):
    pred, target = (x.detach().to(dtype) if x.is_floating_point() else x for x in inputs(loss, soft))
    wide = [x.float() if x.is_floating_point() else x for x in (pred, target)]
    assert loss(pred, target).dtype is torch.float32
    assert loss.each(pred, target).dtype is dtype
    torch.testing.assert_close(loss(pred, target), loss(*wide))
    torch.testing.assert_close(loss.each(pred, target), loss.each(*wide).to(dtype))


def test_binary_cross_entropy_keeps_what_torch_cancels():
    score = torch.tensor([-30.0, 30.0], requires_grad=True)
    each = lk.binary_cross_entropy().each(score, torch.tensor([0.0, 1.0]))
    each.sum().backward()
    tiny = torch.tensor([np.exp(-30.0)] * 2, dtype=torch.float32)
    torch.testing.assert_close(each.detach(), tiny, rtol=1e-6, atol=0.0)
    torch.testing.assert_close(score.grad, torch.stack([tiny[0], -tiny[1]]), rtol=1e-6, atol=0.0)


@pytest.mark.parametrize("at", [25.0, -25.0, 85.0, -300.0])
def test_binary_cross_entropy_keeps_its_second_derivative(at):
    """torch's softplus and its own operation give 0 here."""
    score = torch.tensor([at], dtype=torch.float64, requires_grad=True)
    loss, target = lk.binary_cross_entropy(), torch.tensor([float(at < 0)], dtype=torch.float64)
    (slope,) = torch.autograd.grad(loss(score, target), score, create_graph=True)
    (twice,) = torch.autograd.grad(slope.sum(), score)
    torch.testing.assert_close(twice, loss.hessian(score.detach(), target), rtol=1e-13, atol=0.0)


def test_an_id_outside_the_classes_raises():
    score = torch.zeros(2, CLASSES)
    for loss, ids in ((lk.cross_entropy(ignore_index=-1), [0, -100]), (lk.cross_entropy(), [0, CLASSES])):
        with pytest.raises(IndexError, match="out of bounds"):
            loss(score, torch.tensor(ids))


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("options", OPTIONS["cross_entropy"], ids=repr)
def test_ignored_ids_are_masked_even_if_their_scores_are_nan(options, reduction):
    loss = lk.cross_entropy(**options)
    pred, target = inputs(loss, False)
    ignored, spoiled = target.clone(), pred.detach().clone()
    ignored[2], spoiled[2] = loss.params["ignore_index"], torch.nan
    spoiled.requires_grad_()
    masked = reduced(loss, reduction, pred, target, where=torch.arange(ROWS) != 2)
    found = reduced(loss, reduction, spoiled, ignored)
    torch.testing.assert_close(found, masked)
    slopes = [torch.autograd.grad(value.sum(), x)[0] for value, x in ((found, spoiled), (masked, pred))]
    torch.testing.assert_close(*slopes)
    assert not slopes[0][2].any()


def test_all_ignored_and_nothing_at_all_give_zero():
    score = torch.zeros(2, CLASSES, requires_grad=True)
    value = lk.cross_entropy()(score, torch.full((2,), -100))
    value.backward()
    assert value.item() == 0.0
    assert not score.grad.any()
    assert lk.cross_entropy()(score[:0], torch.zeros(0, dtype=torch.long)).item() == 0.0
    assert lk.huber()(torch.zeros(0), torch.zeros(0)).item() == 0.0


def test_what_a_kernel_does_not_serve_runs_the_definition(without_kernels):
    delta = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    pos_weight = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    for loss, parameter in (
        (lk.huber(delta=delta), delta),
        (lk.binary_cross_entropy(pos_weight=pos_weight), pos_weight),
    ):
        pred, target = inputs(loss, False)
        (found,) = torch.autograd.grad(loss(pred, target), parameter)
        (expected,) = torch.autograd.grad(without_kernels(loss, pred, target), parameter)
        assert found != 0.0
        torch.testing.assert_close(found, expected)
    images = torch.randn(2, 3, 4, CLASSES)
    ids = torch.zeros(2, 3, 4, dtype=torch.long)
    torch.testing.assert_close(lk.cross_entropy()(images, ids), without_kernels(lk.cross_entropy(), images, ids))


class Subclass(torch.Tensor):
    """May do anything, so the definition runs on it."""


def test_only_plain_eager_tensors_reach_a_kernel():
    module, name = next(iter(KERNELS))
    score = torch.zeros(3)
    assert WORDS.kernel(module, name, score) is KERNELS[module, name]
    assert WORDS.kernel("somewhere", name, score) is None
    assert WORDS.kernel(module, name, score.as_subclass(Subclass)) is None
    seen = []

    def look(x):
        seen.append(WORDS.kernel(module, name, x))
        return x.sum()

    torch.func.grad(look)(score)
    torch.func.vmap(look)(score[:, None])
    with torch.autograd.forward_ad.dual_level():
        look(score)
    assert seen == [None] * 3


@pytest.mark.parametrize("soft", [False, True])
def test_compiled_calls_use_them_too(soft):
    loss = lk.cross_entropy(ignore_index=-1)
    pred, target = inputs(loss, soft)
    if not soft:
        target[1] = -1
    whole = torch.compile(lk.to_torch(loss), fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(whole(pred, target), loss(pred, target))


def test_constants_are_kept_for_each_dtype_and_never_confused():
    numbers = (0.0, -0.0, 0.1)
    for dtype in (torch.float32, torch.float64):
        like = torch.zeros(1, dtype=dtype)
        found = torch.stack(list(WORDS.constants(numbers, like)))
        expected = torch.tensor(numbers, dtype=dtype)
        assert found.dtype is dtype
        assert torch.equal(found, expected)
        assert torch.equal(found.signbit(), expected.signbit())
    with torch.inference_mode():
        first = lk.cross_entropy(class_weight=WEIGHT + 1.0)(*inputs(lk.cross_entropy(), False))
    pred, target = inputs(lk.cross_entropy(), False)
    value = lk.cross_entropy(class_weight=WEIGHT + 1.0)(pred, target)
    value.backward()  # what inference mode made would not be kept for backward
    assert value.item() == first.item()


@pytest.mark.parametrize("columns", [2, 10, 40])
def test_few_columns_are_as_many(columns):
    """The steps of a softmax over few columns are the softmax."""
    x = torch.randn(50, columns, dtype=torch.float64) * 30.0
    with torch.no_grad():
        torch.testing.assert_close(WORDS.softmax(x), torch.softmax(x, -1), rtol=1e-13, atol=0.0)
        torch.testing.assert_close(WORDS.log_softmax(x), torch.log_softmax(x, -1), rtol=1e-13, atol=1e-15)
