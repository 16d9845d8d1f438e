"""Better, same or unclear: the verdict on candidates from their out-of-fold predictions, and the pick meanwhile.

The unit of evidence is the *paired* gain over the baseline. Its standard error joins what other rows would change (a
Bayesian bootstrap, the same draws for all candidates) and what other training rows would change (the spread over the
folds); the best of many candidates is held against the quantile of the maximum, so that trying more is not rewarded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import ndtr, stdtr

from losskit.chooser.metrics import Evaluate, Metric
from losskit.errors import InvalidInput, UnknownName

MIN_ROWS = 100  # fewer rows prove nothing
ONE_SIDED = 1.645  # the 95 % quantile of a normal
BLOCK = 500_000  # bootstrap weights in one go: few enough to stay in cache

Key = str


@dataclass(frozen=True)
class Candidate:
    """What was seen of one candidate. Gains are over the baseline, positive is better, whatever the metric's direction.

    value, interval:  the metric over pooled out-of-fold rows, averaged over repeats, and its 95 % interval
    gain, se:         relative to the baseline's value (absolute for r2 and mcc), and its standard error
    t:                (gain - ROPE) / se, what the verdict compares with q; infinite where se is 0
    p_better, p_same, p_worse: gain above, inside and below ± ROPE, the gain taken as normal
    advantage, advantage_lower: the gain to report: shrunken, max(0, gain - se²/gain), and gain - q se
    holm_p:           one-sided corrected resampled t-test of gain > 0, by Holm over the candidates (never decides)
    bayes:            P(better), P(same), P(worse) by the Bayesian correlated t-test (never decides)
    fold_gains:       (R, K), the gain on each fold; NaN where the metric is undefined there
    """

    key: Key
    value: float
    interval: tuple[float, float]
    gain: float
    se: float
    t: float
    p_better: float
    p_same: float
    p_worse: float
    advantage: float
    advantage_lower: float
    holm_p: float
    bayes: tuple[float, float, float]
    fold_gains: np.ndarray = field(repr=False, compare=False)


@dataclass(frozen=True)
class Holdout:
    """The metric's values and the gains over the baseline on rows that took no part in the verdict, by key."""

    values: dict[Key, float]
    gains: dict[Key, float]
    took_back: bool


@dataclass(frozen=True)
class Decision:
    """The verdict ("better", "same" or "unclear"), the pick, and what was seen of each candidate.

    winner:      the proven candidate; None unless the verdict is "better"
    pick:        what to use meanwhile: the winner, else the baseline, or the top candidate of an unclear comparison
    pick_proven: False when the verdict is unclear
    q:           the threshold on t: at least 1.645, larger with more candidates
    candidates:  by key, the baseline (gain 0) among them
    holdout:     None until `confirm_on_holdout`
    """

    verdict: str
    winner: Key | None
    pick: Key
    pick_proven: bool
    q: float
    rope: float
    baseline: Key
    rows: int
    candidates: dict[Key, Candidate]
    holdout: Holdout | None = None

    @property
    def too_few_rows(self) -> bool:
        """Whether there were too few rows for any candidate to be called better."""
        return self.rows < MIN_ROWS


def decide(
    metric: Metric,
    y: np.ndarray,
    fold_of: np.ndarray,
    predictions: Mapping[Key, np.ndarray],
    *,
    baseline: Key,
    rope: float = 0.01,
    draws: int = 1000,
    seed: int = 0,
) -> Decision:
    """Compare candidates with the baseline on the same folds.

    y:           (n,) target
    fold_of:     (R, n) fold ids 0..K-1, one row for each repeat
    predictions: key -> (R, n), or (R, n, K) for class probabilities: out-of-fold, in the form the metric needs
    baseline:    the key of what people would use without thinking
    rope:        the region of practical equivalence: a gain below it does not matter
    draws:       bootstrap draws
    seed:        of the draws; the same seed gives the same decision

    Sources: Rubin 1981, doi:10.1214/aos/1176345338 (Bayesian bootstrap); Romano & Wolf 2005,
    doi:10.1111/j.1468-0262.2005.00615.x (the maximum); Nadeau & Bengio 2003, doi:10.1023/A:1024068626366; Holm 1979;
    Corani & Benavoli 2015, doi:10.1007/s10994-015-5486-z.

    Raises InvalidInput for shapes that do not match or predictions that are not finite, UnknownName for a baseline
    that is not among the predictions.
    """
    y, fold_of = np.asarray(y), np.asarray(fold_of)
    predictions = {key: np.asarray(p) for key, p in predictions.items()}
    _check(y, fold_of, predictions, baseline, rope)
    plans = _plans(metric, y, predictions, baseline)
    plain = {key: _averaged(plan, np.ones((1, len(y))))[0] for key, plan in plans.items()}
    folds = {key: _by_fold(plan, fold_of) for key, plan in plans.items()}
    drawn = _bootstrap(plans, len(y), draws, seed)

    gains = {key: _gain(metric, plain[key], plain[baseline]) for key in plans}
    drawn_gains = {key: _gain(metric, drawn[key], drawn[baseline]) for key in plans}
    fold_gains = {key: _gain(metric, folds[key], folds[baseline]) for key in plans}
    q = _threshold(gains, drawn_gains)
    tests = {key: _correlated_t(fold_gains[key], rope) for key in plans}
    holm = _holm({key: tests[key][0] for key in plans if key != baseline})

    candidates = {}
    for key in plans:
        gain, se = float(gains[key]), _standard_error(drawn_gains[key], fold_gains[key])
        half = 1.96 * _standard_error(drawn[key], folds[key])
        p_better, p_worse = _tail(gain - rope, se), _tail(-rope - gain, se)
        candidates[key] = Candidate(
            key=key,
            value=float(plain[key]),
            interval=(float(plain[key] - half), float(plain[key] + half)),
            gain=gain,
            se=se,
            t=_ratio(gain - rope, se),
            p_better=p_better,
            p_same=max(0.0, 1 - p_better - p_worse),
            p_worse=p_worse,
            advantage=max(0.0, gain - se**2 / gain) if gain > 0 else 0.0,
            advantage_lower=gain - q * se,
            holm_p=holm.get(key, 1.0),
            bayes=tests[key][1],
            fold_gains=fold_gains[key],
        )
    return _judge(candidates, baseline, q, rope, len(y))


