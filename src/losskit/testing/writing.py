"""The law of writing: what can be seen on a definition's graph of how it will behave."""

from __future__ import annotations

import numpy as np

from losskit.core.loss import Loss
from losskit.ops import dispatch
from losskit.ops.graph import Node, in_order
from losskit.ops.program import Program
from losskit.testing.points import Items, few_items, is_usual, sample_of


def assert_written_well(loss: Loss) -> None:
    """No word that is known to lose digits, and every branch of a `where` finite wherever the loss is."""
    given = [value for value in loss.params.values() if isinstance(value, float)]
    for x in in_order([loss.graphs().each]):
        squared = x.word == "mul" and x.args[0] is x.args[1]
        _must(loss, not (squared and x.args[0].word == "abs"), "abs(r)**2: its second derivative is wrong at 0")
        _must(loss, x.word != "pow" or x.args[1].value != 2.0, "pow(x, 2) where x*x is exact")
        literals = x.word == "where" and x.args[1].word == x.args[2].word == "constant"
        _must(loss, not literals, "two numbers in a where: they have no dtype")
        tiny = x.word == "constant" and x.value not in given and 0.0 < abs(float(x.value or 0.0)) < 1e-4
        _must(loss, not tiny, f"{x.value}: clipping by an epsilon hides what it should solve")
    _assert_finite_branches(loss)


def _must(loss: Loss, holds: bool, what: str) -> None:
    assert holds, f"{loss!r} is written with {what}"


def _assert_finite_branches(loss: Loss) -> None:
    """Automatic differentiation multiplies the branch not taken by 0, and 0 times infinity is NaN."""
    each = loss.graphs().each
    branches = [b for x in in_order([each]) if x.word == "where" for b in x.args[1:] if b.word != "constant"]
    if not branches:
        return
    values = _evaluate(loss, [each, *branches])
    finite = np.isfinite(values[0])
    inputs = _inputs(loss)
    for branch, node in zip(values[1:], branches, strict=True):
        inner = max(np.ndim(branch) - finite.ndim, 0)
        bad = ~np.isfinite(branch) & finite.reshape(*finite.shape, *(1,) * inner)
        if bad.any():
            at = np.argwhere(bad)[0][0]
            raise AssertionError(
                f"{loss!r}: a branch of a where is not finite at "
                + ", ".join(f"{name}={array[at]}" for name, array in inputs.items())
                + ", so its gradient is NaN even where the other branch is taken: "
                f"give the branch a harmless argument ({node})"
            )


def _evaluate(loss: Loss, nodes: list[Node]) -> list[np.ndarray]:
    inputs, lead = _inputs(loss), loss.definition.lead
    ops = dispatch.words_of(inputs[lead])
    with ops.scope(), np.errstate(all="ignore"):
        return Program(nodes).run(ops, {**inputs, **loss.params}, inputs[lead])


def _inputs(loss: Loss) -> Items:
    if not is_usual(loss):
        return few_items(loss)
    return dict(zip(loss.definition.inputs, sample_of(loss), strict=True))
