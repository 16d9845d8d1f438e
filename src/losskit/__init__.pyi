"""Made by scripts/stubs.py from the registry of losses: run it again instead of editing this file."""

from collections.abc import Sequence
from typing import Any

from losskit._version import __version__ as __version__
from losskit.adapters.huggingface import to_huggingface as to_huggingface
from losskit.adapters.keras import to_keras as to_keras
from losskit.adapters.lightgbm import LossLGBMClassifier as LossLGBMClassifier
from losskit.adapters.lightgbm import LossLGBMRanker as LossLGBMRanker
from losskit.adapters.lightgbm import LossLGBMRegressor as LossLGBMRegressor
from losskit.adapters.lightgbm import to_lightgbm as to_lightgbm
from losskit.adapters.lightning import LossModule as LossModule
from losskit.adapters.lightning import LossMonitor as LossMonitor
from losskit.adapters.objective import check_objective as check_objective
from losskit.adapters.torch import to_torch as to_torch
from losskit.adapters.xgboost import LossXGBClassifier as LossXGBClassifier
from losskit.adapters.xgboost import LossXGBRanker as LossXGBRanker
from losskit.adapters.xgboost import LossXGBRegressor as LossXGBRegressor
from losskit.adapters.xgboost import to_xgboost as to_xgboost
from losskit.chooser.choose import choose as choose
from losskit.core.checks import check as check
from losskit.core.define import define_loss as define_loss
from losskit.core.domains import AboveMinusOne as AboveMinusOne
from losskit.core.domains import BatchBinary as BatchBinary
from losskit.core.domains import BatchScores as BatchScores
from losskit.core.domains import Binary as Binary
from losskit.core.domains import Boxes as Boxes
from losskit.core.domains import Classes as Classes
from losskit.core.domains import Cosines as Cosines
from losskit.core.domains import Domain as Domain
from losskit.core.domains import Draws as Draws
from losskit.core.domains import Embeddings as Embeddings
from losskit.core.domains import Fraction as Fraction
from losskit.core.domains import Groups as Groups
from losskit.core.domains import Log1p as Log1p
from losskit.core.domains import Logit as Logit
from losskit.core.domains import Logits as Logits
from losskit.core.domains import LogProbs as LogProbs
from losskit.core.domains import LogRate as LogRate
from losskit.core.domains import Margin as Margin
from losskit.core.domains import NonNegativeReal as NonNegativeReal
from losskit.core.domains import Picture as Picture
from losskit.core.domains import Pixels as Pixels
from losskit.core.domains import PositiveReal as PositiveReal
from losskit.core.domains import Prob as Prob
from losskit.core.domains import Probs as Probs
from losskit.core.domains import Real as Real
from losskit.core.domains import Relevance as Relevance
from losskit.core.domains import Scores as Scores
from losskit.core.domains import Vector as Vector
from losskit.core.loss import Loss as Loss
from losskit.core.params import Between as Between
from losskit.core.params import Flag as Flag
from losskit.core.params import NonNegative as NonNegative
from losskit.core.params import Param as Param
from losskit.core.params import PerClass as PerClass
from losskit.core.params import Positive as Positive
from losskit.core.params import Static as Static
from losskit.core.registry import get as get
from losskit.core.registry import names as names
from losskit.errors import LosskitError as LosskitError
from losskit.training.estimators.classifier import LossClassifier as LossClassifier
from losskit.training.estimators.ranker import LossRanker as LossRanker
from losskit.training.estimators.regressor import LossRegressor as LossRegressor
from losskit.training.estimators.scoring import scorer as scorer

_Parameter = float | Sequence[float] | Any  # arrays and tensors may be traced or learned

