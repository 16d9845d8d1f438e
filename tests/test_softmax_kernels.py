"""Kernels of softmax losses against float64 and beyond, at their edges, on NumPy arrays and PyTorch tensors."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

import losskit as lk
from losskit.core import acceleration
from losskit.errors import InvalidInput
from losskit.kernels import pool, softmax_call, softmax_source

RNG = np.random.default_rng(5)
CLASSES = 1500
WEIGHTS = RNG.uniform(0.0, 2.0, CLASSES)

LOSSES = {
    "cross_entropy": lk.cross_entropy(),
    "smoothed": lk.cross_entropy(label_smoothing=0.1),
    "weighted": lk.cross_entropy(class_weight=WEIGHTS),
    "z-loss": lk.cross_entropy(z_loss=0.01),
    "z-loss, smoothed and weighted": lk.cross_entropy(z_loss=0.5, label_smoothing=0.2, class_weight=WEIGHTS),
    "smoothed and weighted": lk.cross_entropy(label_smoothing=0.2, class_weight=WEIGHTS),
    "focal": lk.softmax_focal(),
    "focal with alpha": lk.softmax_focal(gamma=0.5, alpha=WEIGHTS, class_weight=WEIGHTS),
    "poly1": lk.poly1(epsilon=2.0),
    "kl": lk.kl_div_logits(),
    "brier": lk.multiclass_brier(),
    "jsd": lk.js_divergence(beta=0.3, class_weight=WEIGHTS),
}
SOFT = {
    name: LOSSES[name]
    for name in ("cross_entropy", "smoothed and weighted", "z-loss, smoothed and weighted", "kl", "brier", "jsd")
}
every_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
every_soft_loss = pytest.mark.parametrize("loss", SOFT.values(), ids=SOFT)


@pytest.fixture
def served(monkeypatch):
    """What the kernels were asked for: small arrays too are theirs here."""
    calls = []
    run = softmax_call._Job.run

    def counted(self, *args):
        calls.append(self.request.wanted)
        return run(self, *args)

    monkeypatch.setattr(softmax_call._Job, "run", counted)
    monkeypatch.setattr(acceleration, "LARGE", 1)
    return calls


def scores(rows: int, classes: int = CLASSES, dtype: type = np.float32) -> np.ndarray:
    return (3 * RNG.standard_normal((rows, classes))).astype(dtype)


def ids_of(rows: int, classes: int = CLASSES) -> np.ndarray:
    ids = RNG.integers(0, classes, rows)
    ids[:2] = 0, classes - 1
    return ids


def shares(rows: int, classes: int = CLASSES, dtype: type = np.float32) -> np.ndarray:
    q = RNG.uniform(size=(rows, classes)) ** 8
    q[0] = 0
    q[0, 3] = 1
    return (q / q.sum(-1, keepdims=True)).astype(dtype)


def in_float64(loss, pred, target, **rest):
    """The definition on the same numbers in float64."""
    rest = {name: x.astype(float) if x.dtype.kind == "f" else x for name, x in rest.items()}
    target = target.astype(float) if target.dtype.kind == "f" else target
    with acceleration.plain():
        return loss.value_and_gradient(pred.astype(float), target, **rest)


def assert_near(found, true, dtype):
    """The value to 4 eps of float32's or float64's, the gradient to 2e-6 of its row's largest, halves to their own."""
    value, gradient = found
    eps = np.finfo(np.float64 if dtype is np.float64 else np.float32).eps
    assert abs(value - true[0]) <= 4 * eps * abs(true[0])
    top = np.abs(true[1]).max(-1, keepdims=True)
    allowed = {np.float64: 16 * eps, np.float32: 1e-6, np.float16: 2.0**-11}[dtype] * top
    least = float(np.finfo(dtype).smallest_subnormal)
    assert (np.abs(gradient - true[1]) <= np.maximum(allowed, least)).all()


@pytest.mark.sweep
@every_loss
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda t: t.__name__)
def test_ids(served, loss, dtype):
    pred, ids = scores(60, dtype=dtype), ids_of(60)
    ids[5::7] = -100
    weight, where = RNG.uniform(size=60).astype(dtype), RNG.uniform(size=60) > 0.3
    for rest in ({}, {"weight": weight, "where": where}):
        assert_near(loss.value_and_gradient(pred, ids, **rest), in_float64(loss, pred, ids, **rest), dtype)
    assert len(served) == 2


