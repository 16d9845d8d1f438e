"""What `choose` hands back: the verdict, the loss to use, and everything needed to report it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from losskit.chooser.candidates import Candidate
from losskit.chooser.decision import Candidate as Seen
from losskit.chooser.decision import Decision
from losskit.chooser.predictor import Predictor
from losskit.core.loss import Loss
from losskit.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd

    from losskit.reporting.document import Document


@dataclass(frozen=True)
class Entry:
    """One line of the leaderboard: a candidate, its loss with the parameters for all rows, and what was seen of it.

    seen: None where it failed; dropped: given up after the first repeats, `seen` is from then
    """

    candidate: Candidate
    loss: Loss
    seen: Seen | None
    seconds: float
    failed: str = ""
    dropped: bool = False


@dataclass(frozen=True)
class Verdict:
    """The answer of `choose`.

    verdict:  "better", "same" or "unclear"
    sentence: the answer in one sentence
    best:     the loss to train with: the proven winner, the default, or, when unclear, the unproven pick
    default:  what people would use without thinking
    proven:   False when the verdict is unclear
    state:    what the rule of `best` learnt on out-of-fold rows: a threshold on the probability (one offset a class for
              several classes), a shift or a factor for predictions; None without a rule
    predictor: the winning model, trained on all rows; `predict` and `predict_proba` take a table like the first
    """

    verdict: str
    sentence: str
    best: Loss
    default: Loss
    proven: bool
    state: float | list[float] | None
    predictor: Predictor
    decision: Decision = field(repr=False)
    entries: tuple[Entry, ...] = field(repr=False)
    facts: Mapping[str, Any] = field(repr=False)
    fill: Callable[[Verdict], Document] = field(repr=False)

    @property
    def partial(self) -> bool:
        """Whether time or Ctrl-C ended the comparison before its plan was done."""
        return self.facts["partial"]

    @property
    def threshold(self) -> float | list[float] | None:
        """The tuned threshold on the probability, or one offset a class for several classes; None without one."""
        return self.state if self.entry.candidate.rule == "threshold" else None

    @property
    def entry(self) -> Entry:
        """The leaderboard's entry for `best`."""
        return self.entry_of(self.decision.pick)

    def entry_of(self, key: Any) -> Entry:
        """The leaderboard's entry for a candidate's key."""
        return next(e for e in self.entries if e.candidate.key == key)

    def frame(self) -> pd.DataFrame:
        """The leaderboard as a DataFrame, best first."""
        import pandas as pd

        return pd.DataFrame(self.leaderboard())

    def leaderboard(self) -> list[dict[str, Any]]:
        """One mapping for each candidate, best first; failed ones last."""
        return [_line(entry) for entry in self.entries]

    def code(self) -> dict[str, str]:
        """The code to paste for `best` and its rule, by framework."""
        from losskit.adapters.snippets import snippets

        last = self.rule_code()
        return {name: code if code.startswith("#") else code + last for name, code in snippets(self.best).items()}

    def rule_code(self) -> str:
        """The line that turns what a framework predicts into the answer that was judged; empty where none is needed."""
        rule, state = self.entry.candidate.rule, self.state
        if rule == "shift":
            return f"prediction = prediction + {state:.6g}  # learnt on out-of-fold rows\n"
        if rule == "scale":
            return f"prediction = prediction * {state:.6g}  # learnt on out-of-fold rows\n"
        if rule != "threshold":
            return ""
        if isinstance(state, list):
            offsets = ", ".join(f"{x:.6g}" for x in state)
            return f"prediction = (np.log(loss.link(raw)) + np.array([{offsets}])).argmax(axis=1)  # offsets tuned\n"
        margin = self.best.definition.link is None and self.best.definition.inputs["pred"].link == "identity"
        probability = "1 / (1 + np.exp(-raw))" if margin else "prediction"
        return f"prediction = ({probability} > {state:.6g}).astype(int)  # the threshold learnt on out-of-fold rows\n"

    def to_json(self) -> dict[str, Any]:
        """Everything as one mapping of plain values; what is not finite is None."""
        facts, holdout, picked = self.facts, self.decision.holdout, self.entry
        seen = picked.seen
        return _finite(
            {
                "verdict": self.verdict,
                "sentence": self.sentence,
                "best": _described(self.best),
                "default": _described(self.default),
                "metric": facts["metric"],
                "task": facts["task"],
                "traits": facts["traits"],
                "threshold": self.threshold,
                "pick": {
                    **_described(self.best),
                    "rule": picked.candidate.rule,
                    "state": self.state,
                    "proven": self.proven,
                },
                "advantage": {"estimate": seen.advantage, "lower": seen.advantage_lower} if seen else None,
                "holdout": None
                if holdout is None
                else {
                    "best": holdout.values[self.decision.pick],
                    "default": holdout.values[facts["default_key"]],
                },
                "leaderboard": self.leaderboard(),
                "code": self.code(),
                **{k: facts[k] for k in ("seed", "rows", "folds", "repeats", "seconds", "partial", "version")},
            }
        )

    def document(self) -> Document:
        """The report, free of how it is drawn."""
        return self.fill(self)

    def report(self, path: str | Path) -> Path:
        """Write the report as one offline HTML file (or Markdown, for a path that ends in .md); returns the path.

        Raises InvalidInput when the path cannot be written.
        """
        from losskit.reporting import render_html, render_markdown

        path = Path(path)
        render = render_markdown if path.suffix == ".md" else render_html
        text = render(self.document())
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise InvalidInput(f"cannot write the report to {path}: {error.strerror}", "Give another path.") from error
        return path

    def __repr__(self) -> str:
        return f"<{self.verdict}: {self.sentence}>"

    def _repr_html_(self) -> str:
        from html import escape

        rows = self.frame()[["loss", "mean", "gain", "se", "tag"]].to_html(index=False, float_format="{:.4g}".format)
        return f"<p><b>{escape(self.sentence)}</b></p>{rows}"


def _described(loss: Loss) -> dict[str, Any]:
    params = loss.to_dict()
    return {"loss": params.pop("loss"), "params": params}


def _line(entry: Entry) -> dict[str, Any]:
    seen = entry.seen
    return {
        **_described(entry.loss),
        "name": entry.candidate.key,
        "rule": entry.candidate.rule,
        "mean": seen.value if seen else None,
        "interval": list(seen.interval) if seen else None,
        "gain": seen.gain if seen else None,
        "se": seen.se if seen else None,
        "p_better": seen.p_better if seen else None,
        "p_same": seen.p_same if seen else None,
        "p_worse": seen.p_worse if seen else None,
        "holm_p": seen.holm_p if seen else None,
        "seconds": round(entry.seconds, 3),
        "tag": entry.candidate.tag,
        "why": entry.candidate.why,
        "failed": entry.failed or None,
        "dropped": entry.dropped,
    }


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_finite(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
