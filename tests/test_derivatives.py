"""The rule table: complete, right at kinks, one with native autodiff, and guarded by the laws of accuracy."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator

import numpy as np
import pytest

import losskit as lk
from losskit.core.define import LossFactory
from losskit.core.registry import factory
from losskit.ops import dispatch, formula, oracle, rules, symbols
from losskit.ops.frozen import Decisions
from losskit.ops.graph import in_order
from losskit.ops.oracle_by_differences import MpmathWords
from losskit.testing.accuracy import by_sympy, misses, quantities
from losskit.testing.accuracy_on_items import misses_on_items
from losskit.testing.claims import is_usual, turning_points
from losskit.testing.libraries import Library
from losskit.testing.points import sample_of
from losskit.testing.variants import extremes
from losskit.testing.writing import assert_written_well

TRAINABLE = [name for name in lk.names() if factory(name).definition.trainable]
USUAL = [name for name in TRAINABLE if is_usual(factory(name).example())]
POINTWISE = [name for name in USUAL if factory(name).definition.kind == "pointwise"]
NATIVE = [library for library in Library if library is not Library.NUMPY]
every_native = pytest.mark.parametrize("library", NATIVE, ids=str)


class TestTheTableIsComplete:
    def test_every_word_has_a_rule_or_is_said_to_have_none(self):
        assert set(symbols.WORDS) == rules.RULES.keys() | set(rules.WITHOUT_RULE)
        assert not rules.RULES.keys() & set(rules.WITHOUT_RULE)

    @pytest.mark.parametrize("library", Library, ids=str)
    def test_every_evaluator_has_every_word(self, library: Library):
        words = dispatch.words_of(library.array([0.0], "float32"))
        assert [w for w in (*symbols.POINTWISE, *symbols.ALONG_AXIS) if not hasattr(words, w)] == []

    def test_the_oracle_has_every_word(self):
        words = (oracle.SymPyWords(), MpmathWords(Decisions()))
        assert [w for w in symbols.WORDS if w not in symbols.ARITHMETIC and not any(hasattr(v, w) for v in words)] == []

    def test_the_formulas_have_every_pointwise_word(self):
        assert {*symbols.ARITHMETIC, *symbols.POINTWISE} <= formula._POINTWISE.keys() | {"where"}


class TestKinks:
    @pytest.mark.parametrize("name", POINTWISE)
    def test_the_subgradient_lies_between_the_limits(self, name: str):
        for loss in extremes(factory(name)):
            z, y = turning_points(loss)
            step = 1e-9 * (1.0 + np.abs(z))
            left, here, right = (loss.gradient(z + s * step, y) for s in (-1.0, 0.0, 1.0))
            slack = 1e-5 * (1e-3 + np.maximum(np.abs(left), np.abs(right)))
            outside = (here < np.minimum(left, right) - slack) | (here > np.maximum(left, right) + slack)
            assert not outside.any(), f"{loss!r} at pred={z[outside]}, target={y[outside]}: {here[outside]}"

    @every_native
    @pytest.mark.parametrize("name", POINTWISE)
    def test_the_subgradient_is_the_same_on_every_library(self, name: str, library: Library):
        loss = factory(name).example()
        z, y = turning_points(loss)
        there = library.numbers(loss.gradient(library.array(z, "float64"), library.array(y, "float64")))
        np.testing.assert_allclose(there, loss.gradient(z, y), rtol=1e-13, atol=1e-13)


def _away_from_kinks(loss: lk.Loss) -> tuple[np.ndarray, np.ndarray]:
    """The random part of the sample: no definition turns at a random number."""
    z, y = sample_of(loss)
    return (z[-12:], y[-12:]) if loss.kind == "rowwise" else (z[-80:], y[-80:])


class TestNativeAutodiff:
    @every_native
    @pytest.mark.parametrize("name", USUAL)
    def test_agrees_with_the_table(self, name: str, library: Library):
        loss = factory(name).example()
        z, y = _away_from_kinks(loss)
        target = library.array(y, "int64" if loss.kind == "rowwise" else "float64")
        (found,) = library.gradients(lambda p: loss.sum(p, target), library.array(z, "float64"))
        native = library.numbers(found)
        # The native derivative of a definition may cancel where the table's form does not.
        np.testing.assert_allclose(native, loss.gradient(z, y), rtol=1e-9, atol=1e-11)


def _kinds(loss: lk.Loss) -> tuple[bool, ...]:
    return (False, True) if loss.definition.class_input else (False,)


def _differentiated(loss: lk.Loss) -> set[str]:
    """The words whose rules the gradient of `loss`, and the Hessian of a pointwise one, are made with."""
    found = set()
    for soft in _kinds(loss):
        graphs = loss.graphs(soft)
        for output in [graphs.each, *(graphs.gradients if loss.kind == "pointwise" else ())]:
            depends = {graphs.inputs[name] for name in loss.definition.wrt}
            for x in in_order([output]):
                if any(a in depends for a in x.args):
                    depends.add(x)
                    used = zip(rules.RULES.get(x.word, [None] * len(x.args)), x.args, strict=True)
                    found |= {x.word for rule, a in used if rule and a in depends}
    return found


USED = sorted({word for name in TRAINABLE for word in _differentiated(factory(name).example())})


@pytest.fixture
def break_rule(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Replace every rule of a word; what was derived with other rules is forgotten before and after."""
    definitions = [factory(name).definition for name in lk.names()]

    def forget() -> None:
        for definition in definitions:
            definition._graphs.clear()

    def replace(word: str, wrong) -> None:
        forget()
        broken = tuple(
            rule and (lambda ops, g, out, *args, rule=rule: wrong(rule(ops, g, out, *args)))
            for rule in rules.RULES[word]
        )
        monkeypatch.setitem(rules.RULES, word, broken)

    yield replace
    monkeypatch.undo()
    forget()


