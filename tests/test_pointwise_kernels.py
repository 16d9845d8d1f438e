"""Kernels of losses of single entries: as accurate as the definition, the same bits on any number of threads."""

from __future__ import annotations

import numpy as np
import pytest

import losskit as lk
from losskit import kernels
from losskit.core import acceleration
from losskit.core.registry import factory, names
from losskit.errors import InvalidInput, NotSupported
from losskit.kernels import arrays, compiled, pool, template
from losskit.kernels.template import PART, Task
from losskit.testing.accuracy import assert_accurate, quantities
from losskit.testing.case import listed
from losskit.testing.libraries import Library
from losskit.testing.samples import sample
from losskit.testing.variants import variants

POINTWISE = [name for name in names() if factory(name).example().kind == "pointwise"]
TRAINABLE = [name for name in POINTWISE if factory(name).example().definition.trainable]
DTYPES = ("float32", "float64")


@pytest.fixture(autouse=True)
def always(monkeypatch):
    """Every array is large."""
    monkeypatch.setattr(acceleration, "LARGE", 1)


def kernels_of(loss):
    """Those for float32: a definition is looked at in float64 where it is written."""
    return [kernel for kernel in loss.graphs().kernels.values() if kernel is not None and kernel.dtype == np.float32]


def uniform(size, dtype="float32", seed=0):
    """A logit, or any real number, and a target between 0 and 1."""
    rng = np.random.default_rng(seed)
    return rng.normal(0.0, 3.0, size).astype(dtype), rng.uniform(size=size).astype(dtype)


# Every loss of the registry.


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", POINTWISE)
def test_accurate(name, dtype):
    """Value, gradient and Hessian obey the norm that the definition obeys."""
    loss = factory(name).example()
    assert_accurate(loss, Library.NUMPY, dtype)
    methods = {"value": "each"}
    served = {stored for task in loss.graphs().kernels for stored in task.stored}
    assert {methods.get(quantity, quantity) for quantity in quantities(loss)} <= served, "the kernel was not asked"


@pytest.mark.sweep
@pytest.mark.parametrize("name", TRAINABLE)
def test_weights_and_masks(name):
    """The weighted mean of each and its gradient, entry by entry, with random weights and what is masked junk."""
    for loss in variants(factory(name)):
        inputs = [x.astype("float32") for x in sample(loss, rows=700, seed=1).values()]
        rng = np.random.default_rng(2)
        weight, where = rng.gamma(1.0, size=700).astype("float32"), rng.uniform(size=700) < 0.7
        each, gradients = loss.each(*inputs), listed(loss.gradient(*inputs))
        for x in (*inputs, weight):
            x[~where] = np.nan
        value, weighted = loss.value_and_gradient(*inputs, weight=weight, where=where)
        w = np.where(where, weight, 0.0).astype(float)
        eps = np.finfo("float32").eps
        terms = np.where(where, each, 0.0) * w
        assert abs(value - terms.sum() / w.sum()) <= 4 * eps * np.abs(terms).sum() / w.sum()
        share = w / w.sum()
        for whole, some in zip(gradients, listed(weighted), strict=True):
            size = np.where(where, 1.0 + np.abs(each) + np.abs(whole), 0.0)  # a difference of terms of the inputs' size
            assert np.all(np.abs(some - np.where(where, whole, 0.0) * share) <= 16 * eps * share * size)


def test_every_method_and_option_as_the_definition():
    loss = lk.pseudo_huber()
    z, y = uniform(3000)
    rng = np.random.default_rng(3)
    weight, where = rng.uniform(size=3000).astype("float32"), rng.uniform(size=3000) < 0.5
    everything = [
        lambda **o: loss(z, y, **o),
        lambda **o: loss.sum(z, y, **o),
        lambda **o: loss.gradient(z, y, **o),
        lambda **o: loss.hessian(z, y, **o),
        lambda **o: loss.curvature(z, y, **o),
        lambda **o: loss.gradient_and_curvature(z, y, **o)[0],
        lambda **o: loss.gradient_and_curvature(z, y, **o)[1],
        lambda **o: loss.value_and_gradient(z, y, **o)[0],
        lambda **o: loss.value_and_gradient(z, y, **o)[1],
    ]
    options = [{}, {"weight": weight}, {"where": where}, {"weight": weight, "where": where}]
    calls = [lambda c=call, o=option: c(**o) for call in everything for option in options]
    calls += [lambda o=o: loss(z, y, normalizer=7.0, **o) for o in options]
    calls += [lambda o=o: loss.value_and_gradient(z, y, normalizer=7, **o)[1] for o in options]
    calls += [lambda: loss.each(z, y), lambda: loss.each(z, y, where=where)]
    for call in calls:
        with lk.plain():
            expected = call()
        got = call()
        assert type(got) is type(expected)
        assert got.dtype == expected.dtype
        bound = 8 * np.finfo("float32").eps
        np.testing.assert_allclose(got, expected, rtol=bound, atol=bound * np.max(np.abs(expected)))


