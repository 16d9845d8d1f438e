"""The one table of derivatives: for each word, the rule for each of its arguments.

A rule receives the vocabulary on symbols, the gradient `g` of what comes after, the word's own output `out` and
its arguments, and returns the gradient of one argument. `None` means that nothing flows there. At a kink the
rule names the subgradient that every library gets: abs and relu have slope 0 at 0, `where` the slope of the
branch taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Rule = Callable[..., Any] | None

RULES: dict[str, tuple[Rule, ...]] = {
    "add": (lambda ops, g, out, a, b: g, lambda ops, g, out, a, b: g),
    "sub": (lambda ops, g, out, a, b: g, lambda ops, g, out, a, b: -g),
    "mul": (lambda ops, g, out, a, b: g * b, lambda ops, g, out, a, b: g * a),
    "div": (lambda ops, g, out, a, b: g / b, lambda ops, g, out, a, b: -(g * (out / b))),
    "neg": (lambda ops, g, out, a: -g,),
    "less": (None, None),
    "less_equal": (None, None),
    "both": (None, None),
    "exp": (lambda ops, g, out, a: g * out,),
    "log": (lambda ops, g, out, a: g / a,),
    "log1p": (lambda ops, g, out, a: g / (1.0 + a),),
    "expm1": (lambda ops, g, out, a: g * ops.exp(a),),
    "sqrt": (lambda ops, g, out, a: g * (0.5 / out),),
    "pow": (lambda ops, g, out, a, b: g * (b * ops.pow(a, b - 1.0)), None),  # exponents are parameters
    "abs": (lambda ops, g, out, a: g * ops.sign(a),),
    "sign": (None,),
    "relu": (lambda ops, g, out, a: ops.where(a > 0.0, g, 0.0),),
    # σ' as a product: 1 - σ(a) would cancel for large a, and so would 1 - tanh².
    "sigmoid": (lambda ops, g, out, a: g * (out * ops.sigmoid(-a)),),
    "softplus": (lambda ops, g, out, a: g * ops.sigmoid(a),),
    "tanh": (lambda ops, g, out, a: g * (4.0 * (ops.sigmoid(2.0 * a) * ops.sigmoid(-2.0 * a))),),
    "log_cosh": (lambda ops, g, out, a: g * ops.tanh(a),),
    # -a/(1+a), in the form whose own derivative does not cancel for large a.
    "log1pmx": (lambda ops, g, out, a: g * ops.expm1(-ops.log1p(a)),),
    "root1p": (lambda ops, g, out, a: g * ops.sine(a),),
    "sine": (lambda ops, g, out, a: g * (ops.cosine(a) * (ops.cosine(a) * ops.cosine(a))),),
    "cosine": (lambda ops, g, out, a: -(g * (ops.sine(a) * (out * out))),),
    "arctan": (lambda ops, g, out, a: g * (ops.cosine(a) * ops.cosine(a)),),
    "erf": (lambda ops, g, out, a: g * (1.1283791670955126 * ops.exp(-(a * a))),),
    "log_ndtr": (lambda ops, g, out, a: g * ops.inverse_mills(a),),
    "inverse_mills": (lambda ops, g, out, a: -(g * (out * ops.mills_excess(a))),),
    "where": (
        None,
        lambda ops, g, out, c, a, b: ops.where(c, g, 0.0),
        lambda ops, g, out, c, a, b: ops.where(c, 0.0, g),
    ),
    "stop_gradient": (None,),
    "sum": (lambda ops, g, out, a: ops.expand(g, _of_shape(a)),),
    "logsumexp": (lambda ops, g, out, a: ops.expand(g, a) * ops.softmax(a),),
    "softmax": (lambda ops, g, out, a: _softmax_pullback(ops, g, out, a),),
    "one_minus_softmax": (lambda ops, g, out, a: -_softmax_pullback(ops, g, ops.softmax(a), a),),
    "log_softmax": (lambda ops, g, out, a: _log_softmax_pullback(ops, g, a),),
    "take": (lambda ops, g, out, a, ids: ops.scatter(g, ids, _of_shape(a)), None),
    "scatter": (lambda ops, g, out, rows, ids, like: ops.take(g, ids), None, None),
    "expand": (lambda ops, g, out, rows, like: ops.sum(g), None),
    # What is repeated is a parameter: an array that is differentiated has the shape already.
    "broadcast": (lambda ops, g, out, a, like: g, None),
    "size": (None,),
    "index": (None,),
    "argmax": (None,),
    "argsort": (None,),
    "permute": (lambda ops, g, out, a, order: ops.permute(g, ops.argsort(-order)), None),
    "shift": (lambda ops, g, out, a, k: ops.shift(g, -k), None),
    "transpose": (lambda ops, g, out, a: ops.transpose(g),),
    "matmul": (
        lambda ops, g, out, a, b: ops.matmul(g, ops.transpose(b)),
        lambda ops, g, out, a, b: ops.matmul(ops.transpose(a), g),
    ),
    "distances": (
        lambda ops, g, out, a, b: _distances_pullback(ops, _per_distance(ops, g, out), a, b),
        lambda ops, g, out, a, b: _distances_pullback(ops, ops.transpose(_per_distance(ops, g, out)), b, a),
    ),
}

# Words that stand on targets and parameters only, or in gradients: a derivative through them is asked for by mistake.
WITHOUT_RULE = ("log_factorial", "mills_excess", "one_hot_minus_softmax", "softmax_pullback", "cumsum")

_CHANGES_SHAPE = ("sum", "logsumexp", "size", "argmax", "transpose")


def _of_shape(a: Any) -> Any:
    """The earliest array of a's shape that a is made of: for its shape alone nothing need be computed."""
    while len(a.args) == 1 and a.word not in _CHANGES_SHAPE:
        a = a.args[0]
    return a


def _log_softmax_pullback(ops: Any, g: Any, a: Any) -> Any:
    """g_j - p_j Σg; where p_j is near 1 that cancels, and g_j (1 - p_j) - p_j (Σg - g_j) does not."""
    if g.word == "scatter":
        rows, ids, _ = g.args
        return (rows if rows.word == "constant" else ops.expand(rows, a)) * ops.one_hot_minus_softmax(a, ids)
    p, total = ops.softmax(a), ops.expand(ops.sum(g), a)
    return ops.where(p > 0.5, g * ops.one_minus_softmax(a) - p * (total - g), g - p * total)


def _softmax_pullback(ops: Any, g: Any, p: Any, a: Any) -> Any:
    """p_j (g_j (1 - p_j) - Σ_{k≠j} g_k p_k), the pullback of g through p = softmax(a): exact for a g of one entry."""
    if g.word != "scatter":
        return 0.0 * g if g.word == "constant" else ops.softmax_pullback(g, a)
    weighted = g * p
    return p * (g * ops.one_minus_softmax(a) - (ops.expand(ops.sum(weighted), a) - weighted))


def _per_distance(ops: Any, g: Any, distance: Any) -> Any:
    """g/d, and 0 where two points are one."""
    apart = distance > 0.0
    return ops.where(apart, g / ops.where(apart, distance, 1.0), 0.0)


def _distances_pullback(ops: Any, w: Any, a: Any, b: Any) -> Any:
    """Σ_j w_ij (a_i - b_j)."""
    return a * ops.expand(ops.sum(w), a) - ops.matmul(w, b)
