"""The report of `choose`: what is said, in the order in which a reader asks."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from losskit.chooser.verdict import Entry, Verdict
from losskit.chooser.wording import counted
from losskit.reporting import (
    Alert,
    Bullets,
    Code,
    Column,
    Document,
    Facts,
    FoldGains,
    Headline,
    Interval,
    PairedFolds,
    Paragraph,
    Section,
    Table,
)
from losskit.reporting.document import Block, Format
from losskit.reporting.wording import write

PACKAGES = ("losskit", "numpy", "torch", "scikit-learn", "pandas", "skrub")


def fill(verdict: Verdict) -> Document:
    """The whole report of one run of `choose`."""
    facts = verdict.facts
    return Document(
        title=f"Which loss for {facts['metric']}?",
        subtitle=f"{facts['source']}, predicting {facts['target']}: {facts['rows']:,} rows, {facts['model']} model",
        blocks=[
            Headline(verdict.verdict, verdict.sentence, _detail(verdict)),
            *_alerts(facts),
            _leaderboard(verdict),
            _folds(verdict),
            *_threshold(verdict),
            Section("Code to paste", [Code(verdict.code())], "The loss above in your framework, with its parameters."),
            _candidates(verdict),
            _not_tried(facts),
            _measured(verdict),
            _versions(facts),
        ],
        footer=f"Made by losskit {facts['version']}.",
    )


def brief(verdict: Verdict) -> Document:
    """What the terminal shows: the verdict, the leaderboard, and the line to paste."""
    facts = verdict.facts
    blocks: list[Block] = [
        Headline(verdict.verdict, verdict.sentence, _detail(verdict)),
        *_alerts(facts),
        _leaderboard(verdict),
        *_threshold(verdict),
        Paragraph(f"In Python: `{verdict.best!r}`" + _then(verdict)),
    ]
    return Document(f"Which loss for {facts['metric']}?", f"{facts['task_sentence']}", blocks)


def _detail(verdict: Verdict) -> str:
    facts, decision = verdict.facts, verdict.decision
    seen = decision.candidates[decision.pick]
    parts = [
        f"{facts['folds']} folds x {counted(facts['repeats'], 'repeat')} on {facts['rows_compared']:,} rows; "
        f"gains below {_gain(facts, facts['rope'])} count as equal."
    ]
    if decision.holdout is not None:
        values = decision.holdout.values
        base, best = values[decision.baseline], values[decision.pick]
        parts.append(
            f"On {facts['rows_held_out']:,} rows held out, looked at once: {facts['metric']} {write(best, 'number')}"
            + (f"; {decision.baseline} {write(base, 'number')}." if decision.pick != decision.baseline else ".")
        )
    if verdict.verdict == "better":
        parts.append(f"The folds show a gain of {_gain(facts, seen.gain)}, standard error {_gain(facts, seen.se)}.")
    plain = verdict.entry_of(facts["default_key"]).seen
    if decision.pick == decision.baseline != facts["default_key"] and plain is not None:
        without, tuned = write(plain.value, "number"), write(seen.value, "number")
        parts.append(f"The threshold takes {facts['metric']} from {without} to {tuned}.")
    return " ".join(parts)


def _gain(facts: Mapping[str, Any], gain: float) -> str:
    return f"{gain:.3g}" if facts["gain_kind"] == "absolute" else f"{100 * gain:.2g}%"


def _alerts(facts: Mapping[str, Any]) -> list[Block]:
    found: list[Block] = []
    if facts["cut"]:
        text = "Partial: the first repeat was cut short, so the figures are of half-trained models. Give more time."
        found.append(Alert("warning", text))
    elif facts["partial"]:
        text = f"Partial: {facts['repeats']} of {facts['planned_repeats']} repeats were done. More time settles more."
        found.append(Alert("warning", text))
    found += [Alert("info", note) for note in facts["notes"]]
    if facts["rows_sampled"]:
        found.append(
            Alert("info", f"A random sample of {facts['rows_compared'] + facts['rows_held_out']:,} rows was compared.")
        )
    return found


def _leaderboard(verdict: Verdict) -> Section:
    metric = verdict.facts["metric"]
    columns = [
        Column("name", "loss", "code"),
        Column(
            "gain",
            "gain",
            _gain_format(verdict.facts),
            help="Over the default, paired; positive is better.",
            rope=verdict.facts["rope"],
        ),
        Column("value", metric, "number", help="Over pooled out-of-fold rows, the mean over repeats; 95 % interval."),
        Column("tag", "theory", "tags", priority=1, help="What theory says of this loss for this metric."),
        Column("p_better", "P(better)", "probability", priority=2, help="That the gain exceeds what counts as equal."),
        Column("seconds", "time", "seconds", priority=3),
        Column("p_worse", "P(worse)", "probability", priority=4),
        Column("holm_p", "Holm p", "p_value", priority=5, help="Corrected resampled t-test; it does not decide."),
    ]
    rows = [_row(verdict, entry) for entry in verdict.entries]
    picked = [i for i, entry in enumerate(verdict.entries) if entry is verdict.entry]
    caption = f"The highlighted loss is the pick. Gains are over {verdict.decision.baseline}."
    if any(entry.dropped for entry in verdict.entries):
        caption += " Hopeless ones were dropped after the first repeats; their numbers are from then."
    caption += "".join(f" {e.candidate.key} failed: it {e.failed}." for e in verdict.entries if e.failed)
    return Section("Leaderboard", [Table(columns, rows, picked, caption)])


def _gain_format(facts: Mapping[str, Any]) -> Format:
    return "difference" if facts["gain_kind"] == "absolute" else "gain"


def _row(verdict: Verdict, entry: Entry) -> dict[str, Any]:
    tags = [entry.candidate.tag]
    if entry.candidate.key == verdict.facts["default_key"]:
        tags.append("default")
    elif entry.candidate.key == verdict.decision.baseline:
        tags.append("baseline")
    if entry.failed:
        return {"name": entry.candidate.key, "tag": [*tags, "failed"]}
    seen = entry.seen
    assert seen is not None
    row = {
        "name": entry.candidate.key,
        "value": Interval(seen.value, *seen.interval),
        "seconds": entry.seconds,
        "tag": [*tags, "dropped"] if entry.dropped else tags,
    }
    if entry.candidate.key != verdict.decision.baseline:
        margin = verdict.decision.q * seen.se
        row["gain"] = Interval(seen.gain, seen.gain - margin, seen.gain + margin)
        row |= {"p_better": seen.p_better, "p_worse": seen.p_worse, "holm_p": seen.holm_p}
    return row


def _folds(verdict: Verdict) -> Section:
    decision = verdict.decision
    rivals = [e for e in verdict.entries if e.seen is not None and e.candidate.key != decision.baseline]
    gains = [
        FoldGains(
            e.candidate.key,
            [float(g) for g in e.seen.fold_gains.ravel()],
            e.seen.gain,
            e.seen.gain - decision.q * e.seen.se,
            e.seen.gain + decision.q * e.seen.se,
        )
        for e in rivals
        if e.seen is not None
    ]
    figure = PairedFolds(
        f"Gain over {decision.baseline} on each fold",
        gains,
        decision.rope,
        axis=f"gain in {verdict.facts['metric']} over {decision.baseline}",
        format=_gain_format(verdict.facts),
        caption="Each dot is one fold of one repeat; the bar is the bound that decides, corrected for the number of "
        "losses tried. The band is what counts as equal.",
    )
    return Section("Fold by fold", [figure])


def _then(verdict: Verdict) -> str:
    line = verdict.rule_code().partition("  #")[0].strip()
    return f", then `{line}`" if line else ""


def _threshold(verdict: Verdict) -> list[Block]:
    if verdict.threshold is None:
        return []
    if isinstance(verdict.threshold, float):
        text = (
            f"Call a row positive when its probability exceeds {verdict.threshold:.3g} (learnt on out-of-fold rows; "
            "0.5 is only right for accuracy)."
        )
    else:
        text = "Add these offsets to the log-probabilities before taking the largest: " + ", ".join(
            f"{x:+.2f}" for x in verdict.threshold
        )
    return [Section("Decision threshold", [Paragraph(text)])]


def _candidates(verdict: Verdict) -> Section:
    columns = [
        Column("name", "loss", "code"),
        Column("why", "why"),
        Column("tag", "theory", "tags", priority=1),
        Column("source", "source", priority=2),
    ]
    rows = [
        {"name": e.candidate.key, "why": e.candidate.why, "tag": [e.candidate.tag], "source": e.candidate.source}
        for e in verdict.entries
    ]
    return Section(
        "Why these candidates",
        [Table(columns, rows)],
        "Theory proposes, data decides. Consistent: its best prediction is the metric's too. Surrogate: theory ties "
        "the two more loosely. Heuristic: it often helps.",
    )


def _not_tried(facts: Mapping[str, Any]) -> Section:
    items = [f"`{name}`: {why}" for name, why in facts["not_tried"]]
    items.append("Other models, features and sampling: the verdict is for the model and features below.")
    return Section("What was not tried", [Bullets(items)])


def _measured(verdict: Verdict) -> Section:
    facts = verdict.facts
    settings = ", ".join(
        f"penalty {penalty:g}" + (f" at learning rate {rate:g}" if rate else "") for rate, penalty in facts["settings"]
    )
    items = [
        ("Task", facts["task_sentence"]),
        ("Target", " ".join(facts["traits_sentences"])),
        ("Features", facts["features"]),
        ("Model", "linear" if facts["model"] == "linear" else "one hidden layer of 64 units"),
        ("Tuned inside the folds, for each loss", settings),
        ("Folds", f"{facts['folds']} x {facts['repeats']} of {facts['planned_repeats']} planned repeats"),
        ("Rows compared / held out", f"{facts['rows_compared']:,} / {facts['rows_held_out']:,}"),
        ("Bound that decides", f"{verdict.decision.q:.2f} standard errors"),
        ("Time", f"{facts['seconds']:.1f} s"),
    ]
    return Section("Data and how it was measured", [Facts(items)])


def _versions(facts: Mapping[str, Any]) -> Section:
    items: list[tuple[str, Any]] = [("Seed", str(facts["seed"])), ("Python", platform.python_version())]
    for package in PACKAGES:
        try:
            items.append((package, version(package)))
        except PackageNotFoundError:
            continue
    return Section("Seeds and versions", [Facts(items)])
