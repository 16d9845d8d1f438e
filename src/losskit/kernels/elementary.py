"""The pointwise words of the vocabulary on one number, without branches, so that loops over them vectorise.

Each is written once and compiled for float32 and float64, whichever its argument is. From exp to erf the error is
below 2 ulp over the whole range; subnormals, infinities, NaN and signed zeros come out as IEEE 754 has them. The
coefficients are minimax fits in 150 digits, each rounded before the next was fitted.
"""

from __future__ import annotations

import math

from numba import njit

from losskit.kernels.intrinsics import copysign, exponent, nearest, per_format, polynomial, shift_exponent
from losskit.ops import normal, vocabulary

# Fused steps are the one liberty taken with IEEE 754: reordering would break the sums that keep digits.
_word = njit(forceinline=True, fastmath={"contract"}, error_model="numpy")

_LOG2_E = 1.4426950408889634
_LN2_HIGH = per_format(0.693145751953125, 0.6931471803691238)  # short: its product with an exponent is exact
_LN2_LOW = per_format(1.4286068203094172e-06, 1.9082149292705877e-10)
_TINY = per_format(2.0**-126, 2.0**-1022)  # the least normal number
_DIGITS = per_format(24.0, 53.0)
_NEGLIGIBLE = per_format(2.0**-26, 2.0**-55)  # beside 1


# exp and its inverse

_EXP_HIGH = per_format(89.0, 710.0)  # beyond it e^x is infinite
_EXP_LOW = per_format(-104.0, -746.0)  # below it e^x is 0
_EXP_ONE_STEP = per_format(100.0, 1000.0)

# (e^r - 1 - r)/r² for |r| <= log(2)/2
_EXP = polynomial(
    (0.49999997, 0.16666546, 0.041667435, 0.008366262, 0.0013870657),
    (
        0.5000000000000006,
        0.16666666666666677,
        0.0416666666665772,
        0.008333333333346434,
        0.0013888888931069233,
        0.00019841269794808824,
        2.4801505951985652e-05,
        2.7557350250932478e-06,
        2.762577528728621e-07,
        2.506967088633471e-08,
    ),
)


@_word
def _reduce(x):
    """The whole n and e^r - 1 for x = n log 2 + r, |r| <= log(2)/2."""
    n = nearest(x * type(x)(_LOG2_E))
    r = (x - n * _LN2_HIGH(x)) - n * _LN2_LOW(x)
    return n, r + (r * r) * _EXP(r)


@_word
def exp(x):
    T = type(x)
    inside = _EXP_HIGH(x) if x > _EXP_HIGH(x) else x
    inside = _EXP_LOW(x) if x < _EXP_LOW(x) else inside
    n, excess = _reduce(inside)
    most = _EXP_ONE_STEP(x)
    first = most if n > most else n
    first = -most if n < -most else first
    # In two steps: only the last may overflow or lose digits to a subnormal. As products, which keep a NaN.
    return (T(1.0) + excess) * shift_exponent(T(1.0), first) * shift_exponent(T(1.0), n - first)


_AHEAD = 2.0**64  # from here what is subnormal in the end is still normal


@_word
def _exp_of_minus(a):
    """e^-a for a >= 0: nothing overflows, so that one step is enough, and the last product alone loses digits."""
    T = type(a)
    inside = _EXP_LOW(a) if -a < _EXP_LOW(a) else -a
    n, excess = _reduce(inside)
    return (T(1.0) + excess) * shift_exponent(T(_AHEAD), n) * T(1.0 / _AHEAD)


@_word
def _exp_if_normal(x):
    """e^x where it is a normal number."""
    T = type(x)
    n, excess = _reduce(x)
    return (T(1.0) + excess) * shift_exponent(T(1.0), n)


_NORMAL_LOW = per_format(-87.33, -708.39)  # below it e^x is not normal


@_word
def exp_below_0(x):
    """e^x for x <= 0, with 0 for what is not normal."""
    T = type(x)
    return T(0.0) if x < _NORMAL_LOW(x) else _exp_if_normal(x)


