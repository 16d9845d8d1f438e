"""The theory map: for each metric the losses worth a try, tagged and with their reason; traits switch some of them on.

consistent: minimising the loss minimises the metric's own expected loss, given a flexible enough model
surrogate:  a bound or a smoothed stand-in with theory behind it;  heuristic: seen to help, nothing more
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from losskit.chooser.scaled import ClassPrior, ClassWeights, NegOverPos, ScaledByMAD
from losskit.chooser.traits import Traits
from losskit.errors import UnknownName

HARD_METRICS = frozenset({"accuracy", "balanced_accuracy", "f1", "macro_f1", "mcc"})

_SELDOM = "seldom wins on real tables and often loses; "
RARE = {
    "huber": f"{_SELDOM}tried where the target has heavy tails",
    "gamma": f"{_SELDOM}tried for gamma_deviance",
    "hinge": f"{_SELDOM}--loss hinge adds it",
    "focal": f"{_SELDOM}--loss focal adds it",
    "softmax_focal": f"{_SELDOM}--loss softmax_focal adds it",
    "log_cosh": "its bend is at 1 in the target's units, whatever these are; pseudo_huber takes a scale",
    "msle": "log_squared_error judges the same and cannot leave its domain",
    "perceptron": "it asks for no margin and has no probability",
    "poly1": f"{_SELDOM}--loss poly1 adds it",
    "asymmetric": f"{_SELDOM}--loss asymmetric adds it",
    "quality_focal": "its targets are qualities, not classes; --loss quality_focal adds it",
    "kl_div_logits": "for class ids it is cross_entropy",
    "zero_one": "it has no gradient to train with",
}

_GNEITING = "Gneiting 2011, doi:10.1198/jasa.2011.r10138"
_KOYEJO = "Koyejo et al. 2014, NeurIPS 27"
_NARASIMHAN = "Narasimhan et al. 2015, PMLR 37:2398"
_BARTLETT = "Bartlett et al. 2006, doi:10.1198/016214505000000907"
_MENON = "Menon et al. 2021, arXiv:2007.07314"
_DUAN = "Duan 1983, doi:10.1080/01621459.1983.10478017"
_CUI = "Cui et al. 2019, arXiv:1901.05555"


@dataclass(frozen=True)
class Proposal:
    """One row of the map: a loss for a metric; `when` is False where the traits do not call for it."""

    loss: str
    tag: str
    why: str
    rule: str = "none"
    params: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    when: bool = True


@dataclass(frozen=True)
class Context:
    """What the map looks at: the task's kind, the traits, the metric, the number of classes."""

    kind: str
    traits: Traits
    metric: str
    classes: int = 0

    @property
    def level(self) -> float | None:
        """The level of pinball@level; 0.5 for plain pinball; None for other metrics."""
        name, _, level = self.metric.partition("@")
        return float(level or 0.5) if name == "pinball" else None

    @property
    def skewed_up(self) -> bool:
        """Never negative and skewed to the right: a log scale may fit."""
        return self.traits.non_negative and self.traits.skewed

    def tuned_rule(self, loss: str) -> tuple[str | None, str, str]:
        """(rule, why, source) of the decision rule worth tuning on top of the default loss; (None, "", "") if none."""
        if self.kind == "binary" and self.metric in HARD_METRICS:
            why = f"The best decision for {self.metric} is a threshold on the probability, seldom 0.5."
            return "threshold", why, _KOYEJO
        if self.metric in HARD_METRICS:
            why = f"The best decision for {self.metric} weighs the class probabilities: one offset a class is learnt."
            return "threshold", why, _NARASIMHAN
        if self.kind != "regression" or self.metric in {"poisson_deviance", "gamma_deviance"}:
            return None, "", ""
        if self.metric in {"rmse", "r2"} and loss == "squared_error":
            return None, "", ""
        if self.metric in {"mape", "smape", "rmsle"} and self.traits.non_negative:
            return "scale", f"One factor moves the predictions to where {self.metric} wants them.", _DUAN
        return "shift", f"One number moves the predictions to where {self.metric} wants them.", _GNEITING