def confirm_on_holdout(
    decision: Decision, metric: Metric, y: np.ndarray, predictions: Mapping[Key, np.ndarray]
) -> Decision:
    """The decision with the hold-out beside it; a winner that does worse there than the baseline becomes unclear.

    y:           (m,) target of the rows held out
    predictions: key -> (m,), or (m, K) for class probabilities; the baseline and, if there is one, the winner at least

    The pick then follows the rule for unclear comparisons, on the cross-validation alone: the hold-out is the smaller
    of the two samples, and only ever takes a claim back.
    """
    for key in {decision.baseline, decision.winner} - {None}:
        if key not in predictions:
            raise UnknownName("candidate", str(key), map(str, predictions), " among the hold-out predictions")
    ones = np.ones((1, len(y)))
    values = {key: float(metric(y, p, ones)[0]) for key, p in predictions.items()}
    gains = {key: float(_gain(metric, value, values[decision.baseline])) for key, value in values.items()}
    took_back = decision.winner is not None and gains[decision.winner] < 0
    seen = replace(decision, holdout=Holdout(values, gains, took_back))
    if not took_back:
        return seen
    pick = _pick_unproven(decision.candidates, decision.baseline)
    return replace(seen, verdict="unclear", winner=None, pick=pick, pick_proven=False)


def _check(y: np.ndarray, fold_of: np.ndarray, predictions: dict, baseline: Key, rope: float) -> None:
    if baseline not in predictions:
        raise UnknownName("baseline", str(baseline), map(str, predictions))
    if rope < 0:
        raise InvalidInput(f"the ROPE is a gain >= 0; got {rope}", "0.01 is one per cent.")
    if fold_of.ndim != 2 or fold_of.shape[1] != len(y):
        raise InvalidInput(
            f"fold_of must be (R, {len(y)}); got {fold_of.shape}", "Give one row of ids for each repeat."
        )
    counts = [np.bincount(folds) for folds in fold_of]
    if len(counts[0]) < 2 or any(len(c) != len(counts[0]) or c.min() == 0 for c in counts):
        raise InvalidInput(
            f"every repeat needs the same K >= 2 folds, none empty; got rows per fold {[c.tolist() for c in counts]}",
            "Number the folds 0..K-1.",
        )
    for key, p in predictions.items():
        if p.shape[:2] != fold_of.shape:
            raise InvalidInput(
                f"predictions of {key!r} must begin with {fold_of.shape}; got {p.shape}",
                "Give one out-of-fold prediction for each repeat and row.",
            )
        if not np.all(np.isfinite(p)):
            raise InvalidInput(f"predictions of {key!r} are not all finite", "Leave out a candidate that failed.")


# --- Values: plain, on each fold, and under each draw ---------------------------------------------------------------


def _plans(metric: Metric, y: np.ndarray, predictions: dict, baseline: Key) -> dict[Key, list[Evaluate]]:
    """For each candidate, the metric prepared for each repeat."""
    base = [metric.prepare(y, p) for p in predictions[baseline]]
    # A repeat predicted exactly like the baseline shares its plan: the gain is then 0 to the last bit.
    return {
        key: [
            base[r] if np.array_equal(p, predictions[baseline][r]) else metric.prepare(y, p)
            for r, p in enumerate(repeats)
        ]
        for key, repeats in predictions.items()
    }


def _averaged(plan: list[Evaluate], weights: np.ndarray) -> np.ndarray:
    """(B,) values under (B, n) weights: the mean over repeats, taken before any ratio."""
    return np.mean([evaluate(weights) for evaluate in plan], axis=0)


def _by_fold(plan: list[Evaluate], fold_of: np.ndarray) -> np.ndarray:
    """(R, K) values, one for each fold."""
    inside = fold_of[:, None, :] == np.arange(fold_of.max() + 1)[:, None]
    return np.stack([evaluate(rows.astype(np.float64)) for evaluate, rows in zip(plan, inside, strict=True)])


