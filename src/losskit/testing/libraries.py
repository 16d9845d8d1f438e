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

    def gradient(self, function: Callable[[Any], Any], x: Any, has_aux: bool = False) -> Any:
        """The gradient of a scalar function by the library's own automatic differentiation.

        With `has_aux` the function returns (scalar, anything), and (gradient, anything) comes back.
        """
        if self is Library.JAX:
            import jax

            return jax.grad(function, has_aux=has_aux)(x)
        if self is Library.TORCH:
            import torch

            leaf = x.detach().clone().requires_grad_()
            result = function(leaf)
            (gradient,) = torch.autograd.grad(result[0] if has_aux else result, leaf)
        else:
            import tensorflow as tf

            with tf.GradientTape() as tape:
                tape.watch(x)
                result = function(x)
            gradient = tf.convert_to_tensor(tape.gradient(result[0] if has_aux else result, x))
        return (gradient, result[1]) if has_aux else gradient

    def second(self, function: Callable[[Any], Any], x: Any, along: Any) -> np.ndarray:
        """The Hessian of a scalar function times a direction, by the library's own autodiff, twice."""
        if self is Library.JAX:
            import jax

            return self.numbers(jax.jit(lambda z: jax.jvp(jax.grad(function), (z,), (along,))[1])(x))
        if self is Library.TORCH:
            import torch

            leaf = x.detach().clone().requires_grad_()
            (first,) = torch.autograd.grad(function(leaf), leaf, create_graph=True)
            if not first.requires_grad:  # a slope that does not depend on x
                return np.zeros(x.shape)
            (bent,) = torch.autograd.grad(first, leaf, along, allow_unused=True)
            return np.zeros(x.shape) if bent is None else self.numbers(torch.zeros_like(x) + bent)
        import tensorflow as tf

        with tf.GradientTape() as outer:
            outer.watch(x)
            slope = self.gradient(function, x)
        bent = outer.gradient(slope, x, along)
        return np.zeros(x.shape) if bent is None else self.numbers(bent)

    def compile(self, function: Callable[..., Any], *examples: Any) -> Callable[..., Any]:
        """The library's compiler on all of `function`; TensorFlow is not told the length of the first axis."""
        if self is Library.TORCH:
            import torch

            torch._dynamo.reset()  # its limit on recompilations counts per function, and one function serves all losses
            return torch.compile(function, fullgraph=True, backend="aot_eager")
        if self is Library.JAX:
            import jax

            return jax.jit(function)
        import tensorflow as tf

        signature = [tf.TensorSpec([None, *x.shape[1:]], x.dtype) for x in examples]
        return tf.function(function, input_signature=signature, autograph=False)


def installed_libraries() -> tuple[Library, ...]:
    return tuple(library for library in Library if library.installed)