@pytest.mark.parametrize("classes", [1, 2, 10, 64])
@pytest.mark.parametrize(
    "name", ["cross_entropy", "smoothed and weighted", "z-loss, smoothed and weighted", "focal with alpha", "jsd"]
)
def test_few_classes(served, name, classes):
    """Short rows are taken many at a time: whole bundles, and what is left over."""
    parameters = {k: v for k, v in LOSSES[name].to_dict().items() if k not in ("alpha", "class_weight")}
    weights = {k: WEIGHTS[:classes] for k in ("alpha", "class_weight") if LOSSES[name].params.get(k) is not None}
    loss = lk.get(parameters, **weights)
    pred, ids = scores(300, classes), ids_of(300, classes)
    ids[5::7] = -100
    weight, where = RNG.uniform(size=300).astype(np.float32), RNG.uniform(size=300) > 0.3
    pred[13], where[13] = np.nan, False
    true = in_float64(loss, pred, ids, weight=weight, where=where)
    value, gradient = loss.value_and_gradient(pred, ids, weight=weight, where=where)
    assert abs(value - true[0]) <= 4 * np.finfo(np.float32).eps * true[0]
    # of the largest of all rows: p may meet its smoothed label, and cancel
    assert np.abs(gradient - true[1]).max() <= 1e-6 * np.abs(true[1]).max()
    each = loss.each(pred, ids, where=where)
    with acceleration.plain():
        np.testing.assert_allclose(each, loss.each(pred.astype(float), ids, where=where), rtol=1e-5, atol=1e-12)
    assert len(served) == 2


@pytest.mark.sweep
@every_soft_loss
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda t: t.__name__)
def test_soft_labels(served, loss, dtype):
    pred, q = scores(60, dtype=dtype), shares(60, dtype=dtype)
    weight, where = RNG.uniform(size=60).astype(dtype), RNG.uniform(size=60) > 0.3
    for rest in ({}, {"weight": weight, "where": where}):
        assert_near(loss.value_and_gradient(pred, q, **rest), in_float64(loss, pred, q, **rest), dtype)
    assert len(served) == 2


@pytest.mark.parametrize("soft", [False, True], ids=["ids", "soft"])
def test_float16(served, soft):
    loss = lk.cross_entropy(label_smoothing=0.1)
    pred, target = scores(60, dtype=np.float16), shares(60, dtype=np.float16) if soft else ids_of(60)
    assert_near(loss.value_and_gradient(pred, target), in_float64(loss, pred, target), np.float16)
    assert served


@every_loss
def test_every_method(served, loss):
    pred, ids = scores(40, dtype=np.float64), ids_of(40)
    ids[7] = -100
    found = [f(pred, ids) for f in (loss, loss.sum, loss.each, loss.gradient)]
    assert len(served) == 4
    with acceleration.plain():
        for mine, plain in zip(found, [f(pred, ids) for f in (loss, loss.sum, loss.each, loss.gradient)], strict=True):
            np.testing.assert_allclose(mine, plain, rtol=1e-13, atol=1e-14)
            assert np.shape(mine) == np.shape(plain)


@pytest.mark.parametrize("classes", [1, 2, 3, 1023, 1024, 1025, 262144])
def test_numbers_of_classes(served, classes):
    """The class first, last, surest and hopeless, against 64 bits and more; the loss of a sure row keeps its digits."""
    pred = scores(4, classes)
    ids = np.array([0, classes - 1, int(pred[2].argmax()), int(pred[3].argmin())])
    pred[2, ids[2]] += 20
    each = lk.cross_entropy().each(pred, ids)
    _, gradient = lk.cross_entropy().value_and_gradient(pred, ids, normalizer=1.0)
    assert len(served) == 2
    eps = np.finfo(np.float32).eps
    for row, k in enumerate(ids):
        x = pred[row].astype(np.longdouble)
        odds = np.exp(x - x[k])
        odds[k] = 0
        true, p = np.log1p(odds.sum()), odds / (1 + odds.sum())
        condition = (np.abs(x) * p).sum() + np.abs(x[k]) * p.sum()
        assert abs(each[row] - true) <= 4 * eps * max(true, condition)
        assert abs(gradient[row, k] + p.sum()) <= 16 * eps * max(p.sum(), condition)
    np.testing.assert_allclose(gradient.astype(float).sum(-1), 0, atol=1e-6)


