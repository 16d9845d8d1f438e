"""Ranking against plain loops written from the papers, one list at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

import losskit as lk

DRAW = np.random.default_rng(3)
LENGTH = 6
SCORES = DRAW.normal(size=(4, LENGTH))
GRADES = np.array([[3, 0, 1, 2, 0, 1], [0, 1, 0, 0, 0, 0], [2, 2, 2, 1, 0, 4], [0, 0, 0, 0, 0, 0]], float)
BATCH, LABELS = DRAW.normal(size=12), np.array([1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0], float)


def softplus(x):
    return np.logaddexp(0.0, x)


def lse(values):
    return float(np.logaddexp.reduce(np.asarray(values, float)))


def of_each_list(cost):
    return np.array([cost(s, y) for s, y in zip(SCORES, GRADES, strict=True)])


def pairs(y):
    return [(i, j) for i in range(len(y)) for j in range(len(y)) if y[i] > y[j]]


def mean_of_pairs(cost):
    return of_each_list(lambda s, y: np.mean([cost(s[i] - s[j]) for i, j in pairs(y)]) if pairs(y) else 0.0)


@pytest.mark.parametrize(
    ("loss", "cost"),
    [
        (lk.pairwise_logistic(), lambda gap: softplus(-gap)),
        (lk.pairwise_logistic(scale=2.0, margin=0.5), lambda gap: softplus(0.5 - 2.0 * gap)),
        (lk.pairwise_hinge(), lambda gap: max(0.0, 1.0 - gap)),
    ],
    ids=lambda x: repr(x) if isinstance(x, lk.Loss) else "",
)
def test_pairs(loss, cost):
    np.testing.assert_allclose(loss.each(SCORES, GRADES), mean_of_pairs(cost), rtol=1e-12)


@pytest.mark.parametrize("margin", [0.0, 0.5])
def test_margin_ranking_is_torchs(margin):
    first, second = SCORES.ravel(), SCORES[::-1].ravel()
    higher = (np.arange(len(first)) % 2).astype(float)
    tensors = [torch.tensor(x) for x in (first, second, 2.0 * higher - 1.0)]
    peer = F.margin_ranking_loss(*tensors, margin=margin, reduction="none")
    np.testing.assert_allclose(lk.margin_ranking(margin=margin).each(first, second, higher), peer, rtol=1e-12)


def ranks_of(s):
    order = np.argsort(-s, kind="stable")
    ranks = np.empty(len(s))
    ranks[order] = np.arange(1, len(s) + 1)
    return ranks


def discount(rank, k=None):
    return np.where(rank <= (k or np.inf), 1.0 / np.log2(1.0 + rank), 0.0)


def ideal(y, k=None):
    return np.sum(np.sort(2.0**y - 1.0)[::-1] * discount(np.arange(1, len(y) + 1), k)) or 1.0


@pytest.mark.parametrize("k", [None, 3])
def test_lambda_rank(k):
    def cost(s, y):
        gain, d = 2.0**y - 1.0, discount(ranks_of(s), k)
        return sum(abs(gain[i] - gain[j]) * abs(d[i] - d[j]) * softplus(s[j] - s[i]) for i, j in pairs(y)) / ideal(y, k)

    np.testing.assert_allclose(lk.lambda_rank(k=k).each(SCORES, GRADES), of_each_list(cost), rtol=1e-12)


def test_lambda_rank_by_distance_in_rank():
    """LambdaLoss: |1/D(|i-j|) - 1/D(|i-j|+1)| with D the discount's inverse, and that plus LambdaRank's weights."""

    def cost(s, y, mu, rho):
        gain, rank = 2.0**y - 1.0, ranks_of(s)
        total = 0.0
        for i, j in pairs(y):
            apart = abs(rank[i] - rank[j])
            steps = abs(discount(apart) - discount(apart + 1.0))
            weight = rho * abs(discount(rank[i]) - discount(rank[j])) + mu * steps
            total += abs(gain[i] - gain[j]) * weight * softplus(s[j] - s[i])
        return total / ideal(y)

    found = lk.lambda_rank(weighting="ndcg2").each(SCORES, GRADES)
    np.testing.assert_allclose(found, of_each_list(lambda s, y: cost(s, y, 1.0, 0.0)), rtol=1e-12)
    found = lk.lambda_rank(weighting="ndcg2++").each(SCORES, GRADES)
    np.testing.assert_allclose(found, of_each_list(lambda s, y: cost(s, y, 10.0, 1.0)), rtol=1e-12)


@pytest.mark.parametrize("position_weight", [None, "log", "power"])
def test_listmle(position_weight):
    def cost(s, y):
        n = len(s)
        place = np.array([np.sum(y > y[i]) for i in range(n)]) + 1.0
        weights = {None: np.ones(n), "log": discount(place), "power": 2.0 ** (n - place) - 1}[position_weight]
        return sum(weights[i] * (lse(s[y <= y[i]]) - s[i]) for i in range(n))

    loss = lk.listmle(position_weight=position_weight)
    np.testing.assert_allclose(loss.each(SCORES, GRADES), of_each_list(cost), rtol=1e-12)


def test_listmle_without_equal_relevances_is_the_likelihood_of_the_order():
    scores, grades = SCORES[0], np.array([3.0, 0.0, 5.0, 2.0, 1.0, 4.0])
    placed = scores[np.argsort(-grades)]
    expected = sum(lse(placed[i:]) - placed[i] for i in range(LENGTH))
    assert lk.listmle()(scores, grades) == pytest.approx(expected, rel=1e-12)


def soft_ranks(s, temperature):
    n = range(len(s))
    return np.array([1 + sum(1 / (1 + np.exp((s[i] - s[j]) / temperature)) for j in n if j != i) for i in n])


@pytest.mark.parametrize("temperature", [1.0, 0.1])
def test_approximate_metrics(temperature):
    ndcg = of_each_list(lambda s, y: -np.sum((2.0**y - 1.0) * discount(soft_ranks(s, temperature))) / ideal(y))
    np.testing.assert_allclose(lk.approx_ndcg(temperature=temperature).each(SCORES, GRADES), ndcg, rtol=1e-12)
    mrr = of_each_list(lambda s, y: -np.sum(y / soft_ranks(s, temperature)) / (y.sum() or 1.0))
    np.testing.assert_allclose(lk.approx_mrr(temperature=temperature).each(SCORES, GRADES), mrr, rtol=1e-12)


def test_approx_ndcg_of_far_scores_is_ndcg():
    from sklearn.metrics import ndcg_score

    found = lk.approx_ndcg()(1e3 * SCORES[:3], GRADES[:3])
    assert -found == pytest.approx(ndcg_score(2.0 ** GRADES[:3] - 1.0, SCORES[:3]), rel=1e-12)


def test_xe_ndcg():
    noise = DRAW.random(SCORES.shape)
    shares = 2.0**GRADES - noise
    shares /= shares.sum(1, keepdims=True)
    expected = -np.sum(shares * (SCORES - np.logaddexp.reduce(SCORES, axis=1, keepdims=True)), axis=1)
    np.testing.assert_allclose(lk.xe_ndcg().each(SCORES, GRADES, noise), expected, rtol=1e-12)


# a batch of positives and negatives

POSITIVE, NEGATIVE = BATCH[LABELS == 1], BATCH[LABELS == 0]
LACK = np.maximum(0.0, 1.0 - (POSITIVE[:, None] - NEGATIVE[None]))


def test_auc():
    assert lk.auc_pairwise()(BATCH, LABELS) == pytest.approx(np.mean(LACK**2), rel=1e-12)
    gap = max(0.0, 1.0 - (POSITIVE.mean() - NEGATIVE.mean()))
    assert lk.auc_margin()(BATCH, LABELS) == pytest.approx(POSITIVE.var() + NEGATIVE.var() + gap**2, rel=1e-12)


def test_auc_margin_is_the_min_max_problem_at_its_best():
    """E⁺(s-a)² + E⁻(s-b)² + 2α(m + mean⁻ - mean⁺) - α²: least in a and b, greatest in α >= 0, over a grid."""
    gap = 1.0 + NEGATIVE.mean() - POSITIVE.mean()
    alphas, centres = np.linspace(0.0, 5.0, 50001), np.linspace(-3.0, 3.0, 60001)
    most = np.max(2.0 * alphas * gap - alphas**2)
    least = sum(np.min((x**2).mean() - 2.0 * centres * x.mean() + centres**2) for x in (POSITIVE, NEGATIVE))
    assert lk.auc_margin()(BATCH, LABELS) == pytest.approx(most + least, abs=1e-7)


def test_average_precision():
    above = np.maximum(0.0, 1.0 - (POSITIVE[:, None] - BATCH[None])) ** 2
    shares = above[:, LABELS == 0].sum(1) / above.sum(1)
    assert lk.average_precision()(BATCH, LABELS) == pytest.approx(np.mean(shares), rel=1e-12)


def test_partial_auc():
    for temperature in (1.0, 0.1):
        rows = [temperature * (lse(row**2 / temperature) - np.log(len(row))) for row in LACK]
        assert lk.partial_auc(temperature=temperature)(BATCH, LABELS) == pytest.approx(np.mean(rows), rel=1e-12)


def test_soft_fbeta_of_sure_scores_is_f1():
    from sklearn.metrics import fbeta_score

    decided = np.where(BATCH > 0.0, 1.0, 0.0)
    found = lk.soft_fbeta(beta=2.0)(1e3 * BATCH, LABELS)
    assert 1.0 - found == pytest.approx(fbeta_score(LABELS, decided, beta=2.0), abs=1e-6)


@pytest.mark.parametrize("weighting", ["quadratic", "linear"])
def test_weighted_kappa_of_sure_scores_is_cohens(weighting):
    from sklearn.metrics import cohen_kappa_score

    ids, guessed = DRAW.integers(0, 4, 30), DRAW.integers(0, 4, 30)
    found = lk.weighted_kappa(weighting=weighting)(1e3 * np.eye(4)[guessed], ids)
    kappa = cohen_kappa_score(ids, guessed, weights=weighting)
    assert found == pytest.approx(1.0 - kappa, rel=1e-12)


@pytest.mark.parametrize("name", ["auc_pairwise", "auc_margin", "average_precision", "partial_auc"])
def test_a_batch_of_one_class_costs_nothing(name):
    for labels in (np.zeros(12), np.ones(12)):
        assert lk.get(name)(BATCH, labels) == 0.0


@pytest.mark.parametrize(("labels", "weights"), [("share", lambda y: y / max(y.sum(), 1.0)), ("raw", lambda y: y)])
def test_listnet_of_shares_and_of_raw_relevances(labels, weights):
    scores, grades = DRAW.normal(size=(5, 4)), DRAW.integers(0, 4, (5, 4)).astype(float)
    grades[0] = 0.0
    loss = lk.listnet(labels=labels)
    expected = [-(weights(y) * (s - np.log(np.exp(s).sum()))).sum() for s, y in zip(scores, grades, strict=True)]
    np.testing.assert_allclose(loss.each(scores, grades), expected, rtol=1e-13, atol=1e-15)
    shares = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    mass = np.array([weights(y).sum() for y in grades])[:, None]
    np.testing.assert_allclose(loss.hessian(scores, grades), mass * shares * (1 - shares), rtol=1e-12, atol=1e-15)