def test_several_inputs_are_differentiated():
    loss = lk.gaussian_nll()
    inputs = [x.astype("float32") for x in sample(loss, rows=500).values()]
    value, gradients = loss.value_and_gradient(*inputs)
    with lk.plain():
        expected_value, expected = loss.value_and_gradient(*inputs)
    np.testing.assert_allclose(value, expected_value, rtol=1e-6)
    for got, wanted in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-9)


def test_a_loss_of_the_users_own():
    @lk.define_loss(pred=lk.Real, target=lk.Real, power=lk.Static(4.0), width=lk.Positive(2.0))
    def flat(ops, pred, target, *, power, width):
        u = (pred - target) / width
        return -ops.expm1(-ops.pow(ops.abs(u), power))

    loss = flat(width=3.0)
    z, y = uniform(1000)
    got = loss.value_and_gradient(z, y)
    assert kernels_of(loss)
    with lk.plain():
        expected = loss.value_and_gradient(z, y)
    np.testing.assert_allclose(got[0], expected[0], rtol=1e-6)
    np.testing.assert_allclose(got[1], expected[1], rtol=1e-4, atol=1e-9)
    assert "def kernel(" in loss.kernel_source()


# Bits.


@pytest.mark.parametrize("loss", [lk.huber(), lk.binary_cross_entropy()], ids=repr)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_same_bits_on_any_number_of_threads(loss, dtype):
    z, y = uniform(5 * PART + 4321, dtype)
    weight = np.random.default_rng(1).uniform(size=z.size).astype(dtype)
    found = set()
    try:
        for threads in (1, 2, 7, 2):
            lk.set_num_threads(threads)
            value, gradient = loss.value_and_gradient(z, y, weight=weight)
            found.add((value.tobytes(), gradient.tobytes(), loss(z, y).tobytes()))
    finally:
        pool._threads = None
    assert len(found) == 1


def test_long_sums_keep_their_digits():
    n = 3 * PART + 17
    pred, target = np.full(n, 0.1, "float32"), np.zeros(n, "float32")
    assert lk.absolute_error()(pred, target) == np.float32(0.1)
    z, y = uniform(n)
    exact = np.mean(lk.squared_error().each(z.astype(float), y.astype(float)))
    np.testing.assert_allclose(lk.squared_error()(z, y), exact, rtol=np.finfo("float32").eps)


# Arrays of every sort.


def layouts(x):
    """The same numbers in arrays that lie in memory in every way."""
    gaps = np.zeros((*x.shape, 3), x.dtype)
    gaps[..., 1] = x
    read_only = x.copy()
    read_only.setflags(write=False)
    return {
        "contiguous": x,
        "fortran": np.asfortranarray(x),
        "gaps": gaps[..., 1],
        "reversed": x[::-1].copy()[::-1],
        "read-only": read_only,
        "swapped bytes": x.astype(x.dtype.newbyteorder()),
    }


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_layouts(dtype, monkeypatch):
    monkeypatch.setattr(arrays, "PART", 128)
    loss = lk.huber()
    z, y = (x.reshape(25, 40) for x in uniform(1000, dtype))
    value, gradient = loss.value_and_gradient(z, y)
    assert gradient.dtype == dtype
    for name, pred in layouts(z).items():
        for other, target in layouts(y).items():
            v, g = loss.value_and_gradient(pred, target)
            np.testing.assert_allclose(v, value, rtol=1e-6, err_msg=f"{name}, {other}")
            np.testing.assert_array_equal(g, gradient, err_msg=f"{name}, {other}")


def test_targets_of_another_dtype():
    z, y = uniform(500)
    whole = (y > 0.5).astype(int)
    for target in (whole, whole.astype(float), whole.astype("uint8"), whole.astype(bool)):
        got = lk.binary_cross_entropy().gradient(z, target)
        np.testing.assert_array_equal(got, lk.binary_cross_entropy().gradient(z, whole.astype("float32")))


@pytest.mark.parametrize("how", ["fresh", "gaps", "float64", "pred itself", "target itself"])
def test_out(how, monkeypatch):
    monkeypatch.setattr(arrays, "PART", 128)
    z, y = uniform(1000)
    expected = lk.huber().value_and_gradient(z, y)
    outs = {
        "fresh": np.empty_like(z),
        "gaps": np.zeros((1000, 2), "float32")[:, 0],
        "float64": np.empty(1000),
        "pred itself": z,
        "target itself": y,
    }
    value, gradient = lk.huber().value_and_gradient(z, y, out=outs[how])
    assert gradient is outs[how]
    assert value == expected[0]
    np.testing.assert_array_equal(gradient, expected[1])


def test_empty_and_single():
    for shape in ((0,), (0, 3), (), (1,)):
        z = np.ones(shape, "float32")
        value, gradient = lk.huber().value_and_gradient(z, 0 * z)
        assert value == (0.5 if z.size else 0.0)
        assert gradient.shape == shape