@_word
def expm1(x):
    T = type(x)
    inside = _EXP_HIGH(x) if x > _EXP_HIGH(x) else x
    inside = -_DIGITS(x) if x < -_DIGITS(x) else inside
    n, excess = _reduce(inside)
    half = shift_exponent(T(0.5), n)
    value = T(2.0) * (half * excess + (half - T(0.5)))
    return x if abs(x) < _NEGLIGIBLE(x) else value


# (log1p(f) - f + f²/2)/f³ from √½ - 1 to √2 - 1
_LOG1P = polynomial(
    (0.3333333, -0.2500082, 0.20001242, -0.16623403, 0.1420161, -0.13159825, 0.12762292, -0.07633175),
    (
        0.3333333333333335,
        -0.25000000000000333,
        0.19999999999993423,
        -0.16666666666557656,
        0.14285714286627751,
        -0.12500000013084417,
        0.11111111054059435,
        -0.09999999140980133,
        0.09090910688449481,
        -0.08333366756760141,
        0.0769230176530392,
        -0.07142090275778731,
        0.06665918432637599,
        -0.0626022076729585,
        0.059018375281712665,
        -0.05482078095494112,
        0.050421696321197515,
        -0.051893841969160526,
        0.05975175115785094,
        -0.05294737427491813,
        0.0220824333251746,
    ),
)


@_word
def _logarithm(n, f):
    """log((1 + f)·2ⁿ) for 1 + f between √½ and √2."""
    tail = (f * f) * (f * _LOG1P(f) - type(f)(0.5))
    return n * _LN2_HIGH(f) + (f + (tail + n * _LN2_LOW(f)))


@_word
def _at_edge(x, edge, value):
    """`value`, which a logarithm has for a finite x above `edge`; what it has elsewhere."""
    T = type(x)
    below = T(-math.inf) if x == edge else T(math.nan)
    value = value if x > edge else below
    return value if x < T(math.inf) else x


@_word
def log(x):
    T = type(x)
    subnormal = x < _TINY(x)
    scaled = x * shift_exponent(T(1.0), _DIGITS(x)) if subnormal else x
    n = exponent(scaled)
    f = shift_exponent(scaled, -n) - T(1.0)
    n = n - _DIGITS(x) if subnormal else n
    return _at_edge(x, T(0.0), _logarithm(n, f))


@_word
def log1p(x):
    T = type(x)
    n = exponent(T(1.0) + x)
    least = T(64.0) if n > T(64.0) else n
    f = shift_exponent(x, -n) + (shift_exponent(T(1.0), -least) - T(1.0))
    value = _at_edge(x, T(-1.0), _logarithm(n, f))
    return x if abs(x) < _NEGLIGIBLE(x) else value


_ROOT_TWO_LESS_1 = 0.41421356237309503


@_word
def _log1p_below_1_8(x):
    """log1p(x) for 0 <= x < 1.8, where 1 + x is halved or left as it is."""
    T = type(x)
    halved = x > T(_ROOT_TWO_LESS_1)
    f = T(0.5) * x - T(0.5) if halved else x
    return _logarithm(T(1.0) if halved else T(0.0), f)


# powers, signs, choices


@_word
def sqrt(x):
    return math.sqrt(x)


@_word
def pow(x, power):
    return x**power


@_word
def abs(x):
    return math.fabs(x)


@_word
def sign(x):
    T = type(x)
    return T(1.0) if x > T(0.0) else (T(-1.0) if x < T(0.0) else x + T(0.0))


@_word
def relu(x):
    T = type(x)
    return T(0.0) if x <= T(0.0) else x


@_word
def where(condition, x, y):
    return x if condition else y


@_word
def stop_gradient(x):
    return x


# the sigmoid and its kin


@_word
def sigmoid(x):
    T = type(x)
    e = _exp_of_minus(abs(x))
    return (T(1.0) if x >= T(0.0) else e) / (T(1.0) + e)


