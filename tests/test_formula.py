"""Formulas as people read them, printed from the graphs that run."""

from __future__ import annotations

import subprocess
import sys

import pytest

import losskit as lk
from losskit.core.registry import factory
from losskit.ops import formula

READS = {
    "squared_error": "r^2,  r = ŷ - y",
    "huber": "r^2/2 if |r| <= delta else delta*(|r| - delta/2),  r = ŷ - y",
    "log_cosh": "log(cosh(r)),  r = ŷ - y",
    "msle": "(log(y + 1) - log(ŷ + 1))^2",
    "cauchy": "log(r^2/(2*scale^2) + 1),  r = ŷ - y",
    "poisson": "exp(z) - y*z",
    "tweedie": "y*exp(z*(1 - power))/(power - 1) + exp(z*(2 - power))/(2 - power)",
    "hinge": "max(0, margin - z*(2*y - 1))",
    "cross_entropy": "-log(softmax(z)[y])",
}

GRADIENT_READS = {
    "huber": "r if |r| <= delta else delta*sign(r),  r = ŷ - y",
    "quantile": "1 - level if r > 0 else -level if r < 0 else 0,  r = ŷ - y",
    "fair": "r*scale/(scale + |r|),  r = ŷ - y",
    "tweedie": "exp(z*(2 - power)) - y*exp(z*(1 - power))",
    "binary_cross_entropy": "(1 - y)*sigmoid(z) - pos_weight*y*sigmoid(-z)",
    "cross_entropy": "softmax(z)[k] - [k = y]",
    "logit_adjusted": "softmax(temperature*log(prior) + z)[k] - [k = y]",
}


@pytest.mark.parametrize("name", READS)
def test_reads(name: str):
    loss = factory(name).example()
    assert formula.text(loss.graphs().each, loss.definition) == READS[name]
    assert str(loss) == f"{loss!r}\n  {READS[name]}"


@pytest.mark.parametrize("name", GRADIENT_READS)
def test_gradient_reads(name: str):
    loss = factory(name).example()
    assert formula.text(loss.graphs().gradient, loss.definition) == GRADIENT_READS[name]


def test_latex():
    assert lk.cross_entropy().formula == r"- \log{\left(\operatorname{softmax}\left(z\right)_{y} \right)}"
    assert lk.cross_entropy().gradient_formula == r"\operatorname{softmax}\left(z\right)_{k} - \mathbb{1}_{k = y}"
    assert lk.huber().gradient_formula == (
        r"\begin{cases} r & \text{for}\: \left|{r}\right| \leq \delta \\\delta\,\operatorname{sign}{\left(r \right)} "
        r"& \text{otherwise} \end{cases}, \quad r = \hat{y} - y"
    )


def test_static_parameters_are_numbers():
    text = formula.text(lk.cross_entropy(label_smoothing=0.1).graphs().each, lk.cross_entropy.definition)
    assert "9*log(softmax(z)[y])/10" in text
    assert "sum_j(log(softmax(z)[j]))/(10*K)" in text


def test_soft_labels():
    loss = lk.cross_entropy()
    assert formula.text(loss.graphs(soft=True).each, loss.definition) == "-sum_j(log(softmax(z)[j])*q[j])"


@pytest.mark.parametrize("name", lk.names())
def test_short_and_balanced(name: str):
    loss = factory(name).example()
    printed = [loss.formula]
    if loss.definition.trainable:
        printed.append(loss.gradient_formula)
    for latex in printed:
        assert len(latex) < 1000
        assert latex.count("{") == latex.count("}")
        assert latex.count(r"\left") == latex.count(r"\right")
        assert "ITE" not in latex
        assert "==" not in latex


def test_without_sympy_the_repr_is_shown():
    program = """
import sys
sys.modules["sympy"] = None
import losskit as lk
assert str(lk.huber()) == "lk.huber()"
try:
    lk.huber().formula
except lk.LosskitError as error:
    assert "losskit[formulas]" in str(error), error
else:
    raise AssertionError("no error")
"""
    subprocess.run([sys.executable, "-c", program], check=True)