def test_more_entries_than_32_bits_count(tmp_path):
    """A file without contents, of one byte an entry, and a kernel that counts."""
    entries = np.asarray(np.memmap(tmp_path / "entries", "int8", "w+", shape=2**31 + 3))
    entries[-1] = 7
    counting = compiled.Kernel(lambda x, scale: (float(x.size), x[-1] in (0, 7)), (), np.dtype("int8"), 0)
    last = compiled.Kernel(lambda x, scale: (float(x[-1]), True), (), np.dtype("int8"), 0)
    assert arrays.run(counting, [entries], None, [1.0], []) == (entries.size, True)
    assert arrays.run(last, [entries], None, [1.0], []) == (7.0, True)


# Values.


def test_values_are_checked_in_the_same_pass():
    z, y = uniform(5000)
    cases = [(np.nan, 0.5, "NaN"), (np.inf, 0.5, "infinite"), (0.0, 1.5, "between 0 and 1"), (0.0, np.nan, "NaN")]
    for bad_z, bad_y, said in cases:
        pred, target = z.copy(), y.copy()
        pred[4321], target[4321] = bad_z, bad_y
        with pytest.raises(InvalidInput, match=said):
            lk.binary_cross_entropy()(pred, target)
        where = np.arange(5000) != 4321
        assert np.isfinite(lk.binary_cross_entropy()(pred, target, where=where))
    with pytest.raises(InvalidInput, match=">= 0"):
        lk.huber()(z, y, weight=-np.ones_like(z))
    with pytest.raises(InvalidInput, match="shape"):
        lk.huber()(z, y[:-1])


def test_a_number_that_only_its_own_dtype_holds():
    """1 - 1e-12 is below 1, and 1 in float32: the definition answers, as for any number."""
    pred, target = np.full(200, 0.5, "float32"), np.full(200, 1e-12)
    with lk.plain():
        expected = lk.poisson_rate()(pred, target)
    assert lk.poisson_rate()(pred, target) == expected


def test_extremes():
    z = np.array([1e4, -1e4, 88.0, -104.0, 0.0, -0.0], "float32")
    for target in (0.0, 1.0):
        y = np.full_like(z, target)
        for method in ("each", "gradient", "hessian"):
            with lk.plain():
                expected = getattr(lk.binary_cross_entropy(), method)(z, y)
            np.testing.assert_allclose(
                getattr(lk.binary_cross_entropy(), method)(z, y), expected, rtol=1e-6, atol=1e-37
            )
    huge = np.full(300, 3e38, "float32")
    assert np.isinf(lk.squared_error().each(huge, -huge)).all()


def test_nothing_left_to_average():
    z, y = uniform(600)
    for options in ({"where": np.zeros(600, bool)}, {"weight": np.zeros_like(z)}):
        value, gradient = lk.huber().value_and_gradient(z, y, **options)
        assert value == 0.0
        np.testing.assert_array_equal(gradient, 0.0)


# What runs the definition.


def test_plain_runs_the_definition():
    @lk.define_loss(pred=lk.Real, target=lk.Real)
    def own(ops, pred, target):
        return (pred - target) * (pred - target)

    with lk.plain():
        own()(*uniform(500))
    assert not kernels_of(own())
    own()(*uniform(500))
    assert kernels_of(own())


def test_small_arrays_wait_for_no_compiler(monkeypatch):
    monkeypatch.setattr(acceleration, "LARGE", 1000)

    @lk.define_loss(pred=lk.Real, target=lk.Real)
    def own(ops, pred, target):
        return ops.abs(pred - target)

    own()(*uniform(500))
    assert not kernels_of(own())
    own()(*uniform(1000))
    assert kernels_of(own())


def test_once_warm_small_arrays_are_served(monkeypatch):
    monkeypatch.setattr(acceleration, "LARGE", 1000)
    call = acceleration.Request(lk.huber(), "mean", uniform(10), None, None, None, None)
    unused = kernels._OnUse("losskit.kernels.pointwise")
    assert unused.serve(call) is None
    assert unused.warm(lk.huber())
    assert unused.serve(call) == lk.huber()(*uniform(10))


def test_array_parameters_run_the_definition():
    z, y = uniform(500)
    delta = np.linspace(0.5, 2.0, 500)
    whole = lk.huber(delta=delta)(z, y)
    np.testing.assert_allclose(
        whole, np.mean([lk.huber(delta=d)(z[i : i + 1], y[i : i + 1]) for i, d in enumerate(delta)])
    )


def test_no_derivative_is_said_as_ever():
    with pytest.raises(NotSupported, match="no useful gradient"):
        lk.zero_one().gradient(*[np.zeros(500)] * 2)


# The printed source.


def test_source_shares_what_is_shared():
    text = lk.binary_cross_entropy().kernel_source()
    assert text == lk.binary_cross_entropy(pos_weight=3.0).kernel_source(), "parameters are arguments"
    body = [line.split(" = ")[1] for line in text.splitlines() if line.strip().startswith("v")]
    assert len(body) == len(set(body))
    with pytest.raises(NotSupported, match="its definition runs"):
        lk.listnet().kernel_source()


def test_source_holds_infinities_and_domains():
    task = Task(True, ("gradient", "hessian"), "float64", True, True)
    text = template.source(lk.poisson().definition, lk.poisson().graphs(), task)
    compile(text, "kernel", "exec")
    assert "float64[::1], boolean[::1]" in text
