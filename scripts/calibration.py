"""Does the verdict keep its promises? The rule of `choose` on worlds whose truth is known, against accepted figures.

    python scripts/calibration.py [--quick]

Two kinds of worlds. *Drawn*: out-of-fold predictions are the truth plus an error of the candidate, whose size sets
the true gain. *Refitted*: real ridge fits by scikit-learn on every training fold, judged on 20,000 unseen rows.
Prints a table and exits with 1 where a figure is missed.
"""

from __future__ import annotations

import argparse
import functools
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import Ridge

from losskit.chooser.decision import Decision, decide
from losskit.chooser.metrics import Metric, get_metric

REPEATS, FOLDS = 4, 5
SIZES = (300, 1000, 2000)
OWN_ERROR = 0.6  # the sd of the baseline's own error, where the noise of the target is 1
BINARY_ERROR = 1.6  # the same on logits of sd 2
# The correlation of two candidates' errors. At a gain of 5 % in mae it gives the paired differences of the losses
# a spread of a third of the metric: what the mean against the median has on a lognormal target, by simulation.
ALIKE = 0.85
SEED_NOISE = 0.2  # the sd of what another seed changes in a prediction
TRAINING_NOISE = 1.0  # the sd of a coefficient fitted on one row


@dataclass(frozen=True)
class World:
    """A metric and the law of the target: "normal" or "heavy" noise (Student, 3 degrees), or "binary"."""

    metric_name: str
    law: str

    @property
    def metric(self) -> Metric:
        return get_metric(self.metric_name)

    def target(self, rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """(n,) best prediction and (n,) target."""
        if self.law == "binary":
            logit = 2 * rng.normal(size=rows)
            return logit, (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(int)
        noise = rng.standard_t(3, size=rows) / np.sqrt(3) if self.law == "heavy" else rng.normal(size=rows)
        return np.zeros(rows), noise

    def finish(self, raw: np.ndarray) -> np.ndarray:
        """What the metric needs, from raw scores."""
        if self.law != "binary":
            return raw
        return (raw > 0).astype(int) if self.metric.needs == "label" else 1 / (1 + np.exp(-raw))

    @property
    def error(self) -> float:
        return BINARY_ERROR if self.law == "binary" else OWN_ERROR


REGRESSION = [World(name, law) for name in ("mae", "rmse") for law in ("normal", "heavy")]
CLASSES = [World(name, "binary") for name in ("log_loss", "accuracy")]


@functools.cache
def error_for_gain(world: World, gain: float) -> float:
    """The sd of the own error that gives the true gain, by bisection on one large sample."""
    rng = np.random.default_rng(0)
    best, y = world.target(rng, 100_000)
    own, ones = rng.normal(size=len(y)), np.ones((1, len(y)))

    def value(size: float) -> float:
        return float(world.metric(y, world.finish(best + size * own), ones)[0])

    sign = 1 if world.metric.greater_is_better else -1
    wanted = value(world.error) * (1 + sign * gain)
    low, high = 0.0, world.error
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if sign * (value(middle) - wanted) > 0 else (low, middle)
    return low


def draw_folds(rng: np.random.Generator, rows: int) -> np.ndarray:
    return np.stack([rng.permutation(rows) % FOLDS for _ in range(REPEATS)])


def decide_drawn(world: World, rows: int, gains: list[float], seed: int) -> Decision:
    """Candidates 1.. with these true gains over candidate 0, each with an error in every row.

    The error is a wrong coefficient on a feature of the candidate's own, ALIKE those of the others; each fit adds its
    own sampling noise to the coefficient.
    """
    rng = np.random.default_rng(seed)
    fold_of = draw_folds(rng, rows)
    best, y = world.target(rng, rows)
    predictions, shared = {}, rng.normal(size=rows)
    for key, gain in enumerate([0.0, *gains]):
        size = error_for_gain(world, gain) if gain else world.error
        coefficient = size + TRAINING_NOISE / np.sqrt(rows) * rng.normal(size=(REPEATS, FOLDS))
        feature = np.sqrt(ALIKE) * shared + np.sqrt(1 - ALIKE) * rng.normal(size=rows)
        raw = best + np.take_along_axis(coefficient, fold_of, axis=1) * feature
        predictions[key] = world.finish(raw)
    return decide(world.metric, y, fold_of, predictions, baseline=0, seed=seed)


def decide_seeds(world: World, rows: int, count: int, seed: int) -> Decision:
    """`count` candidates that are the baseline trained with other seeds."""
    rng = np.random.default_rng(seed)
    fold_of = draw_folds(rng, rows)
    best, y = world.target(rng, rows)
    shared = best + world.error * rng.normal(size=rows)
    noise = SEED_NOISE * world.error / OWN_ERROR
    predictions = {key: world.finish(shared + noise * rng.normal(size=(REPEATS, rows))) for key in range(count + 1)}
    return decide(world.metric, y, fold_of, predictions, baseline=0, seed=seed)


# --- Refitted worlds ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recipe:
    """A ridge with a penalty, on the features that are not left out, on a share of the training rows."""

    penalty: float = 1.0
    without: int | None = None
    share: float = 1.0

    def fit(self, X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Ridge:
        rows = rng.permutation(len(y))[: int(self.share * len(y))]
        return Ridge(alpha=self.penalty).fit(self.see(X[rows]), y[rows])

    def see(self, X: np.ndarray) -> np.ndarray:
        return X if self.without is None else np.delete(X, self.without, axis=1)


SEED_RECIPES = [Recipe(share=0.8)] * 13
# Features are alike and have one coefficient, so that leaving out one or another costs the same in truth.
EQUAL_RECIPES = [Recipe(without=column) for column in range(9)]
MIXED_RECIPES = [Recipe(penalty) for penalty in (1, 0.01, 10, 30, 100, 300)] + [
    Recipe(1, 0),
    Recipe(30, 1),
    Recipe(1, share=0.8),
]


def decide_refitted(recipes: list[Recipe], equal: bool, rows: int, seed: int) -> tuple[Decision, dict[int, float]]:
    """The decision on real fits, and the gain of each candidate, refitted on all rows, on unseen ones (mae)."""
    rng = np.random.default_rng(seed)
    features = 12 if equal else int(rng.integers(10, 60))
    coefficients = np.full(features, 0.4) if equal else rng.normal(size=features) * rng.uniform(0.02, 0.4)
    X, unseen = rng.normal(size=(rows, features)), rng.normal(size=(20_000, features))
    y = X @ coefficients + rng.standard_t(4, size=rows)
    y_unseen = unseen @ coefficients + rng.standard_t(4, size=len(unseen))
    fold_of = draw_folds(rng, rows)
    predictions = {key: np.empty((REPEATS, rows)) for key in range(len(recipes))}
    for key, recipe in enumerate(recipes):
        for repeat, folds in enumerate(fold_of):
            for fold in range(FOLDS):
                inside = folds == fold
                model = recipe.fit(X[~inside], y[~inside], rng)
                predictions[key][repeat, inside] = model.predict(recipe.see(X[inside]))
    metric = get_metric("mae")
    models = [recipe.fit(X, y, rng).predict(recipe.see(unseen)) for recipe in recipes]
    mae = np.array([metric(y_unseen, p, np.ones((1, len(unseen))))[0] for p in models])
    decision = decide(metric, y, fold_of, predictions, baseline=0, seed=seed)
    return decision, dict(enumerate(1 - mae / mae[0]))


# --- The table ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One line: what is checked, what is accepted, what was seen (shares), out of how many."""

    check: str
    accept: float
    at_least: bool
    seen: float
    worst: float
    count: int

    @property
    def ok(self) -> bool:
        return self.seen >= self.accept if self.at_least else self.seen <= self.accept

    def __str__(self) -> str:
        accept = f"{'>=' if self.at_least else '<='} {self.accept:4.0%}"
        worst = f"{self.worst:6.1%}"
        return (
            f"{self.check:66} {accept:>8} {self.seen:6.1%} {worst:>6} {self.count:6}  {'ok' if self.ok else 'MISSED'}"
        )


def share(check: str, accept: float, groups: list[list[bool]], *, at_least: bool = False) -> Row:
    """The share of true over all groups, and in the worst group."""
    shares = [np.mean(group) for group in groups if group]
    everything = [value for group in groups for value in group]
    worst = min(shares, default=0.0) if at_least else max(shares, default=0.0)
    return Row(check, accept, at_least, float(np.mean(everything or [0.0])), float(worst), len(everything))


def drawn_rows(count: int) -> Iterator[Row]:
    """Shares over worlds and sizes; `count` decisions for each world and size."""

    def better(worlds: list[World], rows: int, gains: list[float]) -> list[list[bool]]:
        return [
            [decide_drawn(world, rows, gains, seed).verdict == "better" for seed in range(count)] for world in worlds
        ]

    for m in (6, 12, 24):
        groups = [
            [decide_seeds(world, 500, m, seed).verdict == "better" for seed in range(count)]
            for world in [*REGRESSION, *CLASSES]
        ]
        yield share(f"better, same loss with other seeds, {m} candidates", 0.02, groups)
    every = [*REGRESSION, *CLASSES]
    yield share(
        "better, 8 candidates equal in truth",
        0.04,
        [group for rows in SIZES for group in better(every, rows, [0.0] * 8)],
    )
    yield share(
        "better, a true gain of 1 % (the ROPE's edge), 7 others equal",
        0.10,
        [group for rows in SIZES for group in better(every, rows, [0.01, *[0.0] * 7])],
    )
    yield share(
        "better, all 8 at a true gain of 1 %",
        0.10,
        [group for rows in SIZES for group in better(every, rows, [0.01] * 8)],
    )
    missed = []
    for gain, accepted in ((0.05, (0.35, 0.58, 0.70)), (0.10, (0.70, 0.85, 0.90))):
        for rows, accept in zip(SIZES, accepted, strict=True):
            groups = [
                [decide_drawn(world, rows, [gain, *[0.0] * 7], seed).verdict for seed in range(count)]
                for world in REGRESSION
            ]
            missed += [[verdict == "same" for verdict in group] for group in groups]
            found = [[verdict == "better" for verdict in group] for group in groups]
            yield share(f"power, true gain {gain:.0%}, 8 candidates, {rows} rows", accept, found, at_least=True)
    yield share("same, and a gain of 5 or 10 % exists", 0.03, missed)


def refitted_rows(count: int) -> Iterator[Row]:
    def decisions(recipes: list[Recipe], equal: bool, rows: int) -> list[tuple[Decision, dict[int, float]]]:
        return [decide_refitted(recipes, equal, rows, seed) for seed in range(count)]

    for name, recipes, accept in (("other seeds", SEED_RECIPES, 0.02), ("equal in truth", EQUAL_RECIPES, 0.04)):
        groups = [[d.verdict == "better" for d, _ in decisions(recipes, True, rows)] for rows in (200, 800)]
        yield share(f"refitted: better, {name}, {len(recipes) - 1} candidates", accept, groups)
    mixed = [decisions(MIXED_RECIPES, False, rows) for rows in (150, 300, 800)]
    wrong = [[truth[d.winner] < -0.01 for d, truth in group if d.verdict == "better"] for group in mixed]
    yield share("refitted: of those called better, worse by > 1 % on unseen rows", 0.04, wrong)
    hidden = [[d.verdict == "same" for d, truth in group if max(truth.values()) > 0.02] for group in mixed]
    yield share("refitted: same, and a gain > 2 % exists", 0.03, hidden)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a sixth of the decisions, under a minute")
    quick = parser.parse_args().quick
    start = time.perf_counter()
    print(f"{'check':66} {'accept':>8} {'seen':>6} {'worst':>6} {'of':>6}", flush=True)
    ok = True
    for rows in (drawn_rows(15 if quick else 100), refitted_rows(12 if quick else 60)):
        for row in rows:
            print(row, flush=True)
            ok &= row.ok
    print(f"worst: the worst world and size. {time.perf_counter() - start:.0f} s")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
