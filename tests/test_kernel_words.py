"""The words of kernels against 120 digits, at the edges of their formats, and as loops."""

from __future__ import annotations

import functools
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
import torch
from numba import njit

from losskit.kernels import float32, float64
from losskit.kernels.intrinsics import narrow, widen
from losskit.ops import symbols
from losskit.ops.on_numpy import WORDS

FORMATS = {np.float32: float32, np.float64: float64}
every_format = pytest.mark.parametrize("dtype", FORMATS, ids=lambda dtype: dtype.__name__)

TRUTH: dict[str, Callable] = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "log1p": mpmath.log1p,
    "expm1": mpmath.expm1,
    "tanh": mpmath.tanh,
    "erf": mpmath.erf,
    "sqrt": mpmath.sqrt,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)) if x < 100 else x + mpmath.exp(-x),
    "log_cosh": lambda x: mpmath.log1p(mpmath.sinh(x) ** 2) / 2,
    "log1pmx": lambda x: mpmath.log1p(x) - x,
    "root1p": lambda x: mpmath.sqrt(1 + x * x) - 1,
    "sine": lambda x: x / mpmath.sqrt(1 + x * x),
    "cosine": lambda x: 1 / mpmath.sqrt(1 + x * x),
    "arctan": mpmath.atan,
    "log_factorial": lambda x: mpmath.loggamma(1 + x),
    "log_ndtr": lambda x: mpmath.log(mpmath.ncdf(x)),
    "inverse_mills": lambda x: mpmath.npdf(x) / mpmath.ncdf(x),
    "mills_excess": lambda x: x + mpmath.npdf(x) / mpmath.ncdf(x),
}
SHARP = ("exp", "log", "log1p", "expm1", "tanh", "erf")
every_true_word = pytest.mark.parametrize("name", TRUTH)
WITHOUT_LOOPS = ("pow", "log_factorial")  # of the C library
ABOVE = {"log": 0.0, "sqrt": 0.0, "log1p": -1.0, "log1pmx": -1.0, "log_factorial": -1.0, "log_ndtr": -100.0}


@functools.cache
def looped(word: Callable) -> Callable:
    @njit(error_model="numpy")
    def loop(x, out):
        for i in range(x.size):
            out[i] = word(x[i])

    return loop


def on(dtype: type, name: str, x: np.ndarray) -> np.ndarray:
    out = np.empty(x.size, dtype)
    looped(getattr(FORMATS[dtype], name))(np.asarray(x, dtype), out)
    return out


def points(dtype: type, name: str) -> np.ndarray:
    """Ordinary numbers, those near 0 and 1, and those of any size where the truth is defined and not exhausting."""
    rng = np.random.default_rng(sum(map(ord, name)))
    edge = np.finfo(dtype)
    usual = np.concatenate([rng.uniform(-4, 4, 150), 1 + rng.uniform(-0.02, 0.02, 20), rng.uniform(-100, 88, 100)])
    sizes = np.exp2(rng.uniform(-60, 6, 100))
    if name in (*SHARP, "sqrt", "sigmoid", "arctan"):
        sizes = np.append(sizes, np.exp2(rng.uniform(edge.minexp - edge.nmant, edge.maxexp - 0.01, 60)))
    if name == "exp":
        usual = np.append(usual, np.log(float(edge.max)) * rng.uniform(-1.05, 1, 100))
    x = np.concatenate([usual, sizes, -sizes]).astype(dtype)
    x = x[x > ABOVE.get(name, -np.inf)]
    return x[x < 20] if name in ("log_ndtr", "inverse_mills", "mills_excess") else x


@every_format
@every_true_word
def test_a_word_is_near_the_truth(dtype, name):
    """Within 2 ulp; the derived ones within 4 eps of what one rounding of their argument does."""
    edge = np.finfo(dtype)
    x = points(dtype, name)
    with mpmath.workdps(120):
        for number, found in zip(x.tolist(), on(dtype, name, x).tolist(), strict=True):
            true = TRUTH[name](mpmath.mpf(number))
            if abs(true) >= mpmath.mpf(2) ** edge.maxexp:
                assert found == np.inf, number
                continue
            if name in SHARP:
                power = mpmath.frexp(true)[1] - 1
                allowed = 2 * mpmath.mpf(2) ** (max(power, int(edge.minexp)) - edge.nmant)
            else:
                slope = mpmath.diff(TRUTH[name], number) if abs(true) < 1e30 else 0
                allowed = 4 * max(float(edge.eps) * max(abs(true), abs(number * slope)), float(edge.smallest_subnormal))
            assert abs(found - true) <= allowed, (number, found, float(true))


def test_every_pointwise_word_is_there():
    for name in symbols.POINTWISE:
        for words in FORMATS.values():
            assert callable(getattr(words, name)), name