__all__ = [
    "AboveMinusOne",
    "BatchBinary",
    "BatchScores",
    "Between",
    "Binary",
    "Boxes",
    "Classes",
    "Cosines",
    "Domain",
    "Draws",
    "Embeddings",
    "Flag",
    "Fraction",
    "Groups",
    "Log1p",
    "LogProbs",
    "LogRate",
    "Logit",
    "Logits",
    "Loss",
    "LossClassifier",
    "LossLGBMClassifier",
    "LossLGBMRanker",
    "LossLGBMRegressor",
    "LossModule",
    "LossMonitor",
    "LossRanker",
    "LossRegressor",
    "LossXGBClassifier",
    "LossXGBRanker",
    "LossXGBRegressor",
    "LosskitError",
    "Margin",
    "NonNegative",
    "NonNegativeReal",
    "Param",
    "PerClass",
    "Picture",
    "Pixels",
    "Positive",
    "PositiveReal",
    "Prob",
    "Probs",
    "Real",
    "Relevance",
    "Scores",
    "Static",
    "Vector",
    "__version__",
    "absolute_error",
    "asymmetric",
    "barron",
    "binary_cross_entropy",
    "binary_cross_entropy_probs",
    "brier",
    "cauchy",
    "check",
    "check_objective",
    "choose",
    "cross_entropy",
    "define_loss",
    "epsilon_insensitive",
    "expectile",
    "exponential",
    "fair",
    "focal",
    "gamma",
    "geman_mcclure",
    "get",
    "hinge",
    "huber",
    "kl_div",
    "kl_div_logits",
    "listnet",
    "log_cosh",
    "log_squared_error",
    "logit_adjusted",
    "mape",
    "modified_huber",
    "msle",
    "names",
    "nll",
    "perceptron",
    "poisson",
    "poisson_rate",
    "poly1",
    "pseudo_huber",
    "quality_focal",
    "quantile",
    "scorer",
    "smape",
    "smooth_l1",
    "softmax_focal",
    "squared_error",
    "squared_hinge",
    "student_t",
    "to_huggingface",
    "to_keras",
    "to_lightgbm",
    "to_torch",
    "to_xgboost",
    "tukey",
    "tweedie",
    "welsch",
    "zero_one",
]

def squared_error(*, half: bool = False) -> Loss:
    """The square of the residual."""

def absolute_error() -> Loss:
    """The size of the residual."""

def huber(*, delta: _Parameter = 1.0) -> Loss:
    """Quadratic within `delta` of the target, linear beyond."""

def smooth_l1(*, beta: _Parameter = 1.0) -> Loss:
    """Huber's loss divided by `beta`: slope 1 far from the target."""

def pseudo_huber(*, delta: _Parameter = 1.0) -> Loss:
    """A smooth Huber loss: quadratic near the target, slope `delta` far away."""

def log_cosh() -> Loss:
    """log(cosh(residual)): squared error near the target, absolute error far away."""

def quantile(*, level: _Parameter = 0.5) -> Loss:
    """The pinball loss: each unit below the target costs `level`, each unit above it 1 - `level`."""

def expectile(*, level: _Parameter = 0.5) -> Loss:
    """Squared error with weight `level` below the target and 1 - `level` above it."""

def epsilon_insensitive(*, epsilon: _Parameter = 0.1, squared: bool = False) -> Loss:
    """Nothing within `epsilon` of the target, absolute error beyond."""

def mape(*, eps: _Parameter = 1e-07) -> Loss:
    """Absolute error as a share of the target."""

def smape() -> Loss:
    """Twice the absolute error over |pred| + |target|; 0 where both are 0."""

def msle() -> Loss:
    """(log1p(pred) - log1p(target))², the squared error that rmsle judges by."""

def log_squared_error() -> Loss:
    """Squared error of a raw score against log1p(target): expm1 of the score predicts the target."""

def cauchy(*, scale: _Parameter = 1.0) -> Loss:
    """log1p of half the squared residual: grows like a logarithm."""

def welsch(*, scale: _Parameter = 1.0) -> Loss:
    """1 - exp(-u²/2): an outlier costs 1, however far it lies."""

def geman_mcclure(*, scale: _Parameter = 1.0) -> Loss:
    """2u²/(u² + 4): an outlier costs at most 2."""

def tukey(*, scale: _Parameter = 4.685) -> Loss:
    """The biweight: smooth to `scale`, constant beyond."""

def fair(*, scale: _Parameter = 1.0) -> Loss:
    """scale² (u - log1p(u)) with u = |residual|/scale: between absolute and squared error."""

def barron(*, shape: _Parameter = 1.0, scale: _Parameter = 1.0) -> Loss:
    """One family from squared error to Cauchy's loss: beyond `scale` it grows like |residual| to the power `shape`."""

