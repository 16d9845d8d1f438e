"""Formulas as people read them, printed from the graphs that run."""

from __future__ import annotations

import subprocess
import sys

import pytest

import losskit as lk
from losskit.core.registry import factory
from losskit.errors import NotSupported
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
    "generalized_ce": "(1 - exp(q*log(softmax(z)[y])))/q",
    "gaussian_nll": "log_variance/2 + r^2*exp(-log_variance)/2,  r = ŷ - y",
    "dpo": "softplus(-beta*(chosen + ref_rejected - ref_chosen - rejected))",
    "aft": "(log(time) - z)^2/(2*scale^2) if event > 1/2 else -log(Φ((z - log(time))/scale))",
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


def formulas_of(loss: lk.Loss) -> list[str]:
    """What is printed of a loss: of its gradients too, and nothing where it has no formula in one line."""
    try:
        graphs = [loss.graphs().each, *(loss.graphs().gradients if loss.definition.trainable else ())]
        return [formula.latex(graph, loss.definition) for graph in graphs]
    except NotSupported:
        return []


@pytest.mark.parametrize("name", lk.names())
def test_short_and_balanced(name: str):
    loss = factory(name).example()
    printed = formulas_of(loss)
    assert printed or loss.kind != "pointwise" or len(loss.definition.inputs) > 2
    for latex in printed:
        assert len(latex) < 1000
        assert latex.count("{") == latex.count("}")
        assert latex.count(r"\left") == latex.count(r"\right")
        assert "ITE" not in latex
        assert "==" not in latex


def test_what_has_no_formula_in_one_line_says_so():
    with pytest.raises(NotSupported, match=r"(?s)info_nce has no formula.*docstring"):
        _ = lk.get("info_nce").formula


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
