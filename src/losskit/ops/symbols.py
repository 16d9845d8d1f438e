"""The vocabulary on symbols: what a definition receives as `ops` when it is traced into a graph.

This file is the list of words. `on_numpy`, `on_torch`, `on_jax` and `on_tensorflow` define the same names on
arrays, `formula` on SymPy expressions, and `rules` their derivatives. Arithmetic (+ - * / and comparisons) is
written with Python's operators. Words with an axis work on the last one, those on
matrices on the last two, under any axes before them; arrays that are differentiated are never broadcast.
"""

from __future__ import annotations

from collections.abc import Callable

from losskit.ops.graph import Node, node

Word = Callable[..., Node]

ARITHMETIC = ("add", "sub", "mul", "div", "neg", "less", "less_equal", "both")

POINTWISE = (
    "exp",
    "log",
    "log1p",
    "expm1",
    "sqrt",
    "pow",
    "abs",
    "sign",
    "relu",
    "sigmoid",
    "softplus",
    "tanh",
    "log_cosh",
    "log1pmx",  # log1p(x) - x, exact near 0
    "root1p",  # √(1+x²) - 1, exact near 0
    "sine",  # x/√(1+x²), the sine of arctan x
    "cosine",  # 1/√(1+x²)
    "log_factorial",  # log Γ(1+x), exact near 0
    "arctan",
    "erf",
    "log_ndtr",  # log Φ(x), the logarithm of the normal distribution function, exact in both tails
    "inverse_mills",  # φ(x)/Φ(x), the slope of log_ndtr
    "mills_excess",  # x + φ(x)/Φ(x), exact where the two cancel
    "where",
    "stop_gradient",
)

ALONG_AXIS = (
    "sum",
    "logsumexp",
    "softmax",
    "one_minus_softmax",  # exact where the probability is near 1
    "log_softmax",
    "one_hot_minus_softmax",  # one_hot_minus_softmax(x, ids): the slope of log_softmax(x) at the id of each row
    "softmax_pullback",  # softmax_pullback(g, x): Σ_j g_j times the slope of softmax(x) at j
    "take",  # take(values, ids): the entry of each row that its id names; one number k names the k-th of all
    "scatter",  # scatter(rows, ids, like): zero but for each row's number at its id, or at the k-th place
    "expand",  # expand(rows, like): each entry repeated along a new last axis, as long as that of `like`
    "broadcast",  # broadcast(values, like): class weights repeated for every row
    "size",  # the length of the last axis
    "index",  # 0, 1, 2, ... along the last axis
    "argmax",  # the id of the first largest entry of each row
    "argsort",  # the ids of each row from the largest entry to the smallest, equal ones in their order
    "permute",  # permute(x, order): the entries of each row in an order such as argsort gives
    "cumsum",
    "shift",  # shift(x, k): entry i is x[i + k], and 0 outside; k is a number
    "transpose",  # the last two axes exchanged
    "matmul",  # matmul(a, b): the product of matrices, the last two axes
    "distances",  # distances(a, b): Euclidean, from each row of a (..., N, D) to each of b (..., M, D)
)

WORDS = (*ARITHMETIC, *POINTWISE, *ALONG_AXIS)


def _word(name: str) -> Word:
    def apply(*args: Node | float) -> Node:
        return node(name, *args)

    apply.__name__ = name
    return apply


globals().update({name: _word(name) for name in (*POINTWISE, *ALONG_AXIS)})