@every_format
@pytest.mark.parametrize("name", [*TRUTH, "abs", "sign", "relu", "stop_gradient"])
def test_what_is_not_finite_comes_out_as_numpy_has_it(dtype, name):
    x = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0, -1.0, -2.0], dtype)
    if name == "log_factorial":
        x = x[x > -1]  # the poles
    with np.errstate(all="ignore"):
        plain = getattr(WORDS, name)(x)
    found = on(dtype, name, x)
    assert np.array_equal(np.isnan(found), np.isnan(plain))
    near = np.isclose(found, plain, rtol=1e-6) | np.isnan(plain)
    assert near.all(), (x[~near], found[~near], plain[~near])
    assert np.array_equal(np.signbit(found[x == 0]), np.signbit(np.asarray(plain)[x == 0]))


@every_format
def test_the_last_finite_numbers(dtype):
    """e^x just below and above where it overflows, and down to where nothing is left."""
    edge = np.finfo(dtype)
    top = dtype(np.log(np.longdouble(edge.max)))
    top = np.nextafter(top, dtype(0)) if mpmath.exp(float(top)) > float(edge.max) else top
    beyond = np.nextafter(top, dtype(np.inf))
    for name in ("exp", "expm1"):
        last, first = on(dtype, name, np.array([top, beyond]))
        assert np.isfinite(last)
        assert first == np.inf
    bottom = dtype(np.log(np.longdouble(edge.smallest_subnormal)) - np.log(np.longdouble(2)))
    least, none = on(dtype, "exp", np.array([bottom * dtype(0.9999), bottom * dtype(1.0001)]))
    assert least == edge.smallest_subnormal
    assert none == 0


@every_format
@pytest.mark.parametrize("name", [name for name in symbols.POINTWISE if name not in (*WITHOUT_LOOPS, "where")])
def test_loops_over_a_word_become_vectors(dtype, name):
    x = np.linspace(0.1, 0.9, 100).astype(dtype)
    on(dtype, name, x)
    code = "".join(looped(getattr(FORMATS[dtype], name)).inspect_llvm().values())
    vector = " x float>" if dtype is np.float32 else " x double>"
    assert vector in code or name == "stop_gradient"


@every_format
def test_powers_and_choices(dtype):
    words = FORMATS[dtype]

    @njit(error_model="numpy")
    def both(x, out):
        for i in range(x.size):
            out[i] = words.where(x[i] > dtype(1.0), words.pow(x[i], dtype(2.5)), dtype(-1.0))

    x = np.linspace(0, 3, 50).astype(dtype)
    out = np.empty_like(x)
    both(x, out)
    np.testing.assert_allclose(out, np.where(x > 1, x.astype(float) ** 2.5, -1), rtol=4 * np.finfo(dtype).eps)


@every_format
@pytest.mark.parametrize("name", [name for name in TRUTH if name != "log_factorial"])
def test_every_nan_stays_one(dtype, name):
    """Whatever its sign and its lower bits."""
    whole = {np.float32: np.uint32, np.float64: np.uint64}[dtype]
    bits = np.array([np.nan, np.inf], dtype).view(whole)
    payloads = np.array([1, 2, 5, 1000, 2**20 + 1], whole)
    x = np.concatenate([bits[0] | payloads, bits[1] | payloads])
    x = np.append(x, x | np.array([-0.0], dtype).view(whole)).view(dtype)
    assert np.isnan(on(dtype, name, x)).all()


def test_halves_are_stored_as_numpy_and_torch_round_them():
    every = np.arange(2**16, dtype=np.uint16)
    of_bfloat16 = (every.astype(np.uint32) << 16).view(np.float32)
    halves = {np.int16: every.view(np.float16).astype(np.float32), np.uint16: of_bfloat16}

    @njit
    def widened(stored, out):
        for i in range(stored.size):
            out[i] = widen(stored[i])

    @njit
    def narrowed(x, out):
        for i in range(x.size):
            out[i] = narrow(x[i], out[0])

    x = np.random.default_rng(3).integers(0, 2**32, 10**5, np.uint32).view(np.float32)
    for kind, numbers in halves.items():
        out = np.empty(every.size, np.float32)
        widened(every.view(kind), out)
        assert np.array_equal(out, numbers, equal_nan=True)
        again = np.empty(every.size, kind)
        narrowed(out, again)
        back = np.empty(every.size, np.float32)
        widened(again, back)
        assert np.array_equal(back, numbers, equal_nan=True)
        found = np.empty(x.size, kind)
        narrowed(x, found)
        right = torch.from_numpy(x).to(torch.float16 if kind is np.int16 else torch.bfloat16).view(torch.int16).numpy()
        assert np.array_equal(found.view(np.int16)[~np.isnan(x)], right[~np.isnan(x)])