WRONG = {"1% too large": lambda part: 1.01 * part, "wrong sign": lambda part: -part}


def _is_caught(loss: lk.Loss) -> bool:
    if not by_sympy(loss):
        return any(misses_on_items(loss, quantity, Library.NUMPY, "float64") for quantity in quantities(loss)[1:])
    return any(
        misses(loss, quantity, Library.NUMPY, "float64", soft)
        for soft in _kinds(loss)
        for quantity in quantities(loss)[1:]
    )


@pytest.mark.parametrize("how", WRONG)
@pytest.mark.parametrize("word", USED)
def test_a_broken_rule_is_caught(word: str, how: str, break_rule):
    names = [name for name in TRAINABLE if word in _differentiated(factory(name).example())]
    names.sort(key=lambda name: name not in USUAL)  # those that are judged quickly first
    break_rule(word, WRONG[how])
    losses = (extremes(factory(name))[0] for name in names)  # made now, for a loss keeps its graphs
    assert any(_is_caught(loss) for loss in losses)


_DOMAIN = {"log": lk.PositiveReal, "sqrt": lk.PositiveReal, "log1p": lk.AboveMinusOne, "log1pmx": lk.AboveMinusOne}
_UNARY = [w for w in symbols.POINTWISE if len(rules.RULES.get(w, ())) == 1 and w not in ("sign", "stop_gradient")]


@pytest.mark.parametrize("word", _UNARY)
def test_every_rule_against_the_oracle(word: str):
    def alone(ops, pred, target):
        return getattr(ops, word)(pred) - target

    loss = lk.define_loss(pred=_DOMAIN.get(word, lk.Real), target=lk.Real)(alone)()
    judged = misses if by_sympy(loss) else misses_on_items
    assert judged(loss, "gradient", Library.NUMPY, "float64") == []


class TestWritingRules:
    """What can be seen of how a definition is written, on its graph and in its source."""

    @pytest.mark.parametrize("name", lk.names())
    def test_graph(self, name: str):
        for loss in extremes(factory(name)):
            assert_written_well(loss)

    @pytest.mark.parametrize("name", lk.names())
    def test_source(self, name: str):
        tree = ast.parse(textwrap.dedent(inspect.getsource(factory(name).definition.function)))
        banned = (ast.Raise, ast.Assert, ast.Try, ast.Import, ast.ImportFrom, ast.While)
        assert [type(x).__name__ for x in ast.walk(tree) if isinstance(x, banned)] == []


def test_untrainable_losses_are_refused():
    loss: LossFactory = lk.zero_one
    with pytest.raises(lk.LosskitError, match="no useful gradient"):
        loss().gradient(np.array([0.5]), np.array([1.0]))