def test_threads_and_runs_give_the_same_bits(served):
    pred, ids, q = scores(900), ids_of(900), shares(900)
    found = []
    before = pool.num_threads()
    try:
        for threads in (1, 2, 7, 7):
            pool.set_num_threads(threads)
            found.append([lk.cross_entropy().value_and_gradient(pred, x) for x in (ids, q)])
    finally:
        pool.set_num_threads(before)
    for other in found[1:]:
        for (value, gradient), (first, at_first) in zip(other, found[0], strict=True):
            assert value.tobytes() == first.tobytes()
            assert gradient.tobytes() == at_first.tobytes()


def test_a_row_depends_on_itself_alone(served):
    pred, ids = scores(300), ids_of(300)
    loss = lk.cross_entropy()
    assert np.array_equal(loss.gradient(pred, ids)[100:200], loss.gradient(pred[100:200], ids[100:200]))


def test_all_ignored(served):
    pred = scores(5)
    value, gradient = lk.cross_entropy().value_and_gradient(pred, np.full(5, -100))
    assert value == 0
    assert not gradient.any()
    assert served


def test_nothing_at_all(served):
    value, gradient = lk.cross_entropy().value_and_gradient(np.empty((0, 5), np.float32), np.empty(0, int))
    assert value == 0
    assert gradient.shape == (0, 5)


def test_masked_rows_may_hold_anything(served):
    pred, ids = scores(6), ids_of(6)
    pred[2], ids[2] = np.nan, 10**9
    where = np.arange(6) != 2
    value, gradient = lk.cross_entropy().value_and_gradient(pred, ids, where=where)
    assert np.isfinite(value)
    assert not gradient[2].any()
    assert_near((value, gradient[where]), in_float64(lk.cross_entropy(), pred[where], ids[where]), np.float32)


@pytest.mark.parametrize("path", [contextlib.nullcontext, acceleration.plain], ids=["kernel", "plain"])
def test_ignored_rows_may_hold_anything(served, path):
    pred, ids = scores(6, dtype=np.float64), ids_of(6)
    pred[2], ids[2] = np.nan, -100
    kept = ids != -100
    with path():
        value, gradient = lk.cross_entropy().value_and_gradient(pred, ids)
        assert abs(value - lk.cross_entropy()(pred[kept], ids[kept])) <= 1e-15 * value
        with pytest.raises(InvalidInput, match="1500 NaN or infinite"):
            lk.cross_entropy(ignore_index=None)(pred, np.where(kept, ids, 0))
    assert not gradient[2].any()


@every_loss
def test_edges(served, loss):
    """One row, the first class and the last, all rows ignored, scores far apart; a NaN stays in its row."""
    pred, ids = scores(6, dtype=np.float64), ids_of(6)
    pred[3] *= 3e3
    each, gradient = loss.each(pred, ids), loss.gradient(pred, ids)
    assert np.isfinite(each).all()
    assert np.isfinite(gradient).all()
    assert np.array_equal(loss.each(pred[1:2], ids[1:2]), each[1:2])
    assert np.array_equal(loss.gradient(pred[1:2], ids[1:2]), gradient[1:2])
    none = np.full(6, -100)
    assert loss(pred, none) == 0
    assert not loss.gradient(pred, none).any()
    broken = torch.from_numpy(pred).clone()
    broken[2, 9] = torch.nan
    assert torch.equal(torch.isnan(loss.each(broken, torch.from_numpy(ids))), torch.arange(6) == 2)
    found = loss.gradient(broken, torch.from_numpy(ids)).numpy()
    assert np.isnan(found[2]).any()
    assert np.array_equal(np.delete(found, 2, 0), np.delete(gradient, 2, 0))
    assert len(served) == 8


def teachers(pred: np.ndarray) -> np.ndarray:
    """Scores of a teacher: far from the student's, nearly and exactly theirs, and surer than they are."""
    t = pred + (RNG.standard_normal(pred.shape) * np.array([3, 0.4, 1e-2, 1e-4, 0])[np.arange(len(pred)) % 5, None])
    t[-1] = 5 * pred[-1]
    return t.astype(pred.dtype)


