"""Embeddings against plain loops written from the papers, and against PyTorch and Keras where they have the loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

import losskit as lk

DRAW = np.random.default_rng(2)
N, D, K = 8, 5, 3
A, P, Q = DRAW.normal(size=(3, N, D))
LABELS = np.array([0, 0, 1, 1, 2, 2, 2, 3])  # the last is alone
PROXIES = DRAW.normal(size=(K, D))
CLASSES = np.array([0, 1, 1, 0, 1, 0, 1, 1])  # class 2 is absent


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def cosines(a, b):
    return unit(a) @ unit(b).T


def lse(values):
    return float(np.logaddexp.reduce(np.array(values, float))) if len(values) else -np.inf


def softplus(x):
    return float(np.logaddexp(0.0, x))


# pairs and triplets


def test_cosine():
    expected = 1.0 - np.sum(unit(A) * unit(P), axis=1)
    np.testing.assert_allclose(lk.cosine().each(A, P), expected, rtol=1e-12)
    np.testing.assert_allclose(
        lk.cosine().each(A, P), 1.0 - F.cosine_similarity(torch.tensor(A), torch.tensor(P)), rtol=1e-12
    )


def test_cosine_of_nearly_equal_vectors_keeps_its_digits():
    a = np.array([[1.0, 2.0, 3.0]])
    found = float(lk.cosine().each(a, a + np.array([[0.0, 0.0, 1e-9]]))[0])
    exact = 0.5 * (1e-9**2) * (1.0 / 14.0 - 9.0 / 14.0**2)  # half the squared angle
    assert found == pytest.approx(exact, rel=1e-6)


def test_cosine_beside_a_vector_of_zeros_is_one():
    zero = np.zeros((1, D))
    assert lk.cosine()(zero, P[:1]) == 1.0
    assert not lk.cosine().gradient(zero, P[:1]).any()


@pytest.mark.parametrize("margin", [0.0, 0.3])
def test_cosine_embedding_is_torchs(margin):
    similar = (np.arange(N) % 2).astype(float)
    signs = torch.tensor(2.0 * similar - 1.0)
    peer = F.cosine_embedding_loss(torch.tensor(A), torch.tensor(P), signs, margin=margin, reduction="none")
    np.testing.assert_allclose(lk.cosine_embedding(margin=margin).each(A, P, similar), peer, rtol=1e-10, atol=1e-12)


def test_contrastive():
    similar = (np.arange(N) % 2).astype(float)
    d = np.linalg.norm(A - P, axis=1)
    expected = np.where(similar > 0, d**2, np.maximum(0.0, 4.0 - d) ** 2)
    np.testing.assert_allclose(lk.contrastive(margin=4.0).each(A, P, similar), expected, rtol=1e-12)
    np.testing.assert_allclose(lk.contrastive(margin=4.0, half=True).each(A, P, similar), 0.5 * expected, rtol=1e-12)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("swap", [False, True])
def test_triplet_margin_is_torchs(p, swap):
    tensors = [torch.tensor(x, requires_grad=True) for x in (A, P, Q)]
    peer = F.triplet_margin_loss(*tensors, margin=1.0, p=p, swap=swap, eps=0.0, reduction="none")
    loss = lk.triplet_margin(p=p, swap=swap)
    np.testing.assert_allclose(loss.each(A, P, Q), peer.detach(), rtol=1e-12)
    for own, other in zip(loss.gradient(A, P, Q), torch.autograd.grad(peer.sum(), tensors), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-10, atol=1e-13)


def test_a_perfect_triplet_costs_nothing_and_has_a_finite_gradient():
    far = A + 10.0
    assert lk.triplet_margin()(A, A, far) == 0.0
    for gradient in lk.triplet_margin(margin=100.0).gradient(A, A, far):
        assert np.all(np.isfinite(gradient))


# cosines with the centre of each class


def test_arcface_and_cosface():
    c, ids = np.tanh(DRAW.normal(size=(N, K))), CLASSES
    c[0, ids[0]] = -0.99  # beyond π - margin
    turned, moved = c.copy(), c.copy()
    for i, y in enumerate(ids):
        theta = np.arccos(c[i, y])
        turned[i, y] = np.cos(theta + 0.5) if theta < np.pi - 0.5 else c[i, y] - 0.5 * np.sin(0.5)
        moved[i, y] -= 0.35
    entropy = lk.cross_entropy()
    np.testing.assert_allclose(lk.arcface().each(c, ids), entropy.each(64.0 * turned, ids), rtol=1e-9)
    np.testing.assert_allclose(lk.cosface().each(c, ids), entropy.each(64.0 * moved, ids), rtol=1e-12)
    np.testing.assert_allclose(lk.normalized_softmax().each(c, ids), entropy.each(c / 0.05, ids), rtol=1e-12)


# two views of a batch


def test_info_nce():
    s = cosines(A, P) / 0.05
    rows = [lse(s[i]) - s[i, i] for i in range(N)]
    columns = [lse(s[:, i]) - s[i, i] for i in range(N)]
    assert lk.info_nce()(A, P) == pytest.approx(np.mean(rows), rel=1e-12)
    assert lk.info_nce(symmetric=True)(A, P) == pytest.approx(0.5 * (np.mean(rows) + np.mean(columns)), rel=1e-12)
    assert lk.get("clip", symmetric=True) == lk.info_nce(symmetric=True)


def test_nt_xent():
    both = np.concatenate([A, P])
    s = cosines(both, both) / 0.5
    rows = [lse([s[i, j] for j in range(2 * N) if j != i]) - s[i, (i + N) % (2 * N)] for i in range(2 * N)]
    assert lk.nt_xent()(A, P) == pytest.approx(np.mean(rows), rel=1e-12)


def test_supcon_with_two_rows_a_label_is_nt_xent():
    both, labels = np.concatenate([A, P]), np.concatenate([np.arange(N), np.arange(N)])
    assert lk.supcon(temperature=0.5)(both, labels) == pytest.approx(lk.nt_xent()(A, P), rel=1e-12)


def test_n_pairs():
    s = A @ P.T
    rows = [lse(s[i]) - s[i, i] + 0.25 * 0.1 * (A[i] @ A[i] + P[i] @ P[i]) for i in range(N)]
    assert lk.n_pairs(l2=0.1)(A, P) == pytest.approx(np.mean(rows), rel=1e-12)


def test_siglip():
    s = 10.0 * cosines(A, P) - 10.0
    total = sum(softplus(-s[i, j] if i == j else s[i, j]) for i in range(N) for j in range(N))
    assert lk.siglip()(A, P) == pytest.approx(total / N, rel=1e-12)


def test_barlow_twins():
    a, p = ((x - x.mean(0)) / x.std(0) for x in (A, P))
    c = a.T @ p / N
    off = c - np.diag(np.diag(c))
    expected = np.sum((1.0 - np.diag(c)) ** 2) + 0.005 * np.sum(off**2)
    assert lk.barlow_twins()(A, P) == pytest.approx(expected, rel=1e-12)
    off_own = np.corrcoef(A.T) - np.eye(D)
    assert lk.barlow_twins()(A, A) == pytest.approx(0.005 * np.sum(off_own**2), rel=1e-10)


def test_vicreg():
    expected = 25.0 * np.mean((A - P) ** 2)
    for x in (A, P):
        expected += 25.0 * 0.5 * np.mean(np.maximum(0.0, 1.0 - np.sqrt(x.var(0, ddof=1) + 1e-4)))
        c = np.cov(x.T)
        expected += np.sum((c - np.diag(np.diag(c))) ** 2) / D
    assert lk.vicreg()(A, P) == pytest.approx(expected, rel=1e-12)


def test_cosent():
    y = np.array([0.1, 0.9, 0.5, 0.5, 0.2, 0.7, 0.0, 1.0])
    s = 20.0 * np.sum(unit(A) * unit(P), axis=1)
    gaps = [s[i] - s[j] for i in range(N) for j in range(N) if y[i] < y[j]]
    assert lk.cosent()(A, P, y) == pytest.approx(softplus(lse(gaps)), rel=1e-12)


# batches with labels


def pairs_of(i, alike=True):
    return [j for j in range(N) if j != i and (LABELS[j] == LABELS[i]) == alike]


def test_supcon_leaves_lonely_rows_out():
    s = cosines(A, A) / 0.1
    rows = []
    for i in range(N):
        if pairs_of(i):
            whole = lse([s[i, j] for j in range(N) if j != i])
            rows.append(np.mean([whole - s[i, j] for j in pairs_of(i)]))
    assert len(rows) == N - 1
    assert lk.supcon()(A, LABELS) == pytest.approx(np.mean(rows), rel=1e-12)


def distances():
    return np.linalg.norm(A[:, None] - A[None], axis=-1)


def test_batch_hard_triplet():
    d = distances()
    gaps = [
        max(d[i, j] for j in pairs_of(i)) - min(d[i, j] for j in pairs_of(i, False)) for i in range(N) if pairs_of(i)
    ]
    assert lk.batch_hard_triplet()(A, LABELS) == pytest.approx(np.mean(np.maximum(0.0, np.array(gaps) + 1.0)))
    assert lk.batch_hard_triplet(soft=True)(A, LABELS) == pytest.approx(np.mean([softplus(g) for g in gaps]))


def test_semi_hard_triplet():
    d, costs = distances(), []
    for i in range(N):
        for j in pairs_of(i):
            others = [d[i, k] for k in pairs_of(i, False)]
            farther = [x for x in others if x > d[i, j]]
            costs.append(max(0.0, 1.0 + d[i, j] - (min(farther) if farther else max(others))))
    assert lk.semi_hard_triplet()(A, LABELS) == pytest.approx(np.mean(costs), rel=1e-12)


def test_multi_similarity():
    s, rows = cosines(A, A), []
    for i in range(N):
        pulled = softplus(lse([-2.0 * (s[i, j] - 0.5) for j in pairs_of(i)])) / 2.0
        pushed = softplus(lse([50.0 * (s[i, j] - 0.5) for j in pairs_of(i, False)])) / 50.0
        rows.append(pulled + pushed)
    assert lk.multi_similarity()(A, LABELS) == pytest.approx(np.mean(rows), rel=1e-12)


def test_circle():
    s, rows = cosines(A, A), []
    for i in range(N):
        if pairs_of(i):
            pulls = [80.0 * max(0.0, 1.4 - s[i, j]) * (0.6 - s[i, j]) for j in pairs_of(i)]
            pushes = [80.0 * max(0.0, s[i, j] + 0.4) * (s[i, j] - 0.4) for j in pairs_of(i, False)]
            rows.append(softplus(lse(pulls) + lse(pushes)))
    assert lk.circle()(A, LABELS) == pytest.approx(np.mean(rows), rel=1e-12)


def test_circle_holds_its_weights_still_in_the_gradient():
    """The slope of its value, by differences, is another one: the weights move there."""
    step, way = 1e-6, DRAW.normal(size=A.shape)
    slope = (lk.circle()(A + step * way, LABELS) - lk.circle()(A - step * way, LABELS)) / (2.0 * step)
    assert abs(slope - np.sum(way * lk.circle().gradient(A, LABELS))) > 1.0


def test_lifted_structure():
    d, costs = distances(), []
    for i in range(N):
        for j in pairs_of(i):
            others = [1.0 - d[i, k] for k in pairs_of(i, False)] + [1.0 - d[j, k] for k in pairs_of(j, False)]
            costs.append(0.5 * max(0.0, lse(others) + d[i, j]) ** 2)
    assert lk.lifted_structure()(A, LABELS) == pytest.approx(np.mean(costs), rel=1e-12)


def test_a_batch_without_other_labels_costs_nothing():
    alone = np.zeros(N, np.int64)
    assert lk.batch_hard_triplet()(A, alone) == 0.0
    assert lk.circle()(A, alone) == 0.0


def test_a_batch_without_a_pair_is_refused():
    with pytest.raises(lk.LosskitError, match="no positive pair"):
        lk.supcon()(A, np.arange(N))


# proxies


def test_proxy_nca():
    d2 = np.sum((A[:, None] - PROXIES[None]) ** 2, axis=-1)
    expected = np.mean([lse(-d2[i]) + d2[i, y] for i, y in enumerate(CLASSES)])
    assert lk.proxy_nca()(A, PROXIES, CLASSES) == pytest.approx(expected, rel=1e-12)


def test_proxy_anchor():
    s = cosines(PROXIES, A)
    pulls = [softplus(lse([-32.0 * (s[k, i] - 0.1) for i in range(N) if CLASSES[i] == k])) for k in (0, 1)]
    pushes = [softplus(lse([32.0 * (s[k, i] + 0.1) for i in range(N) if CLASSES[i] != k])) for k in range(K)]
    expected = np.mean(pulls) + np.mean(pushes)
    assert lk.proxy_anchor()(A, PROXIES, CLASSES) == pytest.approx(expected, rel=1e-12)
