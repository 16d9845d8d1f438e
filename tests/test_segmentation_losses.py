"""Segmentation against plain NumPy written from the papers, one picture and one class at a time."""

from __future__ import annotations

import numpy as np
import pytest

import losskit as lk

DRAW = np.random.default_rng(0)
SHAPE = (2, 5, 4)  # two pictures of 5 x 4 pixels


def picture(classes: int) -> tuple[np.ndarray, np.ndarray]:
    return DRAW.normal(0.0, 2.0, (*SHAPE, classes)), DRAW.integers(0, classes, SHAPE)


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def regions(pred: np.ndarray, target: np.ndarray):
    """For each picture and class the probabilities and the truth of its pixels."""
    classes = pred.shape[-1]
    p = softmax(pred) if target.ndim < pred.ndim else 1.0 / (1.0 + np.exp(-pred))
    y = np.eye(classes)[target] if target.ndim < pred.ndim else target
    for b in range(len(pred)):
        yield [(p[b, ..., k].ravel(), y[b, ..., k].ravel()) for k in range(classes)]


def of_each_class(cost, pred, target) -> np.ndarray:
    return np.array([np.mean([cost(p, y) for p, y in classes]) for classes in regions(pred, target)])


S = 1e-5


def dice(p, y):
    return 1.0 - (2.0 * np.sum(p * y) + S) / (np.sum(p) + np.sum(y) + S)


def dice_squared(p, y):
    return 1.0 - (2.0 * np.sum(p * y) + S) / (np.sum(p * p) + np.sum(y * y) + S)


def jaccard(p, y):
    overlap = np.sum(p * y)
    return 1.0 - (overlap + S) / (np.sum(p) + np.sum(y) - overlap + S)


def tversky(p, y, alpha=0.3, beta=0.7):
    overlap = np.sum(p * y)
    return 1.0 - (overlap + S) / (overlap + alpha * np.sum(p * (1 - y)) + beta * np.sum((1 - p) * y) + S)


def mcc(p, y):
    tp, fp, fn, tn = np.sum(p * y), np.sum(p * (1 - y)), np.sum((1 - p) * y), np.sum((1 - p) * (1 - y))
    root = np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return 1.0 - (tp * tn - fp * fn + S) / (root + S)


@pytest.mark.parametrize("masks", [False, True], ids=["ids", "masks"])
@pytest.mark.parametrize(
    ("loss", "cost"),
    [
        (lk.dice(), dice),
        (lk.dice(squared=True), dice_squared),
        (lk.jaccard(), jaccard),
        (lk.tversky(alpha=0.3, beta=0.7), tversky),
        (lk.focal_tversky(), lambda p, y: tversky(p, y) ** 0.75),
        (lk.mcc(), mcc),
    ],
    ids=lambda x: repr(x) if isinstance(x, lk.Loss) else "",
)
def test_regions(loss, cost, masks):
    pred, target = picture(3)
    target = DRAW.integers(0, 2, pred.shape).astype(float) if masks else target
    np.testing.assert_allclose(loss.each(pred, target), of_each_class(cost, pred, target), rtol=1e-10)


def lovasz_gradient(truth: np.ndarray) -> np.ndarray:
    """Algorithm 1 of Berman et al. 2018: the differences of the Jaccard loss along the sorted errors."""
    size = truth.sum()
    loss = 1.0 - (size - np.cumsum(truth)) / (size + np.cumsum(1.0 - truth))
    return np.diff(loss, prepend=0.0)


def lovasz(errors: np.ndarray, truth: np.ndarray) -> float:
    order = np.argsort(-errors, kind="stable")
    return float(errors[order] @ lovasz_gradient(truth[order]))


@pytest.mark.parametrize("classes", [2, 3, 8])
@pytest.mark.parametrize("average", ["present", "all"])
def test_lovasz_softmax(classes, average):
    pred, target = picture(classes)
    target[0] = target[0] % 2  # in this picture some classes are absent
    expected = []
    for found in regions(pred, target):
        each = [lovasz(np.abs(y - p), y) for p, y in found if average == "all" or y.any()]
        expected.append(np.mean(each))
    np.testing.assert_allclose(lk.lovasz_softmax(classes=average).each(pred, target), expected, rtol=1e-12)