@pytest.mark.parametrize("temperature", [1.0, 3.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda t: t.__name__)
def test_distillation(served, dtype, temperature):
    """Row by row: near teachers cost next to nothing, which would drown in the others'."""
    loss, pred = lk.distillation(temperature=temperature), scores(21, dtype=dtype)
    target, eps = teachers(pred), np.finfo(dtype).eps
    with acceleration.plain():
        each, true = (f(pred.astype(float), target.astype(float)) for f in (loss.each, loss.gradient))
    gradient = loss.gradient(pred, target)
    np.testing.assert_allclose(loss.each(pred, target), each, rtol=16 * eps)
    assert (np.abs(gradient - true) <= 16 * eps * np.abs(true).max(-1, keepdims=True)).all()
    where, weight = np.arange(21) % 3 > 0, RNG.uniform(size=21).astype(dtype)
    found = loss.value_and_gradient(pred, target, weight=weight, where=where)
    assert_near(found, in_float64(loss, pred, target, weight=weight, where=where), dtype)
    assert len(served) == 3


def test_edges_of_distillation(served):
    loss, pred = lk.distillation(), scores(6, dtype=np.float64)
    target = teachers(pred)
    assert not loss.each(pred[:, :1], target[:, :1]).any()
    assert not loss.gradient(pred[:, :1], target[:, :1]).any()
    assert loss(pred, target, where=np.zeros(6, bool)) == 0
    assert np.isfinite(loss.gradient(3e3 * pred, -3e3 * target)).all()
    with pytest.raises(InvalidInput, match="target holds 1 NaN"):
        loss(pred, np.where(target == target[2, 9], np.nan, target))
    target[2, 9] = np.nan
    found = loss.each(torch.from_numpy(pred), torch.from_numpy(target))
    assert torch.equal(torch.isnan(found), torch.arange(6) == 2)
    student, teacher = torch.from_numpy(pred[:2, :5]).requires_grad_(), torch.from_numpy(teachers(pred[:2, :5]))
    torch.autograd.gradgradcheck(lambda x: loss(x, teacher), student)
    assert served


def test_large_scores(served):
    pred = np.array([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4], [3e38, -3e38, 0.0]], np.float32)
    each = lk.cross_entropy().each(pred, np.array([1, 1, 0]))
    np.testing.assert_allclose(each, [2e4, np.log(2), 0.0])
    assert served


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_raise_on_numpy(served, bad):
    pred, q = scores(6), shares(6)
    pred[4, 77] = bad
    with pytest.raises(InvalidInput, match="1 NaN or infinite"):
        lk.cross_entropy().value_and_gradient(pred, ids_of(6))
    with pytest.raises(InvalidInput, match="1 NaN or infinite"):
        lk.cross_entropy().value_and_gradient(pred, ids_of(6), out=pred)
    with pytest.raises(InvalidInput, match="1 NaN or infinite"):
        lk.cross_entropy()(scores(6), np.where(q == q[4, 77], bad, q))
    assert served


@pytest.mark.parametrize("bad", [-1, CLASSES])
def test_ids_that_are_no_class_raise(served, bad):
    ids = ids_of(6)
    ids[3] = bad
    with pytest.raises(InvalidInput, match="class ids from 0 to"):
        lk.cross_entropy().value_and_gradient(scores(6), ids)
    with pytest.raises((InvalidInput, RuntimeError, IndexError)):
        lk.cross_entropy()(torch.from_numpy(scores(6)), torch.from_numpy(ids))


def test_weights_below_0_raise(served):
    with pytest.raises(InvalidInput, match="numbers >= 0"):
        lk.cross_entropy()(scores(3), ids_of(3), weight=np.array([1.0, -1.0, 1.0], np.float32))


def test_nan_stays_in_its_row_on_torch(served):
    for sign in (1, -1):
        pred = scores(5)
        pred[2, 9] = np.copysign(np.nan, sign)
        each = lk.cross_entropy().each(torch.from_numpy(pred), torch.from_numpy(ids_of(5)))
        assert torch.equal(torch.isnan(each), torch.arange(5) == 2)
        _, gradient = lk.cross_entropy().value_and_gradient(torch.from_numpy(pred), torch.from_numpy(ids_of(5)))
        assert torch.equal(torch.isnan(gradient).all(-1), torch.arange(5) == 2)
        assert torch.equal(torch.isnan(gradient).any(-1), torch.arange(5) == 2)
    assert len(served) == 4