def student_t(*, df: _Parameter = 4.0, scale: _Parameter = 1.0) -> Loss:
    """The likelihood of Student's t noise: a Gaussian for many degrees of freedom, Cauchy's for one."""

def poisson(*, full: bool = False) -> Loss:
    """The Poisson likelihood of a count, from the logarithm of its rate."""

def poisson_rate() -> Loss:
    """The Poisson likelihood of a count, from its rate, up to log(target!)."""

def gamma() -> Loss:
    """The gamma likelihood of a positive amount, from the logarithm of its mean."""

def tweedie(*, power: _Parameter = 1.5) -> Loss:
    """For amounts that are often exactly 0: between Poisson and gamma, from the logarithm of the mean."""

def binary_cross_entropy(*, pos_weight: _Parameter = 1.0, label_smoothing: float = 0.0) -> Loss:
    """The negative log-likelihood of a 0/1 target, from its log-odds."""

def binary_cross_entropy_probs() -> Loss:
    """The negative log-likelihood of a 0/1 target, from its probability."""

def hinge(*, margin: _Parameter = 1.0) -> Loss:
    """What the score towards the true class lacks to reach `margin`."""

def squared_hinge(*, margin: _Parameter = 1.0) -> Loss:
    """The square of what the score towards the true class lacks to reach `margin`."""

def exponential() -> Loss:
    """AdaBoost's loss: exp of minus the score towards the true class."""

def modified_huber() -> Loss:
    """Squared hinge that turns linear beyond a score of -1: a wrong label costs less."""

def perceptron() -> Loss:
    """How far the score lies on the wrong side of 0."""

def zero_one() -> Loss:
    """1 where the class is wrong, 0 where it is right; a score above 0 means class 1."""

def brier() -> Loss:
    """The squared error of the probability sigmoid(pred)."""

def cross_entropy(
    *, label_smoothing: float = 0.0, class_weight: _Parameter | None = None, ignore_index: float | None = -100
) -> Loss:
    """The negative log-likelihood of the class, from one raw score for each class."""

def nll(*, class_weight: _Parameter | None = None, ignore_index: float | None = -100) -> Loss:
    """Minus the log-probability of the class."""

def poly1(
    *, epsilon: _Parameter = 1.0, class_weight: _Parameter | None = None, ignore_index: float | None = -100
) -> Loss:
    """Cross-entropy plus `epsilon` times 1 - p, p the probability of the class."""

def focal(*, gamma: _Parameter = 2.0, alpha: _Parameter | None = None) -> Loss:
    """Cross-entropy with each row weighted by (1 - p)^gamma, p the probability of its true class."""

def asymmetric(
    *, gamma_positive: _Parameter = 1.0, gamma_negative: _Parameter = 4.0, margin: _Parameter = 0.05
) -> Loss:
    """Focal cross-entropy for many labels: rows of class 0 fade faster, and below `margin` they cost nothing."""

def quality_focal() -> Loss:
    """Cross-entropy weighted by the squared error of the probability, for targets that are qualities from 0 to 1."""

def softmax_focal(
    *,
    gamma: _Parameter = 2.0,
    alpha: _Parameter | None = None,
    class_weight: _Parameter | None = None,
    ignore_index: float | None = -100,
) -> Loss:
    """Cross-entropy with each row weighted by (1 - p)^gamma, p the softmax probability of its true class."""

def logit_adjusted(
    *,
    prior: _Parameter,
    temperature: _Parameter = 1.0,
    class_weight: _Parameter | None = None,
    ignore_index: float | None = -100,
) -> Loss:
    """Cross-entropy with the class prior added to the scores while training, so that rare classes count alike."""

def kl_div(*, class_weight: _Parameter | None = None, ignore_index: float | None = -100) -> Loss:
    """KL(target || exp(pred)), one number for each row, from logarithms of probabilities."""

def kl_div_logits(*, class_weight: _Parameter | None = None, ignore_index: float | None = -100) -> Loss:
    """KL(target || softmax(pred)), one number for each row: cross-entropy less the entropy of the target."""

def listnet() -> Loss:
    """Cross-entropy between the softmax of the relevances and the softmax of the scores, top-one ListNet."""