def propose(context: Context) -> list[Proposal]:
    """The rows of the map for this metric, most promising first; those with `when` False only tell tag and reason."""
    if context.kind == "multiclass":
        return _multiclass(context)
    if context.level is not None:
        return _pinball(context)
    rows = _BINARY if context.kind == "binary" else _REGRESSION
    if context.metric not in rows:
        raise UnknownName("metric", context.metric, rows, f" for {context.kind}")
    return rows[context.metric](context)


def _mad(factor: float) -> ScaledByMAD:
    return ScaledByMAD(factor)


def _robust(c: Context, *, tag: str = "heuristic") -> list[Proposal]:
    """Losses that far-out rows move little; they change what is estimated unless the noise is symmetric."""
    heavy = c.traits.heavy_tails
    return [
        Proposal(
            "huber", tag, "Heavy tails: rows far out count linearly only.", params={"delta": _mad(1.345)}, when=heavy
        ),
        Proposal(
            "cauchy",
            "heuristic",
            "Heavy tails: rows far out count less and less.",
            params={"scale": _mad(2.385)},
            when=heavy,
        ),
    ]


def _rmse(c: Context) -> list[Proposal]:
    t = c.traits
    return [
        Proposal("squared_error", "consistent", "It estimates the mean, which this metric asks for.", source=_GNEITING),
        Proposal("poisson", "consistent", "Counts: its mean is right, and errors grow with it.", when=t.counts),
        Proposal(
            "tweedie",
            "consistent",
            "Skewed and never negative: it estimates the mean, and large targets weigh less.",
            params={"power": 1.5},
            when=c.skewed_up or (t.non_negative and t.zeros > 0.1),
        ),
        *_robust(c),
        Proposal(
            "pseudo_huber",
            "heuristic",
            "Between mean and median: steadier on noisy rows.",
            params={"delta": _mad(1.345)},
            when=not t.heavy_tails,
        ),
        Proposal(
            "log_squared_error",
            "heuristic",
            "Skewed to the right: fitted on the log scale, then scaled back to the mean.",
            rule="scale",
            source=_DUAN,
            when=c.skewed_up,
        ),
        Proposal("absolute_error", "heuristic", "Steadier on noisy rows; shifted back to the mean.", rule="shift"),
    ]


def _mae(c: Context) -> list[Proposal]:
    median = "It estimates the median, which mae asks for"
    caution = "; over half of the targets are 0, so that may be 0 everywhere" if c.traits.zeros > 0.5 else ""
    return [
        Proposal("absolute_error", "consistent", f"{median}{caution}.", source=_GNEITING),
        Proposal(
            "smooth_l1",
            "surrogate",
            "Absolute error with a smooth middle: easier to train.",
            params={"beta": _mad(0.3)},
        ),
        *_robust(c, tag="surrogate"),
        Proposal(
            "log_squared_error",
            "heuristic",
            "Skewed to the right: the mean on the log scale is near the median.",
            when=c.skewed_up,
        ),
    ]


def _median_ae(c: Context) -> list[Proposal]:
    """Not a mean of pointwise losses: nothing is consistent."""
    rows = [
        Proposal("absolute_error", "heuristic", "The typical row counts, not those far out."),
        Proposal("mape", "heuristic", "Small targets decide the median error where errors grow with the target."),
        Proposal("tukey", "heuristic", "Rows far out do not count at all.", params={"scale": _mad(4.685)}),
        *_robust(c),
        Proposal("log_squared_error", "heuristic", "Skewed to the right: small targets count more.", when=c.skewed_up),
    ]
    return [_only_if(row, row.loss != "mape" or c.traits.positive) for row in rows]


def _mape(c: Context) -> list[Proposal]:
    positive = c.traits.positive
    return [
        Proposal("mape", "consistent", "Absolute error weighted by 1/|y| is the metric itself.", when=positive),
        Proposal("smape", "surrogate", "Relative errors, without blowing up near zero."),
        Proposal("log_squared_error", "heuristic", "A log scale makes errors relative.", when=c.traits.non_negative),
        Proposal("absolute_error", "heuristic", "Nearer to the low predictions that relative errors favour."),
        Proposal(
            "mape",
            "heuristic",
            "The metric itself, its bias moved by one factor.",
            rule="scale",
            when=positive and c.skewed_up,
        ),
    ]


