"""Each word of the vocabulary on each library: its numbers, its rule, and the library's own derivatives, twice."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath
import numpy as np
import pytest

from losskit.ops import dispatch, symbols
from losskit.ops.graph import input_node
from losskit.ops.program import Program
from losskit.ops.reverse import differentiate, differentiate_all
from losskit.testing.libraries import EPS, Library

every_library = pytest.mark.parametrize("library", Library, ids=str)
every_native = pytest.mark.parametrize("library", [x for x in Library if x is not Library.NUMPY], ids=str)
every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])

RNG = np.random.default_rng(7)
ROWS = RNG.standard_normal((2, 3, 4))  # two batches
OTHERS = RNG.standard_normal((2, 5, 4))
EQUAL = np.array([[[1.0, 3.0, 3.0, -2.0], [0.0, 0.0, -0.0, 0.0], [5.0, 4.0, 5.0, 5.0]]] * 2)


class Word(NamedTuple):
    """A word on inputs named by letters, what it is in plain NumPy, and the arrays to try it on."""

    apply: Callable[..., Any]
    plain: Callable[..., np.ndarray]
    points: tuple[tuple[np.ndarray, ...], ...]


def _ranks(x: np.ndarray) -> np.ndarray:
    """The order by plain Python's sort, which is stable."""
    order = [sorted(range(x.shape[-1]), key=lambda i, row=row: -row[i]) for row in x.reshape(-1, x.shape[-1])]
    return np.array(order).reshape(x.shape)


def _shifted(x: np.ndarray, k: int) -> np.ndarray:
    out = np.zeros_like(x)
    for i in range(x.shape[-1]):
        if 0 <= i + k < x.shape[-1]:
            out[..., i] = x[..., i + k]
    return out


def _at(x: np.ndarray, k: int) -> np.ndarray:
    out = np.zeros_like(x)
    out[..., k] = x.sum(-1)
    return out


DIFFERENTIABLE = {
    "permute": Word(
        lambda ops, x: ops.permute(x, ops.argsort(x)), lambda x: -np.sort(-x, axis=-1), ((ROWS,), (EQUAL,))
    ),
    "max": Word(lambda ops, x: ops.take(x, ops.argmax(x)), lambda x: x.max(-1), ((ROWS,), (EQUAL,))),
    "take": Word(lambda ops, x: ops.take(x, 2), lambda x: x[..., 2], ((ROWS,),)),
    "take the last": Word(lambda ops, x: ops.take(x, -1), lambda x: x[..., -1], ((ROWS,),)),
    "scatter": Word(lambda ops, x: ops.scatter(ops.sum(x), 1, x), lambda x: _at(x, 1), ((ROWS,),)),
    "scatter at the last": Word(lambda ops, x: ops.scatter(ops.sum(x), -1, x), lambda x: _at(x, -1), ((ROWS,),)),
    "shift": Word(lambda ops, x: ops.shift(x, 1), lambda x: _shifted(x, 1), ((ROWS,),)),
    "shift back": Word(lambda ops, x: ops.shift(x, -2), lambda x: _shifted(x, -2), ((ROWS,),)),
    "shift all out": Word(lambda ops, x: ops.shift(x, 9), lambda x: _shifted(x, 9), ((ROWS,),)),
    "transpose": Word(lambda ops, x: ops.transpose(x), lambda x: np.swapaxes(x, 1, 2), ((ROWS,),)),
    "pairs": Word(lambda ops, x: ops.expand(x, x), lambda x: np.repeat(x[..., None], 4, -1), ((ROWS,),)),
    "expand": Word(
        lambda ops, x: ops.expand(ops.sum(x), x), lambda x: np.repeat(x.sum(-1)[..., None], 4, -1), ((ROWS,),)
    ),
    "matmul": Word(
        lambda ops, x, y: ops.matmul(x, ops.transpose(y)), lambda x, y: x @ np.swapaxes(y, 1, 2), ((ROWS, OTHERS),)
    ),
    "distances": Word(
        lambda ops, x, y: ops.distances(x, y),
        lambda x, y: np.sqrt(np.sum((x[:, :, None] - y[:, None]) ** 2, -1)),
        ((ROWS, OTHERS), (ROWS, ROWS[:, ::-1].copy()), (1e4 + ROWS, 1e4 + OTHERS)),
    ),
    "distances within": Word(
        lambda ops, x: ops.distances(x, x), lambda x: np.linalg.norm(x[:, :, None] - x[:, None], axis=-1), ((ROWS,),)
    ),
}

