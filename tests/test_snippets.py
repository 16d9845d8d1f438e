"""The code that is printed to be pasted runs, and learns, in the real frameworks."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import torch

import losskit as lk
from losskit.adapters.snippets import FRAMEWORKS, snippets

LOSSES = [
    lk.huber(delta=2.0),
    lk.quantile(level=0.9),
    lk.mape(),
    lk.poisson(),
    lk.binary_cross_entropy(pos_weight=3.0),
    lk.cross_entropy(),
    lk.logit_adjusted(prior=[0.5, 0.3, 0.2]),
]
NUMBERS_ONLY = [
    lk.log_squared_error(),
    lk.gamma(),
    lk.tukey(scale=100.0),
    lk.log_cosh(),
    lk.squared_error() + lk.fair(),
]


def data_for(loss, rows=300):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, 3))
    score = X @ [1.0, -1.0, 0.5]
    noisy = score + 0.3 * rng.normal(size=rows)
    target = list(loss._terms()[0][1].definition.inputs.values())[1]
    if target.classes:
        return X, np.digitize(noisy, [-0.5, 1.0])
    if target.name in ("Binary", "Fraction"):
        return X, (noisy > 0.2).astype(float)
    return X, 1.0 + rng.poisson(100 * np.exp(0.3 * score))


def run(code, X, y, **more):
    keras.utils.set_random_seed(0)
    torch.manual_seed(0)
    names = {"X": X, "y": y, **more}
    exec(compile(code, "<snippet>", "exec"), names)
    return names["prediction"]


def judge(loss, prediction, y):
    assert prediction.shape == y.shape
    if len(np.unique(y)) <= 3:
        assert np.mean((prediction > 0.5) == y if y.max() == 1 else prediction == y) > 0.75
        return
    spread = np.abs(y - np.median(y)).mean()
    assert np.abs(y - prediction).mean() < 0.8 * spread  # on the target's scale, and better than a constant
    if loss.name == "quantile":
        assert 0.8 < np.mean(y <= prediction) <= 1.0


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_every_framework(loss, framework):
    X, y = data_for(loss)
    judge(loss, run(snippets(loss)[framework], X, y), y)


@pytest.mark.parametrize("framework", ["lightgbm", "xgboost", "torch"])
@pytest.mark.parametrize("loss", NUMBERS_ONLY, ids=lambda loss: loss.name)
def test_every_kind_of_target(loss, framework):
    X, y = data_for(loss)
    judge(loss, run(snippets(loss)[framework], X, y), y)


@pytest.mark.parametrize("framework", ["lightgbm", "xgboost"])
def test_lists_to_be_ranked(framework):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    relevance = np.digitize(X @ [1.0, -1.0, 0.5], [-1.0, 0.0, 1.0]).astype(float)
    scores = run(snippets(lk.listnet())[framework], X, relevance, group=np.full(50, 8))
    ordered = [np.argsort(-list_scores) for list_scores in scores.reshape(50, 8)]
    best = [list_relevance[order[0]] for list_relevance, order in zip(relevance.reshape(50, 8), ordered, strict=True)]
    assert np.mean(best == relevance.reshape(50, 8).max(axis=1)) > 0.9
    assert snippets(lk.listnet())["torch"].startswith("# listnet is over lists: loss(scores")


def test_losses_that_a_framework_cannot_serve_say_why():
    assert set(snippets(lk.zero_one()).values()) == {
        "# zero_one is flat almost everywhere: a framework's training loop cannot train with it"
    }
    found = snippets(lk.msle())
    assert found["xgboost"].startswith("# msle bounds its prediction")
    assert "to_torch" in found["torch"]


def test_every_loss_of_the_catalogue_has_code_that_compiles():
    for name in lk.names():
        for code in snippets(lk.core.registry.factory(name).example()).values():
            compile(code, name, "exec")


@lk.define_loss(pred=lk.Real, target=lk.Real)
def quartic(ops, pred, target):
    """The fourth power of the residual."""
    r = pred - target
    return r * r * r * r


def test_a_loss_of_one_s_own_is_imported_from_its_module():
    code = snippets(quartic())["torch"]
    assert f"from {__name__} import quartic\n" in code
    assert "loss = quartic()\n" in code
