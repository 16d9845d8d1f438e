"""What `choose` says of data whose truth is known: linear in six features, with and without heavy tails."""

from __future__ import annotations

import numpy as np

import losskit as lk

SEEDS = range(20)
ROBUST = {"absolute_error", "huber", "smooth_l1", "pseudo_huber", "cauchy", "welsch", "geman_mcclure", "tukey", "fair"}


def _linear(seed: int, rows: int, noise) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    X = random.normal(size=(rows, 6))
    return X, X @ random.normal(size=6) + noise(random, rows)


def test_under_gaussian_noise_nothing_is_called_better_for_rmse():
    tables = (_linear(seed, 400, lambda random, n: random.normal(size=n)) for seed in SEEDS)
    better = [verdict for X, y in tables if (verdict := lk.choose(X, y, "rmse")).verdict == "better"]
    assert len(better) <= 1, [verdict.sentence for verdict in better]


def test_under_heavy_tails_a_robust_loss_is_called_better_for_mae():
    tables = (_linear(seed, 2000, lambda random, n: 4 * random.standard_t(1.3, n)) for seed in SEEDS)
    verdicts = [lk.choose(X, y, "mae") for X, y in tables]
    right = [verdict for verdict in verdicts if verdict.verdict == "better" and verdict.best.name in ROBUST]
    assert len(right) >= 17, [verdict.sentence for verdict in verdicts if verdict not in right]