def test_lovasz_hinge():
    pred = DRAW.normal(0.0, 2.0, (*SHAPE, 1))
    target = DRAW.integers(0, 2, pred.shape).astype(float)
    signs = 2.0 * target - 1.0
    expected = [
        lovasz(np.maximum(0.0, 1.0 - s * z).ravel(), y.ravel()) for z, y, s in zip(pred, target, signs, strict=True)
    ]
    np.testing.assert_allclose(lk.lovasz_hinge().each(pred, target), expected, rtol=1e-12)


def test_generalized_dice_weighs_by_one_over_the_squared_size():
    pred, target = picture(3)
    target[1] = target[1] % 2  # class 2 is absent: it takes the largest weight
    expected = []
    for found in regions(pred, target):
        sizes = np.array([y.sum() for _, y in found])
        weights = np.where(sizes > 0, 1.0 / np.maximum(sizes, 1.0) ** 2, 0.0)
        weights = np.where(sizes > 0, weights, weights.max())
        overlap = sum(w * np.sum(p * y) for w, (p, y) in zip(weights, found, strict=True))
        both = sum(w * (np.sum(p) + np.sum(y)) for w, (p, y) in zip(weights, found, strict=True))
        expected.append(1.0 - (2.0 * overlap + S) / (both + S))
    np.testing.assert_allclose(lk.generalized_dice().each(pred, target), expected, rtol=1e-10)


def test_composites_are_their_parts():
    pred, target = picture(3)
    entropy = lk.cross_entropy().each(pred, target).reshape(2, -1).mean(1)
    focal = lk.softmax_focal().each(pred, target).reshape(2, -1).mean(1)
    region = lk.dice().each(pred, target)
    np.testing.assert_allclose(lk.dice_ce(ce_weight=0.5).each(pred, target), region + 0.5 * entropy, rtol=1e-12)
    np.testing.assert_allclose(lk.dice_focal(focal_weight=2.0).each(pred, target), region + 2.0 * focal, rtol=1e-12)


def test_the_background_can_be_left_out():
    pred, target = picture(3)
    whole = np.stack([[dice(p, y) for p, y in classes] for classes in regions(pred, target)])
    found = lk.dice(class_weight=[0.0, 1.0, 1.0]).each(pred, target)
    np.testing.assert_allclose(found, whole[:, 1:].mean(1), rtol=1e-10)


def test_ohem_keeps_the_hardest_pixels():
    pred, target = picture(4)
    costs = lk.cross_entropy().each(pred, target).reshape(2, -1)
    hard = [c[c > -np.log(0.3)].mean() for c in costs]
    np.testing.assert_allclose(lk.ohem_ce(threshold=0.3, min_kept=1).each(pred, target), hard, rtol=1e-12)
    worst = np.sort(costs, axis=1)[:, -15:].mean(1)
    np.testing.assert_allclose(lk.ohem_ce(threshold=1e-6, min_kept=15).each(pred, target), worst, rtol=1e-12)


def test_total_variation():
    pictures = DRAW.normal(size=(3, 5, 4))
    expected = [np.abs(np.diff(x, axis=0)).sum() + np.abs(np.diff(x, axis=1)).sum() for x in pictures]
    np.testing.assert_allclose(lk.total_variation().each(pictures), expected, rtol=1e-12)


def test_pixels_in_rows_and_columns_or_in_one_row():
    pred, target = picture(3)
    flat = lk.dice().value_and_gradient(pred.reshape(2, 20, 3), target.reshape(2, 20))
    value, gradient = lk.dice().value_and_gradient(pred, target)
    assert value == flat[0]
    np.testing.assert_array_equal(gradient, flat[1].reshape(pred.shape))
