"""`losskit list` and `losskit show`: every loss has its line and its page."""

import json

import pytest

import losskit as lk
from losskit.insight.pages import catalogue_document, describe, details, families, loss_document
from losskit.reporting import render_markdown

NAMES = lk.names()


def test_the_families_hold_every_loss_once():
    listed = [name for names in families().values() for name in names]
    assert sorted(listed) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_loss_has_a_page_with_formula_parameters_source_and_curve(name):
    text = render_markdown(loss_document(name)).replace("\\", "")
    known = details(name)
    for part in ("## Formula", "## Curve", known["source"], *known["parameters"], *known["peers"]):
        assert part in text
    assert ("gradient" in text.partition("## Inputs")[0]) == known["trainable"]


@pytest.mark.parametrize("name", NAMES)
def test_every_loss_has_details_fit_for_json(name):
    known = json.loads(json.dumps(details(name), allow_nan=False))
    assert known["formula"]
    assert known["task"] in ("regression", "binary", "multiclass", "ranking")
    assert (known["gradient"] is not None) == known["trainable"]
    assert set(known["domain"]) >= {"pred", "target"}


def test_a_peers_name_finds_the_loss():
    assert details("torch.nn.SmoothL1Loss")["name"] == "smooth_l1"
    assert details("mse")["name"] == "squared_error"


def test_tasks_follow_from_the_targets():
    tasks = {name: describe(name)["task"] for name in ("huber", "binary_cross_entropy", "cross_entropy", "focal")}
    assert list(tasks.values()) == ["regression", "binary", "multiclass", "binary"]


def test_the_list_groups_losses_by_family():
    text = render_markdown(catalogue_document([describe(name) for name in NAMES]))
    assert f"{len(NAMES)} losses" in text
    assert text.index("Regression") < text.index("huber") < text.index("Robust") < text.index("tukey")