def _smape(c: Context) -> list[Proposal]:
    return [
        Proposal("smape", "consistent", "The metric itself, though not convex."),
        Proposal("mape", "surrogate", "Relative errors, and convex.", when=c.traits.positive),
        Proposal("log_squared_error", "surrogate", "A log scale makes errors relative.", when=c.traits.non_negative),
        Proposal("absolute_error", "heuristic", "Large targets weigh less than under squared error."),
    ]


def _rmsle(c: Context) -> list[Proposal]:
    return [
        Proposal("log_squared_error", "consistent", "Squared error on the log1p scale is the metric itself."),
        Proposal("msle", "consistent", "The metric itself, on predictions that must stay above -1.", when=False),
        Proposal("tweedie", "surrogate", "Large targets weigh less.", params={"power": 1.5}),
        Proposal("poisson", "surrogate", "A log link: predictions stay positive.", when=c.traits.counts),
        Proposal("absolute_error", "heuristic", "The median is near the mean of logs where the target is skewed."),
    ]


def _pinball(c: Context) -> list[Proposal]:
    level = c.level
    log = c.traits.non_negative and c.traits.skewed
    return [
        Proposal("quantile", "consistent", f"It estimates the quantile {level:g} itself.", params={"level": level}),
        Proposal(
            "quantile",
            "consistent",
            "The quantile, its share of rows below put right on out-of-fold rows.",
            rule="shift",
            params={"level": level},
        ),
        Proposal("absolute_error", "heuristic", "The median, moved to the quantile.", rule="shift"),
        Proposal(
            "expectile", "surrogate", "A smooth relative of the quantile, near but not equal.", params={"level": level}
        ),
        Proposal(
            "log_squared_error",
            "heuristic",
            "Skewed to the right: spread grows with the level, so one factor gives the quantile.",
            rule="scale",
            when=log,
        ),
    ]


def _deviance(c: Context) -> list[Proposal]:
    own = c.metric.removesuffix("_deviance")
    of_mean = "It estimates the mean, which every deviance asks for"
    return [
        Proposal(own, "consistent", "Its minimum is the metric's own."),
        Proposal("tweedie", "consistent", f"{of_mean}; between Poisson and gamma.", params={"power": 1.5}),
        Proposal("poisson", "consistent", f"{of_mean}.", when=own != "poisson"),
        Proposal("gamma", "consistent", f"{of_mean}.", when=False),
        Proposal("squared_error", "consistent", f"{of_mean}.", source=_GNEITING, when=False),
        Proposal(
            "log_squared_error",
            "heuristic",
            "The mean on the log scale, scaled back to the mean.",
            rule="scale",
            source=_DUAN,
        ),
    ]


def _only_if(row: Proposal, condition: bool) -> Proposal:
    return row if condition else Proposal(row.loss, row.tag, row.why, row.rule, row.params, row.source, when=False)


_REGRESSION = {
    "rmse": _rmse,
    "r2": _rmse,
    "mae": _mae,
    "median_ae": _median_ae,
    "mape": _mape,
    "smape": _smape,
    "rmsle": _rmsle,
    "poisson_deviance": _deviance,
    "gamma_deviance": _deviance,
}


def _accuracy(c: Context) -> list[Proposal]:
    margin = "Calibrated for accuracy: its best score has the right sign"
    return [
        Proposal("binary_cross_entropy", "consistent", f"{margin}.", "argmax", source=_BARTLETT),
        Proposal("brier", "consistent", f"{margin}; bounded, so mislabelled rows pull less.", "argmax"),
        Proposal("modified_huber", "consistent", f"{margin}; linear for rows far on the wrong side.", "argmax"),
        *(
            Proposal(name, "consistent", f"{margin}.", "argmax", source=_BARTLETT, when=False)
            for name in ("hinge", "squared_hinge", "exponential")
        ),
    ]


