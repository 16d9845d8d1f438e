"""`losskit list` and `losskit show`: every loss has its line and its page."""

import json

import pytest

import losskit as lk
from losskit.core.registry import factory
from losskit.insight.pages import Page, catalogue_document, describe, details, families, loss_document
from losskit.reporting import render_markdown

NAMES = lk.names()
TASKS = ("regression", "binary", "multiclass", "ranking", "embedding", "segmentation", "detection", "other")


def test_the_families_hold_every_loss_once():
    listed = [name for names in families().values() for name in names]
    assert sorted(listed) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_loss_has_a_page_with_formula_parameters_source_and_curve(name):
    text, page = render_markdown(loss_document(name)).replace("\\", ""), Page(factory(name))
    known = details(name)
    for part in (known["source"], *known["domain"], *known["parameters"], *known["peers"], *known["notes"]):
        assert part.replace("\n", " ") in text.replace("\n", " ")
    assert ("## Formula" in text) == (known["formula"] is not None)
    assert ("## Curve" in text) == (page.curve is not None)
    if known["formula"] is None:  # then words say it
        assert known["notes"] or len(known["description"]) > 60


@pytest.mark.parametrize("name", NAMES)
def test_every_loss_has_details_fit_for_json(name):
    known = json.loads(json.dumps(details(name), allow_nan=False))
    assert known["task"] in TASKS
    assert known["gradient"] is None or known["trainable"]
    assert set(known["domain"]) == set(factory(name).definition.inputs)


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