@_word
def softplus(x):
    return relu(x) + _log1p_below_1_8(_exp_of_minus(abs(x)))


# (tanh(a) - a)/a³ as a polynomial in a², for a <= 0.6
_TANH = polynomial(
    (-0.333333, 0.13331936, -0.053784717, 0.020798625, -0.0058979653),
    (
        -0.33333333333333126,
        0.13333333333299766,
        -0.053968253949334265,
        0.021869488003324784,
        -0.008863226768177374,
        0.0035920369882226793,
        -0.001455211014669607,
        0.0005871645521771661,
        -0.00023032579889834925,
        7.920389446572625e-05,
        -1.71090043059681e-05,
    ),
)
_TANH_IS_1 = per_format(10.0, 20.0)


@_word
def tanh(x):
    T = type(x)
    a = abs(x)
    square = a * a
    near = a + a * (square * _TANH(square))
    inside = _TANH_IS_1(x) if a > _TANH_IS_1(x) else a
    far = T(1.0) - T(2.0) / (_exp_if_normal(T(2.0) * inside) + T(1.0))
    return copysign(near if a < T(0.6) else far, x)


@_word
def log_cosh(x):
    """Below 1 log1p(sinh²)/2, which keeps its digits near 0; beyond |x| + log1p(e^(-2|x|)) - log 2."""
    T = type(x)
    a = abs(x)
    fall = expm1(T(-2.0) * a)
    near = a < T(1.0)
    rise = T(1.0) + fall
    inner = _log1p_below_1_8(fall * fall / (T(4.0) * rise) if near else rise)
    return T(0.5) * inner if near else (a - T(0.6931471805599453)) + inner


@_word
def log1pmx(x):
    """log1p(x) - x. Near 0, with s = x/(2+x): log1p(x) = 2 atanh(s) and 2s - x = -s x: nothing cancels."""
    T = type(x)
    near = (x > T(-0.5)) & (x < T(0.7))
    inner = x if near else T(0.0)
    s = inner / (T(2.0) + inner)
    square = s * s
    return s * (square * _ATANH(square) - inner) if near else log1p(x) - x


# 2(atanh(s) - s)/s³ as a series in s²
_ATANH = polynomial(*2 * (tuple(2.0 / k for k in range(3, 37, 2)),))


# hypotenuses, angles

_ONE_IS_LOST = per_format(2.0**26, 2.0**55)  # beyond it √(1+x²) is |x|


@_word
def _hypotenuse(x):
    """√(1+x²)."""
    T = type(x)
    a = abs(x)
    far = a > _ONE_IS_LOST(x)
    inner = T(1.0) if far else a
    root = math.sqrt(T(1.0) + inner * inner)
    return a if far else root


@_word
def root1p(x):
    return x * (x / (type(x)(1.0) + _hypotenuse(x)))


@_word
def sine(x):
    return x / _hypotenuse(x)


@_word
def cosine(x):
    return type(x)(1.0) / _hypotenuse(x)


# (arctan(a) - a)/a³ as a polynomial in a², for a <= 1
_ARCTAN = polynomial(
    (-0.33333153, 0.19993767, -0.14211002, 0.10665766, -0.075516336, 0.043204006, -0.016362408, 0.002919126),
    (
        -0.3333333333333186,
        0.19999999999755022,
        -0.14285714271334998,
        0.11111110678755298,
        -0.09090901235504861,
        0.07692212931736618,
        -0.06665860371864794,
        0.05877307816831137,
        -0.05239233177307169,
        0.046739501165925394,
        -0.04092639335467833,
        0.03406782954072085,
        -0.025826820699630486,
        0.01697805933941332,
        -0.009184576501696103,
        0.003855984135465087,
        -0.0011640751239990778,
        0.00022302314808782231,
        -2.0258629504139474e-05,
    ),
)


