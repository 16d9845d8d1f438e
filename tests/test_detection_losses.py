"""Boxes against torchvision's formulas in plain NumPy, one pair at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest

import losskit as lk

DRAW = np.random.default_rng(1)


def boxes(count: int) -> np.ndarray:
    corner, size = DRAW.uniform(0, 4, (count, 2)), DRAW.uniform(0.5, 3, (count, 2))
    return np.concatenate([corner, corner + size], axis=1)


PRED, TARGET = boxes(40), boxes(40)


def area(b):
    return (b[2] - b[0]) * (b[3] - b[1])


def parts(a, b):
    overlap = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = area(a) + area(b) - overlap
    width, height = max(a[2], b[2]) - min(a[0], b[0]), max(a[3], b[3]) - min(a[1], b[1])
    return overlap / union, union, width, height


def one_minus_iou(a, b):
    return 1.0 - parts(a, b)[0]


def generalized(a, b):
    iou, union, width, height = parts(a, b)
    return 1.0 - iou + (width * height - union) / (width * height)


def distance(a, b):
    iou, _, width, height = parts(a, b)
    dx, dy = (a[0] + a[2] - b[0] - b[2]) / 2, (a[1] + a[3] - b[1] - b[3]) / 2
    return 1.0 - iou + (dx * dx + dy * dy) / (width**2 + height**2)


def complete(a, b):
    slant = math.atan((b[2] - b[0]) / (b[3] - b[1])) - math.atan((a[2] - a[0]) / (a[3] - a[1]))
    v = 4.0 / math.pi**2 * slant**2
    off = one_minus_iou(a, b)
    return distance(a, b) + (v * v / (off + v) if v else 0.0)


@pytest.mark.parametrize(
    ("loss", "cost"),
    [(lk.iou(), one_minus_iou), (lk.giou(), generalized), (lk.diou(), distance), (lk.ciou(), complete)],
    ids=lambda x: repr(x) if isinstance(x, lk.Loss) else "",
)
def test_boxes(loss, cost):
    expected = [cost(a, b) for a, b in zip(PRED, TARGET, strict=True)]
    np.testing.assert_allclose(loss.each(PRED, TARGET), expected, rtol=1e-10, atol=1e-12)


def test_a_perfect_box_costs_nothing():
    for loss in (lk.iou(), lk.iou(log=True), lk.giou(), lk.diou(), lk.ciou()):
        assert np.all(loss.each(PRED, PRED) == 0.0)


def test_boxes_that_are_apart():
    far = np.array([[10.0, 10.0, 11.0, 11.0]])
    near = np.array([[0.0, 0.0, 1.0, 1.0]])
    assert lk.iou()(far, near) == 1.0
    assert lk.iou(log=True)(far, near) == pytest.approx(-np.log(1e-6))
    assert not lk.iou().gradient(far, near).any()
    assert lk.giou().gradient(far, near).any()


def test_boxes_without_area():
    point = np.array([[1.0, 1.0, 1.0, 1.0]])
    for loss in (lk.iou(), lk.giou(), lk.diou(), lk.ciou()):
        assert loss(point, point) == 1.0
        assert np.all(np.isfinite(loss.gradient(point, point)))


def test_turned_boxes_are_refused():
    with pytest.raises(lk.LosskitError, match="x1 <= x2"):
        lk.giou()(PRED[:, [2, 3, 0, 1]], TARGET)


def test_box_and_class():
    scores, ids = DRAW.normal(size=(40, 3)), DRAW.integers(0, 3, 40)
    loss = lk.box_and_class(beta=0.5, balance=2.0)
    offsets = np.where(ids > 0, lk.smooth_l1(beta=0.5).each(PRED, TARGET).sum(1), 0.0)
    expected = lk.cross_entropy().each(scores, ids) + 2.0 * offsets
    np.testing.assert_allclose(loss.each(PRED, scores, TARGET, ids), expected, rtol=1e-12)
    of_boxes, of_scores = loss.gradient(PRED, scores, TARGET, ids)
    np.testing.assert_allclose(of_scores, lk.cross_entropy().gradient(scores, ids), rtol=1e-12)
    assert not of_boxes[ids == 0].any()


def test_varifocal_weighs_positives_by_their_quality():
    z, q = DRAW.normal(size=20), np.where(DRAW.random(20) < 0.5, 0.0, DRAW.uniform(0.1, 1.0, 20))
    p = 1.0 / (1.0 + np.exp(-z))
    positive = -q * (q * np.log(p) + (1 - q) * np.log(1 - p))
    expected = np.where(q > 0, positive, -0.75 * p**2 * np.log(1 - p))
    np.testing.assert_allclose(lk.varifocal().each(z, q), expected, rtol=1e-10)