def _thresholded(c: Context) -> list[Proposal]:
    """F1, balanced accuracy, MCC: the best decision is a threshold on the probability."""
    alike = {"pos_weight": NegOverPos()}
    tag = "consistent" if c.metric == "balanced_accuracy" else "heuristic"
    half = f"A threshold of 1/2 is right for accuracy, not for {c.metric}."
    return [
        Proposal("binary_cross_entropy", "heuristic", half, "argmax", when=False),
        Proposal(
            "binary_cross_entropy",
            tag,
            "Both classes count alike, so 0.5 is a fair threshold.",
            "argmax",
            alike,
            _MENON,
            when=c.traits.imbalanced or c.metric == "balanced_accuracy",
        ),
        Proposal(
            "binary_cross_entropy",
            "consistent",
            "Both classes count alike, and the threshold is tuned.",
            "threshold",
            alike,
            _KOYEJO,
        ),
        Proposal("brier", "consistent", "A proper loss, so a threshold on it is right.", "threshold", source=_KOYEJO),
        Proposal("focal", "heuristic", "Rows that are easy count less.", "threshold", when=False),
    ]


def _ranked(c: Context) -> list[Proposal]:
    """ROC-AUC and average precision: only the order of the scores counts."""
    order = "Rows are ranked by P(y=1), which any proper loss estimates."
    tag = "consistent" if c.metric == "roc_auc" else "surrogate"
    source = "Agarwal 2014, JMLR 15:1653"
    return [
        Proposal("binary_cross_entropy", tag, order, source=source),
        Proposal(
            "binary_cross_entropy",
            tag,
            "Both classes count alike, as they do in the metric's pairs.",
            params={"pos_weight": NegOverPos()},
            source=source,
        ),
        Proposal("brier", tag, order, source=source),
        Proposal("exponential", tag, "It bounds the share of wrongly ordered pairs.", source=source),
    ]


def _proper(c: Context) -> list[Proposal]:
    """Log-loss and Brier: strictly proper."""
    return [
        Proposal("binary_cross_entropy", "consistent", "Strictly proper: it estimates the probability itself."),
        Proposal("brier", "consistent", "Strictly proper, and bounded: mislabelled rows pull less."),
        Proposal("focal", "heuristic", "Not proper: its probabilities are pulled to 1/2.", when=False),
    ]


_BINARY = {
    "accuracy": _accuracy,
    "balanced_accuracy": _thresholded,
    "f1": _thresholded,
    "macro_f1": _thresholded,
    "mcc": _thresholded,
    "roc_auc": _ranked,
    "average_precision": _ranked,
    "log_loss": _proper,
    "brier": _proper,
}


def _multiclass(c: Context) -> list[Proposal]:
    rule = "argmax" if c.metric in HARD_METRICS else "none"
    balanced = c.metric in {"balanced_accuracy", "macro_f1", "mcc"}
    own = "consistent" if c.metric == "balanced_accuracy" else "heuristic"
    proper = "Strictly proper: it estimates the class probabilities, and the metric follows from these."
    return [
        Proposal("cross_entropy", "heuristic" if balanced else "consistent", proper, rule),
        Proposal(
            "logit_adjusted",
            own,
            "Rare classes count alike: Fisher-consistent for balanced error.",
            rule,
            {"prior": ClassPrior(c.classes)},
            when=balanced,
        ),
        Proposal(
            "cross_entropy",
            own,
            "Rows weighted so that all classes count alike.",
            rule,
            {"class_weight": ClassWeights(c.classes)},
            _CUI,
            when=balanced,
        ),
        Proposal(
            "cross_entropy",
            "heuristic",
            "Labels softened a little: less sure of mislabelled rows.",
            rule,
            {"label_smoothing": 0.05},
            "Szegedy et al. 2016, arXiv:1512.00567",
            when=not balanced,
        ),
        Proposal("softmax_focal", "heuristic", "Rows that are easy count less.", rule, when=False),
    ]