@_word
def arctan(x):
    T = type(x)
    a = abs(x)
    far = a > T(1.0)
    inner = T(1.0) / a if far else a
    square = inner * inner
    angle = inner + inner * (square * _ARCTAN(square))
    return copysign(T(1.5707963267948966) - angle if far else angle, x)


# the normal distribution and the factorial

# erf(a)/a - 1 as a polynomial in a², for a² <= 0.85
_ERF = polynomial(
    (0.12837915, -0.37612498, 0.112818435, -0.026767345, 0.0049940264, -0.0005994416),
    (
        0.1283791670955126,
        -0.3761263890318371,
        0.11283791670952856,
        -0.026866170644637463,
        0.005223977619878894,
        -0.0008548326652672889,
        0.00012055317272003583,
        -1.4925210663824532e-05,
        1.6453864818583084e-06,
        -1.6262812183542416e-07,
        1.3978984692259168e-08,
        -8.328732419724089e-10,
    ),
)
# log(1 - erf(a)) from 0.9 to where erf(a) rounds to 1
_LOG_ERFC = polynomial(
    (-0.00016645399, -1.1277972, -0.636976, -0.10411384, 0.022315344, -0.0030655323, 0.00019822206),
    (
        -6.791490022610515e-08,
        -1.1283784454491257,
        -0.6366232921095429,
        -0.10276222850743329,
        0.01910808489467523,
        0.00023645034379176313,
        -0.0017195655375350667,
        0.0005978913197797515,
        -1.4865492459454101e-05,
        -8.687917250776787e-05,
        5.230248642557089e-05,
        -1.9059167933000698e-05,
        5.031761760933423e-06,
        -1.0026903571101899e-06,
        1.5073992705803985e-07,
        -1.6658037940313044e-08,
        1.280007675589447e-09,
        -6.115180426017953e-11,
        1.3680659466004245e-12,
    ),
)
_ERF_IS_1 = per_format(4.0, 6.0)


@_word
def erf(x):
    T = type(x)
    a = abs(x)
    square = a * a
    near = a + a * _ERF(square)
    far = T(1.0) - exp(_LOG_ERFC(_ERF_IS_1(x) if a > _ERF_IS_1(x) else a))
    return copysign(near if square < T(0.85) else far, x)


_EXCESS = polynomial(normal.COEFFICIENTS, normal.COEFFICIENTS)


@_word
def _excess(t):
    """φ(t)/Φ(-t) - t for t >= 0."""
    T = type(t)
    far = t + T(normal.CENTRE)
    return _EXCESS((t - T(normal.CENTRE)) / far) / far


@_word
def _odds(t):
    """Φ(-t)/Φ(t) for t >= 0."""
    T = type(t)
    above = exp(T(-0.5) * (t * t)) / (T(normal.ROOT_TWO_PI) * (t + _excess(t)))
    return above / (T(1.0) - above)


@_word
def log_ndtr(x):
    T = type(x)
    t = abs(x)
    low = T(-0.5) * (t * t) - log(T(normal.ROOT_TWO_PI) * (t + _excess(t)))
    return low if x < T(0.0) else -log1p(_odds(t))


@_word
def inverse_mills(x):
    t = abs(x)
    hazard = t + _excess(t)
    return hazard if x < type(x)(0.0) else hazard * _odds(t)


@_word
def mills_excess(x):
    return _excess(abs(x)) if x < type(x)(0.0) else x + inverse_mills(x)


_LOG_FACTORIAL = polynomial(vocabulary.LOG_FACTORIAL, vocabulary.LOG_FACTORIAL)


@_word
def log_factorial(x):
    """log Γ(1+x): a series below 1/4, where the 1 would swallow x."""
    T = type(x)
    near = abs(x) < T(0.25)
    inner = x if near else T(0.0)
    series = inner * (inner * _LOG_FACTORIAL(inner) + T(vocabulary.ONE_MINUS_EULER)) - log1p(inner)
    return series if near else math.lgamma(T(1.0) + x)