def test_masked_out_scores_on_torch(served):
    """-inf is a class that cannot be."""
    pred = torch.from_numpy(scores(5))
    pred[:, 10:] = -torch.inf
    value, gradient = lk.cross_entropy().value_and_gradient(pred, torch.arange(5))
    few = pred[:, :10].double()
    torch.testing.assert_close(value, torch.nn.functional.cross_entropy(few, torch.arange(5)).float())
    assert not gradient[:, 10:].any()
    assert served


def test_memory_of_any_kind(served):
    """Rows with gaps, other orders, read-only arrays; three axes."""
    pred, ids = scores(8), ids_of(8)
    loss = lk.cross_entropy()
    true = loss.gradient(pred, ids)
    wide = np.zeros((8, CLASSES + 5), np.float32)
    wide[:, 2:-3] = pred
    fixed = pred.copy()
    fixed.setflags(write=False)
    for given in (wide[:, 2:-3], np.asfortranarray(pred), pred[::-1][::-1], fixed, np.repeat(pred, 2, 1)[:, ::2]):
        assert np.array_equal(loss.gradient(given, ids), true)
    assert np.array_equal(loss.gradient(pred[::-1], ids[::-1])[::-1], true)
    assert np.array_equal(loss.gradient(pred.reshape(2, 4, -1), ids.reshape(2, 4)), true.reshape(2, 4, -1))
    soft = shares(8)
    soft.setflags(write=False)
    assert np.array_equal(loss.gradient(fixed, soft), loss.gradient(pred, soft.copy()))
    assert len(served) == 10


def test_in_place(served):
    """The gradient may take the place of the scores, or go anywhere else."""
    pred, ids = scores(8), ids_of(8)
    value, gradient = lk.cross_entropy().value_and_gradient(pred, ids)
    wide = np.zeros((8, 2 * CLASSES), np.float32)
    for out in (np.empty_like(pred), wide[:, ::2], wide[:, :CLASSES], np.empty_like(pred, order="F"), pred):
        again, same = lk.cross_entropy().value_and_gradient(pred, ids, out=out)
        assert same is out
        assert again == value
        assert np.array_equal(out, gradient)
    assert not wide[:, CLASSES + 1 :: 2].any()


def test_memory_that_overlaps(served):
    buffer = np.zeros(9 * CLASSES, np.float32)
    pred, out = buffer[: 8 * CLASSES].reshape(8, -1), buffer[CLASSES:].reshape(8, -1)
    pred[:] = scores(8)
    ids = ids_of(8)
    true = lk.cross_entropy().gradient(pred.copy(), ids)
    lk.cross_entropy().value_and_gradient(pred, ids, normalizer=1.0, out=out)
    assert np.array_equal(out, true)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("soft", [False, True], ids=["ids", "soft"])
def test_torch_autograd(served, dtype, soft):
    pred = torch.from_numpy(scores(20)).to(dtype).requires_grad_()
    target = torch.from_numpy(shares(20)).to(dtype) if soft else torch.from_numpy(ids_of(20))
    weight = torch.rand(20).to(dtype)
    value = lk.cross_entropy(label_smoothing=0.1)(pred, target, weight=weight)
    (3 * value).backward()
    assert served == ["value_and_gradient"]
    exact = pred.detach().double().requires_grad_()
    with acceleration.plain():
        true = lk.cross_entropy(label_smoothing=0.1)(exact, target.double() if soft else target, weight=weight.double())
    (3 * true).backward()
    single = torch.float64 if dtype is torch.float64 else torch.float32
    torch.testing.assert_close(value.detach(), true.detach().to(single), rtol=1e-6, atol=0)
    torch.testing.assert_close(pred.grad, exact.grad.to(dtype))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_gradients_in_half_precision_are_rounded_once(served, dtype):
    pred, ids = torch.from_numpy(scores(50)).to(dtype), torch.from_numpy(ids_of(50))
    gradient = lk.cross_entropy().gradient(pred, ids)
    with acceleration.plain():
        true = lk.cross_entropy().gradient(pred.double(), ids)
    assert served
    right = gradient == true.to(dtype)
    assert right.double().mean() >= 0.999
    above = torch.nextafter(true.to(dtype), torch.tensor(torch.inf, dtype=dtype))
    below = torch.nextafter(true.to(dtype), torch.tensor(-torch.inf, dtype=dtype))
    assert (right | (gradient == above) | (gradient == below)).all()


