"""Scalar operations that numba lacks and LLVM has: polynomials of fused steps and arithmetic on exponents.

Each serves float32 and float64, whichever its argument is, without a branch, so that loops over them vectorise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending, types

intrinsic: Any = extending.intrinsic  # what it makes takes the typing context from numba, not from the caller

_MANTISSA = {types.float32: 23, types.float64: 52}
_INTEGER = {types.float32: ir.IntType(32), types.float64: ir.IntType(64)}
_RANK: dict[Any, Any] = {
    types.float32: types.int32,
    types.float64: types.int64,
    types.int16: types.int16,
    types.uint16: types.int16,
}


def per_format(single: float, double: float) -> Callable[[Any], Any]:
    """A constant that follows a format: of the number x it is `single` or `double`."""

    @intrinsic
    def constant(typing_context, x):
        return x(x), lambda context, builder, signature, args: _number(x, (single, double))

    return constant


def polynomial(single: Sequence[float], double: Sequence[float]) -> Callable[[Any], Any]:
    """Σ c_k x^k with the coefficients of x's format: even and odd powers apart, so that the two chains overlap."""

    @intrinsic
    def evaluate(typing_context, x):
        def generate(context, builder, signature, args):
            coefficients = [_number(x, (c, c)) for c in (single if x is types.float32 else double)]
            square = builder.fmul(args[0], args[0])
            even = _horner(builder, coefficients[::2], square)
            odd = _horner(builder, coefficients[1::2], square)
            return _fused(builder, odd, args[0], even)

        return x(x), generate

    return evaluate


def _horner(builder: ir.IRBuilder, coefficients: list[ir.Constant], x: ir.Value) -> ir.Value:
    *rest, total = coefficients
    for coefficient in reversed(rest):
        total = _fused(builder, total, x, coefficient)
    return total


def _fused(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
    """a·b + c, rounded once where the processor can."""
    return builder.call(_declare(builder, "llvm.fmuladd", a.type, 3), (a, b, c))


@intrinsic
def shift_exponent(typing_context, x, n):
    """x·2ⁿ for a whole n, where x and x·2ⁿ are normal or n is 0."""

    def generate(context, builder, signature, args):
        integer, mantissa = _INTEGER[x], _MANTISSA[x]
        whole = builder.bitcast(builder.fadd(args[1], _last_bit_is_1(x)), integer)
        steps = builder.shl(whole, integer(mantissa))
        return builder.bitcast(builder.add(builder.bitcast(args[0], integer), steps), args[0].type)

    return x(x, n), generate


@intrinsic
def exponent(typing_context, x):
    """The whole number k that takes a positive normal x·2⁻ᵏ to [√½, √2)."""

    def generate(context, builder, signature, args):
        integer, mantissa = _INTEGER[x], _MANTISSA[x]
        root = builder.bitcast(_number(x, (0.5**0.5, 0.5**0.5)), integer)
        k = builder.ashr(builder.sub(builder.bitcast(args[0], integer), root), integer(mantissa))
        offset = _last_bit_is_1(x)
        whole = builder.add(builder.bitcast(offset, integer), k)
        return builder.fsub(builder.bitcast(whole, args[0].type), offset)

    return x(x), generate


@intrinsic
def nearest(typing_context, x):
    """The whole number nearest to a small x."""

    def generate(context, builder, signature, args):
        offset = _last_bit_is_1(x)
        return builder.fsub(builder.fadd(args[0], offset), offset)

    return x(x), generate


@intrinsic
def rank(typing_context, x):
    """An integer that orders stored numbers as they are, halves too; NaN lies beyond the infinities."""

    def generate(context, builder, signature, args):
        integer = ir.IntType(_RANK[x].bitwidth)
        bits = builder.bitcast(args[0], integer)
        negative = builder.ashr(bits, integer(integer.width - 1))
        return builder.xor(bits, builder.lshr(negative, integer(1)))

    return _RANK[x](x), generate


@intrinsic
def widen(typing_context, x):
    """A stored number in the format of arithmetic: float32 for halves, float16 as int16 and bfloat16 as uint16."""

    def generate(context, builder, signature, args):
        if x is types.int16:
            return builder.fpext(builder.bitcast(args[0], ir.HalfType()), ir.FloatType())
        if x is types.uint16:
            bits = builder.shl(builder.zext(args[0], ir.IntType(32)), ir.IntType(32)(16))
            return builder.bitcast(bits, ir.FloatType())
        return args[0]

    return (types.float64 if x is types.float64 else types.float32)(x), generate


@intrinsic
def narrow(typing_context, x, like):
    """A number in the format of the stored number `like`, rounded to nearest."""

    def generate(context, builder, signature, args):
        if like is types.int16:
            return builder.bitcast(builder.fptrunc(args[0], ir.HalfType()), ir.IntType(16))
        if like is types.uint16:
            return _to_bfloat16(builder, args[0])
        return args[0]

    return like(x, like), generate


def _to_bfloat16(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The upper half of a float32's bits, rounded to even; a NaN stays one."""
    integer = ir.IntType(32)
    bits = builder.bitcast(x, integer)
    upper = builder.lshr(bits, integer(16))
    to_even = builder.add(builder.and_(upper, integer(1)), integer(0x7FFF))
    rounded = builder.lshr(builder.add(bits, to_even), integer(16))
    quiet = builder.or_(upper, integer(0x40))
    return builder.trunc(builder.select(builder.fcmp_unordered("uno", x, x), quiet, rounded), ir.IntType(16))


@intrinsic
def copysign(typing_context, x, sign):
    """|x| with the sign of `sign`."""

    def generate(context, builder, signature, args):
        return builder.call(_declare(builder, "llvm.copysign", args[0].type, 2), args)

    return x(x, sign), generate


def _declare(builder: ir.IRBuilder, name: str, number: ir.Type, arguments: int) -> ir.Function:
    """LLVM's function of that name on numbers of one format."""
    return builder.module.declare_intrinsic(name, [number], ir.FunctionType(number, arguments * [number]))


def _number(x: types.Float, formats: tuple[float, float]) -> ir.Constant:
    """A constant of x's format; LLVM takes a float32 only where its digits fit."""
    if x is types.float32:
        return ir.Constant(ir.FloatType(), float(np.float32(formats[0])))
    return ir.Constant(ir.DoubleType(), formats[1])


def _last_bit_is_1(x: types.Float) -> ir.Constant:
    """A number so large that its neighbours are 1 apart: added to a small one it leaves its whole part in the bits."""
    large = 1.5 * 2.0 ** _MANTISSA[x]
    return _number(x, (large, large))
