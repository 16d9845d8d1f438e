"""The four array libraries, with the little a law needs of each: make arrays, read them, differentiate, compile."""

from __future__ import annotations

import enum
import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

from losskit.ops import dispatch

HALVES = ("float16", "bfloat16")
EPS = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}


class Library(enum.Enum):
    """An array library that losses work on."""

    NUMPY = "numpy"
    TORCH = "torch"
    JAX = "jax"
    TENSORFLOW = "tensorflow"

    def __str__(self) -> str:
        return self.value

    @property
    def installed(self) -> bool:
        return importlib.util.find_spec(self.value) is not None

    @property
    def floats(self) -> tuple[str, ...]:
        """The floating dtypes it has; JAX has float64 only where its x64 mode is on."""
        if self is Library.NUMPY:
            return ("float64", "float32", "float16")
        return ("float64", "float32", *HALVES) if self.wide else ("float32", *HALVES)

    @property
    def wide(self) -> bool:
        """Whether 64-bit numbers are on."""
        if self is not Library.JAX:
            return True
        import jax

        return bool(jax.config.read("jax_enable_x64"))

    def array(self, values: Any, dtype: str) -> Any:
        """`values` (NumPy, or what NumPy takes) as an array of this library."""
        values = np.asarray(values)
        if self is Library.NUMPY:
            return np.array(values, dtype=dtype)
        if self is Library.TORCH:
            import torch

            return torch.tensor(values).to(getattr(torch, dtype))
        if self is Library.JAX:
            import jax.numpy as jnp

            return jnp.asarray(values, dtype if self.wide else dtype.replace("int64", "int32"))
        import tensorflow as tf

        return tf.cast(tf.convert_to_tensor(values), dtype)

    def numbers(self, array: Any) -> np.ndarray:
        """`array` as float64 on NumPy."""
        return np.asarray(dispatch.words_of(array).to_numpy(array), dtype=np.float64)

    def gradients(self, function: Callable[..., Any], *xs: Any, has_aux: bool = False) -> Any:
        """The gradients of a scalar function in each argument, by the library's own automatic differentiation.

        With `has_aux` the function returns (scalar, anything), and (gradients, anything) comes back.
        """
        if self is Library.JAX:
            import jax

            found = jax.grad(function, argnums=tuple(range(len(xs))), has_aux=has_aux)(*xs)
            return (list(found[0]), found[1]) if has_aux else list(found)
        if self is Library.TORCH:
            import torch

            leaves = [x.detach().clone().requires_grad_() for x in xs]
            result = function(*leaves)
            gradients = list(torch.autograd.grad(result[0] if has_aux else result, leaves))
        else:
            import tensorflow as tf

            with tf.GradientTape() as tape:
                tape.watch(xs)
                result = function(*xs)
            gradients = [tf.convert_to_tensor(g) for g in tape.gradient(result[0] if has_aux else result, xs)]
        return (gradients, result[1]) if has_aux else gradients

    def second(self, function: Callable[..., Any], xs: list[Any], along: list[Any]) -> list[np.ndarray]:
        """The Hessian of a scalar function times a direction, by the library's own autodiff, twice."""
        if self is Library.JAX:
            import jax

            slope = jax.grad(function, argnums=tuple(range(len(xs))))
            bent = jax.jit(lambda *zs: jax.jvp(slope, zs, tuple(along))[1])(*xs)
        elif self is Library.TORCH:
            import torch

            leaves = [x.detach().clone().requires_grad_() for x in xs]
            first = torch.autograd.grad(function(*leaves), leaves, create_graph=True)
            bending = [(g, v) for g, v in zip(first, along, strict=True) if g.requires_grad]  # others are constant
            slopes, directions = zip(*bending, strict=True) if bending else ((), ())
            bent = torch.autograd.grad(slopes, leaves, directions, allow_unused=True) if bending else [None] * len(xs)
            bent = [b if b is None else torch.zeros_like(x) + b for x, b in zip(xs, bent, strict=True)]  # dense zeros
        else:
            import tensorflow as tf

            with tf.GradientTape() as outer:
                outer.watch(xs)
                slopes = self.gradients(function, *xs)
            bent = outer.gradient(slopes, xs, along)
        return [np.zeros(x.shape) if b is None else self.numbers(b) for x, b in zip(xs, bent, strict=True)]

    def compile(self, function: Callable[..., Any], *examples: Any, unknown: int = 1) -> Callable[..., Any]:
        """The library's compiler on all of `function`; TensorFlow is not told the lengths of the first axes."""
        if self is Library.TORCH:
            import torch

            torch._dynamo.reset()  # its limit on recompilations counts per function, and one function serves all losses
            return torch.compile(function, fullgraph=True, backend="aot_eager")
        if self is Library.JAX:
            import jax

            return jax.jit(function)
        import tensorflow as tf

        signature = [
            tf.TensorSpec([None if i < unknown else length for i, length in enumerate(x.shape)], x.dtype)
            for x in examples
        ]
        return tf.function(function, input_signature=signature, autograph=False)


def installed_libraries() -> tuple[Library, ...]:
    return tuple(library for library in Library if library.installed)
