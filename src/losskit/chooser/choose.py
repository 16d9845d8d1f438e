"""`choose`: from a table and a metric to the loss to train with."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from losskit.chooser.metrics import get_metric
from losskit.errors import InvalidInput

HOLDOUT_FROM = 1000  # rows: below, a hold-out would be too small to take anything back
HOLDOUT = 0.2
LEAST_FOLD = 5  # rows of a fold
LEAST = {"linear": 2.0, "mlp": 6.0}  # seconds a small comparison takes, once everything is loaded


def choose(
    X: Any,
    y: Any = None,
    metric: str = "",
    *,
    model: str = "linear",
    task: str | None = None,
    default: str | None = None,
    losses: Iterable[str] = (),
    budget: float | None = None,
    folds: int = 5,
    repeats: int = 4,
    rope: float = 0.01,
    holdout: float | None = None,
    seed: int = 0,
    drop_missing_target: bool = False,
    traits: Mapping[str, Any] | None = None,
    progress: Callable[[Any], None] | None = None,
    started: float | None = None,
) -> Any:
    """Find the loss to train with for a metric, by paired comparison on repeated folds.

    X:       a DataFrame (pandas, polars), a 2-d array, a path (CSV, Parquet) or "sklearn:diabetes"
    y:       (n,) target, or the name of its column in X
    metric:  what the model is judged by: "mae", "pinball@0.9", "f1" ...
    model:   "linear" or "mlp" (one hidden layer of 64 units)
    task:    "regression", "binary", "multiclass"; None detects it
    default: the loss to beat; None: squared_error, binary_cross_entropy or cross_entropy
    losses:  further losses to try: "huber", "focal(gamma=3)"
    budget:  seconds, counted from the call (from `started`, a `time.monotonic()` value, if given); None: no limit
    rope:    the region of practical equivalence: a relative gain below it does not matter
    holdout: share of the rows kept for a last look; None: 0.2 from 1,000 rows on, else 0
    traits:  detections to overrule, such as {"heavy_tails": True}

    Returns a `Verdict`. The same seed gives the same answer; a run that a budget or Ctrl-C cut short is marked
    `partial`. Raises LosskitError (InvalidInput, UnknownName ...) for input that cannot be compared.
    """
    from losskit.chooser.table import read_table
    from losskit.chooser.task import detect_task
    from losskit.chooser.traits import detect_traits

    started = time.monotonic() if started is None else started
    check_options(metric, model=model, folds=folds, repeats=repeats, rope=rope, holdout=holdout, budget=budget)
    table = read_table(X, y, drop_missing_target=drop_missing_target)
    found = detect_task(table.target, task, folds=folds, judged=get_metric(metric).tasks)
    judge = get_metric(metric, found.kind)
    with warnings.catch_warnings(record=True) as doubts:
        warnings.simplefilter("always")
        judge.check_target(found.y)
    table.notes.extend(str(doubt.message) for doubt in doubts)
    if folds > len(found.y) // LEAST_FOLD:
        raise InvalidInput(f"{len(found.y)} rows are too few for {folds} folds", "5 folds are usual.")
    seen = detect_traits(found, table.frame, traits)
    from losskit.chooser.candidates import baseline_key, not_tried, short_list

    candidates = short_list(found, seen, judge.name, found.y, default=default, asked=losses)
    _check_budget(budget, started, model)
    from losskit.chooser.session import Session

    return Session(
        table=table,
        task=found,
        traits=seen,
        metric=judge,
        candidates=tuple(candidates),
        baseline=baseline_key(candidates, judge.name),
        not_tried=tuple(not_tried(found, seen, judge.name, found.y, candidates)),
        model=model,
        folds=folds,
        repeats=repeats,
        rope=rope,
        holdout=_holdout_share(holdout, len(found.y)),
        seed=seed,
        started=started,
        budget=budget,
    ).run(progress or (lambda _: None))


def check_options(
    metric: str,
    *,
    model: str = "linear",
    folds: int = 5,
    repeats: int = 4,
    rope: float = 0.01,
    holdout: float | None = None,
    budget: float | None = None,
    report: str | Path | None = None,
) -> None:
    """What can be refused before any data is read or anything heavy is imported."""
    if not metric:
        raise InvalidInput("no metric was given", 'say how the model is judged: --metric mae (metric="mae")')
    get_metric(metric)
    if model not in LEAST:
        raise InvalidInput(f"unknown model {model!r}", f"Choose one of {', '.join(LEAST)}")
    if folds < 2 or repeats < 1:
        raise InvalidInput(
            f"folds must be 2 or more and repeats 1 or more, got {folds} and {repeats}", "The defaults are 5 and 4."
        )
    if not 0 <= rope < 1:
        raise InvalidInput(f"rope must lie in [0, 1), got {rope:g}", "0.01 is one per cent.")
    if holdout is not None and not 0 <= holdout <= 0.5:
        raise InvalidInput(f"holdout must lie between 0 and 0.5, got {holdout:g}", "0.2 is usual, 0 is none.")
    if budget is not None and budget < LEAST[model] / 2:
        raise InvalidInput(
            f"a budget of {budget:g} s is too small for one fold",
            f"The smallest useful one is about {_least_budget(model):.0f} s.",
        )
    if report is not None:
        _check_writable(Path(report))


def _least_budget(model: str) -> float:
    return LEAST[model] + 6.0  # loading the libraries on a slow disk included


def _check_budget(budget: float | None, started: float, model: str) -> None:
    if budget is None:
        return
    left = budget - (time.monotonic() - started)
    if left < LEAST[model]:
        raise InvalidInput(
            f"a budget of {budget:g} s is too small for one fold: {max(left, 0):.1f} s are left after reading the data",
            f"The smallest useful one is about {max(_least_budget(model), budget - left + 2 * LEAST[model]):.0f} s.",
        )


def _check_writable(path: Path) -> None:
    if path.is_dir():
        raise InvalidInput(f"the report path {path} is a directory", f"Name a file: {path / 'report.html'}")
    if path.suffix not in (".html", ".htm", ".md"):
        raise InvalidInput(f"the report path {path} is neither HTML nor Markdown", "End it in .html or .md.")
    if not path.parent.is_dir():
        above = next(folder for folder in path.parents if folder.exists())
        if not above.is_dir():
            raise InvalidInput(f"the report cannot be written below {above}, which is a file", "Give another path.")
        raise InvalidInput(f"no such folder for the report: {path.parent}", f"Make it first: mkdir -p {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InvalidInput(f"the report path {path} cannot be written", "Give another path, or change its permissions.")


def _holdout_share(holdout: float | None, rows: int) -> float:
    if holdout is None:
        return HOLDOUT if rows >= HOLDOUT_FROM else 0.0
    return holdout