def _bootstrap(plans: dict[Key, list[Evaluate]], rows: int, draws: int, seed: int) -> dict[Key, np.ndarray]:
    """(draws,) values for each candidate under the same exponential row weights."""
    rng = np.random.default_rng(seed)
    size = max(1, BLOCK // rows)
    blocks = []
    for start in range(0, draws, size):
        weights = rng.standard_exponential((min(size, draws - start), rows), dtype=np.float32)
        blocks.append([_averaged(plan, weights) for plan in plans.values()])
    return dict(zip(plans, np.concatenate(blocks, axis=1), strict=True))


def _gain(metric: Metric, value: np.ndarray | float, base: np.ndarray | float) -> np.ndarray:
    """How much better than the baseline: positive is better. A baseline of exactly 0 leaves the difference as it is."""
    difference = np.subtract(value, base) if metric.greater_is_better else np.subtract(base, value)
    if metric.gain_kind == "absolute":
        return difference
    return difference / np.where(np.equal(base, 0), 1.0, np.abs(base))


# --- How sure -------------------------------------------------------------------------------------------------------


def _standard_error(drawn: np.ndarray, folds: np.ndarray) -> float:
    """sqrt(sd_boot² + s_fold²/K), s_fold the sd over the K folds of what the repeats average to.

    Averaging over repeats first calibrates best: the variance within each repeat counts the noise of the rows, which
    the bootstrap holds already, a second time in full, and halves the power; left out, false alarms double.
    """
    seen = folds[:, ~np.isnan(folds).any(axis=0)].mean(axis=0)
    between = np.var(seen, ddof=1) / len(seen) if len(seen) > 1 else 0.0
    return float(np.sqrt(np.var(drawn, ddof=1) + between))


def _threshold(gains: dict, drawn: dict) -> float:
    """The 95 % quantile of the largest studentised deviation over candidates, and at least that of one normal."""
    spread = {key: np.std(d, ddof=1) for key, d in drawn.items()}
    deviations = [(drawn[key] - gains[key]) / s for key, s in spread.items() if s > 0]
    if not deviations:
        return ONE_SIDED
    return max(ONE_SIDED, float(np.quantile(np.max(deviations, axis=0), 0.95)))


def _correlated_t(fold_gains: np.ndarray, rope: float) -> tuple[float, tuple[float, float, float]]:
    """One-sided p of gain > 0, and P(better), P(same), P(worse), from one t with the variance inflated for overlap.

    The folds share training rows, so the variance of their mean is (1/J + 1/(K-1)) s², J folds in all, K a repeat:
    Nadeau and Bengio's correction, and the scale of Corani and Benavoli's posterior with correlation 1/K.
    """
    seen = fold_gains[~np.isnan(fold_gains)]
    if len(seen) < 2:
        return 1.0, (0.0, 1.0, 0.0)
    mean, df = np.mean(seen), len(seen) - 1
    scale = math.sqrt(np.var(seen, ddof=1) * (1 / len(seen) + 1 / (fold_gains.shape[1] - 1)))

    def above(bound: float) -> float:
        return float(stdtr(df, (mean - bound) / scale)) if scale > 0 else float(mean > bound)

    better, worse = above(rope), 1 - above(-rope) if scale > 0 else float(mean < -rope)
    return 1 - above(0.0), (better, max(0.0, 1 - better - worse), worse)


def _holm(p_values: dict[Key, float]) -> dict[Key, float]:
    """Holm's step-down adjustment."""
    adjusted, running = {}, 0.0
    for rank, key in enumerate(sorted(p_values, key=p_values.__getitem__)):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[key]))
        adjusted[key] = running
    return adjusted


def _ratio(distance: float, se: float) -> float:
    """distance / se, with the limit where se is 0."""
    if se > 0:
        return distance / se
    return math.copysign(math.inf, distance) if distance else 0.0


def _tail(distance: float, se: float) -> float:
    return float(ndtr(_ratio(distance, se)))


# --- The rule -------------------------------------------------------------------------------------------------------


def _judge(candidates: dict[Key, Candidate], baseline: Key, q: float, rope: float, rows: int) -> Decision:
    """The verdict and the pick."""
    rivals = [c for key, c in candidates.items() if key != baseline]
    proven = [c for c in rivals if c.t > q and rows >= MIN_ROWS]
    winner = max(proven, key=lambda c: c.gain).key if proven else None
    if winner is not None:
        verdict, pick = "better", winner
    elif rivals and all(c.gain + ONE_SIDED * c.se < rope for c in rivals):
        verdict, pick = "same", baseline
    else:
        verdict, pick = "unclear", _pick_unproven(candidates, baseline)
    return Decision(verdict, winner, pick, verdict != "unclear", q, rope, baseline, rows, candidates)


def _pick_unproven(candidates: dict[Key, Candidate], baseline: Key) -> Key:
    """The top candidate where its gain exceeds its standard error, else the baseline."""
    top = max(candidates.values(), key=lambda c: c.gain)
    return top.key if top.gain > top.se else baseline