FLAT = {
    "argmax": Word(lambda ops, x: ops.argmax(x), lambda x: x.argmax(-1), ((ROWS,), (EQUAL,))),
    "argsort": Word(lambda ops, x: ops.argsort(x), _ranks, ((ROWS,), (EQUAL,))),
    "index": Word(lambda ops, x: ops.index(x), lambda x: np.zeros_like(x) + np.arange(4), ((ROWS,),)),
    "cumsum": Word(lambda ops, x: ops.cumsum(x), lambda x: np.cumsum(x, -1), ((ROWS,),)),
}

POINTWISE = {
    "arctan": (mpmath.atan, lambda x: 1 / (1 + x**2), lambda x: -2 * x / (1 + x**2) ** 2),
    "erf": (
        mpmath.erf,
        lambda x: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-(x**2)),
        lambda x: -4 * x / mpmath.sqrt(mpmath.pi) * mpmath.exp(-(x**2)),
    ),
    "log_ndtr": (
        lambda x: mpmath.log(mpmath.ncdf(x)),
        lambda x: mpmath.npdf(x) / mpmath.ncdf(x),
        lambda x: -mpmath.npdf(x) / mpmath.ncdf(x) * (x + mpmath.npdf(x) / mpmath.ncdf(x)),
    ),
}
SIDE = np.concatenate([np.geomspace(1e-3, 1e4, 30), np.linspace(0.2, 12.0, 40)])
LINE = np.concatenate([-SIDE, [0.0], SIDE])

DIGITS = 400  # Φ(40) is 1 to 350 of them