def test_torch_second_order(served):
    pred = torch.from_numpy(scores(3, 7, np.float64)).requires_grad_()
    ids = torch.tensor([0, 6, 2])

    def total(x):
        return lk.cross_entropy()(x, ids)

    torch.autograd.gradgradcheck(total, pred)
    assert served


def test_torch_in_place_and_outside_autograd(served):
    pred, ids = torch.from_numpy(scores(6)), torch.from_numpy(ids_of(6))
    value, gradient = lk.cross_entropy().value_and_gradient(pred, ids)
    again, same = lk.cross_entropy().value_and_gradient(pred, ids, out=pred)
    assert same is pred
    assert again == value
    assert torch.equal(pred, gradient)
    assert len(served) == 2


@pytest.mark.parametrize("soft", [False, True], ids=["ids", "soft"])
def test_torch_each_inside_autograd(served, soft):
    pred = torch.from_numpy(scores(20, dtype=np.float64)).requires_grad_()
    target = torch.from_numpy(shares(20, dtype=np.float64) if soft else ids_of(20))
    loss = lk.cross_entropy(label_smoothing=0.1)
    (loss.each(pred, target) ** 2).sum().backward()
    assert len(served) == 1
    found, pred.grad = pred.grad, None
    with acceleration.plain():
        (loss.each(pred, target) ** 2).sum().backward()
    torch.testing.assert_close(found, pred.grad)
    few = pred.detach()[:2, :5].requires_grad_()
    torch.autograd.gradgradcheck(lambda x: loss.each(x, torch.tensor([0, 4])), few)


def test_what_is_left_to_the_definition(served):
    pred = scores(4)
    lk.cross_entropy().hessian(pred, ids_of(4))
    lk.softmax_focal()(pred, shares(4))
    assert not served


def test_the_source_of_a_kernel():
    text = lk.cross_entropy(class_weight=WEIGHTS).kernel_source()
    assert "of_ids(cross_entropy)" in text
    compile(text, "kernel", "exec")
    with pytest.raises(NotImplementedError, match="has no kernel"):
        lk.nll().kernel_source()


def test_kernels_are_kept(served):
    lk.cross_entropy()(scores(3), ids_of(3))
    assert softmax_source.has("cross_entropy")
    assert not softmax_source.has("nll")


def test_warm(monkeypatch):
    monkeypatch.setattr(softmax_source, "_loaded", {})
    assert acceleration.warm(lk.distillation())
    assert len(softmax_source._loaded) == 4
    assert not acceleration.warm(lk.nll())


@pytest.mark.sweep
def test_processes_give_the_same_bits(served):
    script = """
import hashlib, sys, numpy as np, losskit as lk
from losskit.core import acceleration
acceleration.LARGE = 1
lk.set_num_threads(int(sys.argv[1]))
pred = np.random.default_rng(3).standard_normal((900, 1500)).astype(np.float32)
for loss in (lk.cross_entropy(label_smoothing=0.1), lk.js_divergence()):
    value, gradient = loss.value_and_gradient(pred, np.arange(900))
    print(value.tobytes().hex(), hashlib.sha256(gradient).hexdigest())
"""
    found = {subprocess.check_output([sys.executable, "-c", script, threads]) for threads in "127"}
    assert len(found) == 1


def test_rows_beyond_2_to_the_31(served, tmp_path):
    """A sparse file: its rows lie so far apart that 32 bits do not reach the last."""
    whole = np.memmap(tmp_path / "scores", np.float32, "w+", shape=(4, 2**30))
    pred = np.asarray(whole)[:, :CLASSES]
    pred[:] = scores(4)
    ids = ids_of(4)
    assert np.array_equal(lk.cross_entropy().gradient(pred, ids), lk.cross_entropy().gradient(pred.copy(), ids))
    lk.cross_entropy().value_and_gradient(pred.copy(), ids, out=pred)
    assert pred[3].any()
    assert len(served) == 3


def test_two_callers_at_once(served):
    pred, ids = scores(400), ids_of(400)
    alone = lk.cross_entropy().gradient(pred, ids)
    with ThreadPoolExecutor(2) as callers:
        found = list(callers.map(lambda _: lk.cross_entropy().gradient(pred, ids), range(8)))
    assert all(np.array_equal(gradient, alone) for gradient in found)