@functools.cache
def truth(word: str, order: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """A derivative of the word on LINE, and the scale of its error: itself, or what a rounding of x does to it."""
    functions = POINTWISE[word]
    with mpmath.workdps(DIGITS):
        xs = [mpmath.mpf(float(x)) for x in LINE.astype(dtype)]
        exact = [functions[order](x) for x in xs]
        steps = [10**20 * (functions[order](x + x / 10**20) - f) for x, f in zip(xs, exact, strict=True)]
    values = np.array(exact, dtype=float)
    return values, np.maximum(np.abs(values), np.abs(np.array(steps, dtype=float)))


def assert_near(got: np.ndarray, word: str, order: int, dtype: str) -> None:
    exact, scale = truth(word, order, dtype)
    allowed = (16 if order else 4) * EPS[dtype] * scale + float(np.finfo(dtype).tiny)
    worst = np.argmax(np.abs(got - exact) / allowed)
    assert np.all(np.abs(got - exact) <= allowed), (LINE[worst], got[worst], exact[worst])


class TestPointwise:
    @every_dtype
    @every_library
    @pytest.mark.parametrize("word", POINTWISE)
    def test_value(self, word: str, library: Library, dtype: str):
        x = library.array(LINE, dtype)
        ops = dispatch.words_of(x)
        with ops.scope():
            got = getattr(ops, word)(x)
        assert ops.dtype(got) == dtype
        assert_near(library.numbers(got), word, 0, dtype)

    @every_dtype
    @every_library
    @pytest.mark.parametrize("word", POINTWISE)
    def test_rule_once_and_twice(self, word: str, library: Library, dtype: str):
        x = input_node("x")
        slope = differentiate(getattr(symbols, word)(x), x)
        array = library.array(LINE, dtype)
        ops = dispatch.words_of(array)
        with ops.scope():
            first, second = Program([slope, differentiate(slope, x)]).run(ops, {"x": array}, array)
        assert_near(library.numbers(first), word, 1, dtype)
        assert_near(library.numbers(second), word, 2, dtype)

    @every_native
    @pytest.mark.parametrize("word", POINTWISE)
    def test_native_derivatives(self, word: str, library: Library):
        """Right to 10 digits where the library differentiates for itself, and finite everywhere."""
        x = library.array(LINE, "float64")
        ops = dispatch.words_of(x)

        def total(z: Any) -> Any:
            return ops.total(getattr(ops, word)(z))

        (first,) = library.gradients(total, x)
        (second,) = library.second(total, [x], [library.array(np.ones_like(LINE), "float64")])
        for got, order in ((library.numbers(first), 1), (second, 2)):
            exact, scale = truth(word, order, "float64")
            np.testing.assert_array_less(np.abs(got - exact), 1e-10 * np.maximum(scale, 1e-3))


def run(name: str, library: Library, dtype: str, point: tuple[np.ndarray, ...]) -> Any:
    arrays = [library.array(a, dtype) for a in point]
    ops = dispatch.words_of(arrays[0])
    return {**DIFFERENTIABLE, **FLAT}[name].apply(ops, *arrays)


class TestAlongAxes:
    @every_dtype
    @every_library
    @pytest.mark.parametrize("name", [*DIFFERENTIABLE, *FLAT])
    def test_value(self, name: str, library: Library, dtype: str):
        word = {**DIFFERENTIABLE, **FLAT}[name]
        for point in word.points:
            point = tuple(a.astype(dtype) for a in point)
            got = library.numbers(run(name, library, dtype, point))
            expected = word.plain(*(a.astype(float) for a in point))
            assert got.shape == expected.shape
            np.testing.assert_allclose(got, expected, rtol=8 * EPS[dtype], atol=8 * EPS[dtype])

    @every_dtype
    @every_library
    @pytest.mark.parametrize("name", DIFFERENTIABLE)
    def test_the_dtype_stays(self, name: str, library: Library, dtype: str):
        got = run(name, library, dtype, DIFFERENTIABLE[name].points[0])
        assert dispatch.words_of(got).dtype(got) == dtype

    @every_library
    def test_near_points_keep_their_distance(self, library: Library):
        """Not from the norms, whose difference would be rounding alone."""
        x = 1.0 + np.array([[0.0, 0.0], [2.0**-20, 0.0], [0.0, 2.0**-21]])
        got = library.numbers(run("distances", library, "float32", (x, x)))
        np.testing.assert_allclose(got[0], [0.0, 2.0**-20, 2.0**-21], rtol=1e-6)


def weights(name: str, point: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.random.default_rng(1).standard_normal(DIFFERENTIABLE[name].plain(*point).shape)


def total(name: str, ops: Any, inputs: list[Any], weight: Any) -> Any:
    """Σ w·o·(1 + o) over the last axis of the word's output: no two entries weigh the same, and it bends."""
    out = DIFFERENTIABLE[name].apply(ops, *inputs)
    return ops.sum(weight * (out * (1.0 + out)))


@functools.cache
def gradient_programs(name: str) -> tuple[Program, Program]:
    """The graph of the gradient of the total, and of its derivative along a direction `along_x` ..."""
    inputs = [input_node(letter) for letter, _ in zip("xy", DIFFERENTIABLE[name].points[0], strict=False)]
    gradients = differentiate_all(total(name, symbols, inputs, input_node("weight")), inputs)
    parts = [g * input_node(f"along_{x.value}") for g, x in zip(gradients, inputs, strict=True)]
    along = sum(symbols.sum(symbols.sum(part)) for part in parts)
    return Program(gradients), Program(differentiate_all(along, inputs))


def named(library: Library, dtype: str, name: str, point: tuple[np.ndarray, ...]) -> dict[str, Any]:
    arrays = dict(zip("xy", point, strict=False)) | {"weight": weights(name, point)}
    arrays |= {f"along_{k}": a for k, a in zip("xy", directions(point), strict=False)}
    return {k: library.array(a, dtype) for k, a in arrays.items()}


def directions(point: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    return [np.random.default_rng(2 + i).standard_normal(a.shape) for i, a in enumerate(point)]


def by_rule(name: str, library: Library, point: tuple[np.ndarray, ...], twice: bool) -> list[np.ndarray]:
    arrays = named(library, "float64", name, point)
    found = gradient_programs(name)[twice].run(dispatch.words_of(arrays["x"]), arrays, arrays["x"])
    return [np.zeros(a.shape) if type(g) is float else library.numbers(g) for g, a in zip(found, point, strict=True)]


cases = pytest.mark.parametrize(
    ("name", "point"), [(name, point) for name, word in DIFFERENTIABLE.items() for point in range(len(word.points))]
)


class TestDerivatives:
    @pytest.mark.parametrize("name", DIFFERENTIABLE)
    def test_the_rule_is_what_differences_give(self, name: str):
        point, step = DIFFERENTIABLE[name].points[0], 1e-6
        ops, weight = dispatch.words_of(point[0]), weights(name, point)
        once, twice = (by_rule(name, Library.NUMPY, point, order) for order in (False, True))
        for k, along in enumerate(directions(point)):
            ends = [[*point[:k], point[k] + s * along, *point[k + 1 :]] for s in (step, -step)]
            high, low = (np.sum(total(name, ops, inputs, weight)) for inputs in ends)
            assert np.sum(once[k] * along) == pytest.approx((high - low) / (2 * step), rel=1e-7, abs=1e-7)
        ends = [tuple(a + s * v for a, v in zip(point, directions(point), strict=True)) for s in (step, -step)]
        slopes = [by_rule(name, Library.NUMPY, end, False) for end in ends]
        for found, high, low in zip(twice, *slopes, strict=True):
            np.testing.assert_allclose(found, (high - low) / (2 * step), rtol=1e-6, atol=1e-6)

    @every_native
    @cases
    def test_native_autodiff_is_the_rule(self, name: str, point: int, library: Library):
        """Once and twice, at ties and at points that coincide too."""
        where = DIFFERENTIABLE[name].points[point]
        arrays = named(library, "float64", name, where)
        ops = dispatch.words_of(arrays["x"])

        def whole(*inputs: Any) -> Any:
            return ops.total(total(name, ops, list(inputs), arrays["weight"]))

        inputs = [arrays[k] for k in "xy"[: len(where)]]
        once = [library.numbers(g) for g in library.gradients(whole, *inputs)]
        twice = library.second(whole, inputs, [arrays[f"along_{k}"] for k in "xy"[: len(where)]])
        for order, found in enumerate((once, twice)):
            for own, rule in zip(found, by_rule(name, Library.NUMPY, where, bool(order)), strict=True):
                scale = 1e-9 * max(1.0, np.max(np.abs(rule)), max(np.max(np.abs(a)) for a in where))
                np.testing.assert_allclose(own, rule, rtol=0, atol=scale)

    def test_equal_points_have_slope_0(self):
        for gradient in by_rule("distances", Library.NUMPY, (np.ones((1, 1, 3)), np.ones((1, 1, 3))), False):
            np.testing.assert_array_equal(gradient, 0.0)

    @pytest.mark.parametrize("word", ["cumsum", "mills_excess"])
    def test_words_without_a_rule_say_so(self, word: str):
        x = input_node("x")
        with pytest.raises(NotImplementedError, match=word):
            differentiate(getattr(symbols, word)(x), x)


class TestTransformations:
    @every_native
    @pytest.mark.parametrize("name", DIFFERENTIABLE)
    def test_compiled_is_the_rule(self, name: str, library: Library):
        """TensorFlow is told no length of the first axis; PyTorch and JAX compile the whole program."""
        point = DIFFERENTIABLE[name].points[0]
        arrays = named(library, "float64", name, point)
        keys = [k for k in arrays if not k.startswith("along")]

        ops, program = dispatch.words_of(arrays["x"]), gradient_programs(name)[0]

        def gradients(*inputs: Any) -> Any:
            return tuple(program.run(ops, dict(zip(keys, inputs, strict=True)), inputs[0]))

        given = [arrays[k] for k in keys]
        found = library.compile(gradients, *given)(*given)
        for own, eager in zip(found, by_rule(name, Library.NUMPY, point, False), strict=True):
            np.testing.assert_allclose(library.numbers(own), eager, rtol=1e-12, atol=1e-12)

    @pytest.mark.parametrize("name", DIFFERENTIABLE)
    def test_tensorflow_with_no_length_known(self, name: str):
        import tensorflow as tf

        point = DIFFERENTIABLE[name].points[0]
        arrays = named(Library.TENSORFLOW, "float64", name, point)
        keys = [k for k in arrays if not k.startswith("along")]
        signature = [tf.TensorSpec([None] * arrays[k].shape.rank, tf.float64) for k in keys]

        @tf.function(input_signature=signature)
        def gradients(*inputs):
            named_inputs = dict(zip(keys, inputs, strict=True))
            return gradient_programs(name)[0].run(dispatch.words_of(inputs[0]), named_inputs, inputs[0])

        found = gradients(*(arrays[k] for k in keys))
        for own, eager in zip(found, by_rule(name, Library.NUMPY, point, False), strict=True):
            np.testing.assert_allclose(own.numpy(), eager, rtol=1e-12, atol=1e-12)

    @pytest.mark.parametrize("library", [Library.TORCH, Library.JAX], ids=str)
    @pytest.mark.parametrize("name", DIFFERENTIABLE)
    def test_vmap(self, name: str, library: Library):
        import jax
        import torch

        point = DIFFERENTIABLE[name].points[0]
        arrays = named(library, "float64", name, point)
        keys = [k for k in arrays if not k.startswith("along")]

        def gradients(*inputs: Any) -> Any:
            named_inputs = dict(zip(keys, inputs, strict=True))
            return tuple(gradient_programs(name)[0].run(dispatch.words_of(inputs[0]), named_inputs, inputs[0]))

        vmap = torch.vmap if library is Library.TORCH else jax.vmap
        found = vmap(gradients)(*(arrays[k] for k in keys))
        for own, whole in zip(found, by_rule(name, Library.NUMPY, point, False), strict=True):
            np.testing.assert_allclose(library.numbers(own), whole, rtol=1e-12, atol=1e-12)


class TestIntegersAndMasks:
    @every_library
    def test_ids_are_compared_and_chosen(self, library: Library):
        a, b = (library.array(x, "int64") for x in ([[1, 2, 3]], [[3, 2, 1]]))
        ops = dispatch.words_of(a)
        same = (a <= b) & (b <= a)
        np.testing.assert_array_equal(library.numbers(ops.where(a < b, a, b)), [[1, 2, 1]])
        np.testing.assert_array_equal(library.numbers(ops.where(same, a, ops.permute(b, ops.argsort(a)))), [[1, 2, 3]])

    @every_library
    @pytest.mark.parametrize("dtype", ["int64", "bool"])
    def test_repeated_and_exchanged(self, library: Library, dtype: str):
        x = library.array([[1, 0, 1]], dtype)
        ops = dispatch.words_of(x)
        rows = ops.expand(x, x)
        assert ops.dtype(rows) == ops.dtype(x)
        np.testing.assert_array_equal(library.numbers(rows), [[[1, 1, 1], [0, 0, 0], [1, 1, 1]]])
        np.testing.assert_array_equal(library.numbers(ops.transpose(rows)), [[[1, 0, 1]] * 3])

    @every_library
    def test_a_place_stays_a_number(self, library: Library):
        """The 2 that is a factor and the 2 that is a place are one constant of the graph."""
        x = input_node("x")
        output = 2.0 * symbols.sum(x) + symbols.take(x, 2) * symbols.take(symbols.shift(x, 2), 0)
        array = library.array([[1.0, 2.0, 3.0]], "float32")
        (found,) = Program([output]).run(dispatch.words_of(array), {"x": array}, array)
        np.testing.assert_array_equal(library.numbers(found), [12.0 + 9.0])


class TestHelpers:
    @every_library
    @pytest.mark.parametrize("shape", [(2, 3, 4, 5), (0, 3, 4, 5), (2, 0, 4, 5)])
    def test_flatten_and_back(self, library: Library, shape: tuple[int, ...]):
        x = library.array(np.arange(float(np.prod(shape))).reshape(shape), "float32")
        ops = dispatch.words_of(x)
        flat = ops.flatten(x, 1, -2)
        assert ops.shape(flat) == (shape[0], shape[1] * shape[2], shape[3])
        np.testing.assert_array_equal(library.numbers(ops.reshape_like(flat, x)), library.numbers(x))
        assert ops.shape(ops.flatten(x, 0, 3)) == (int(np.prod(shape)),)

    def test_flatten_unknown_lengths(self):
        import tensorflow as tf

        ops = dispatch.words_of(tf.zeros(1))

        @tf.function(input_signature=[tf.TensorSpec([None, 3, None, 5])])
        def there_and_back(x):
            flat = ops.flatten(x, 1, 2)
            assert flat.shape.as_list() == [None, None, 5]
            return flat, ops.reshape_like(flat, x)

        x = tf.random.normal((2, 3, 4, 5))
        flat, back = there_and_back(x)
        assert flat.shape == (2, 12, 5)
        np.testing.assert_array_equal(back, x)

    @every_native
    def test_flatten_compiles(self, library: Library):
        x = library.array(ROWS, "float32")
        ops = dispatch.words_of(x)
        compiled = library.compile(lambda a: ops.reshape_like(2.0 * ops.flatten(a, 0, 1), a), x)
        np.testing.assert_array_equal(library.numbers(compiled(x)), 2.0 * library.numbers(x))

    @every_library
    def test_any(self, library: Library):
        mask = library.array([[False, True], [False, False]], "bool")
        found = dispatch.words_of(mask).any(mask)
        np.testing.assert_array_equal(library.numbers(found), [1.0, 0.0])
