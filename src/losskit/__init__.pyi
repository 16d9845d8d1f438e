"""Made by scripts/stubs.py from the registry of losses: run it again instead of editing this file."""

from collections.abc import Sequence
from typing import Any, Literal

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
from losskit.core.acceleration import plain as plain
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
from losskit.doctor.callbacks.huggingface import TrainerDoctor as TrainerDoctor
from losskit.doctor.callbacks.keras import KerasDoctor as KerasDoctor
from losskit.doctor.callbacks.lightning import LightningDoctor as LightningDoctor
from losskit.doctor.diagnose import diagnose as diagnose
from losskit.doctor.observe import observe as observe
from losskit.doctor.over_time import watch as watch
from losskit.errors import LosskitError as LosskitError
from losskit.kernels.pool import set_num_threads as set_num_threads
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
    "KerasDoctor",
    "LightningDoctor",
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
    "TrainerDoctor",
    "Vector",
    "__version__",
    "absolute_error",
    "aft",
    "approx_mrr",
    "approx_ndcg",
    "arcface",
    "asymmetric",
    "auc_margin",
    "auc_pairwise",
    "average_precision",
    "barlow_twins",
    "barron",
    "batch_hard_triplet",
    "binary_cross_entropy",
    "binary_cross_entropy_probs",
    "box_and_class",
    "bradley_terry",
    "brier",
    "cauchy",
    "check",
    "check_objective",
    "choose",
    "ciou",
    "circle",
    "class_balanced",
    "contrastive",
    "cosent",
    "cosface",
    "cosine",
    "cosine_embedding",
    "cox",
    "cpo",
    "cross_entropy",
    "crps_ensemble",
    "crps_normal",
    "define_loss",
    "diagnose",
    "dice",
    "dice_ce",
    "dice_focal",
    "diffusion_mse",
    "diou",
    "distillation",
    "dpo",
    "energy_distance",
    "energy_score",
    "entmax",
    "epsilon_insensitive",
    "expectile",
    "exponential",
    "fair",
    "focal",
    "focal_tversky",
    "gamma",
    "gan_bce",
    "gan_hinge",
    "gaussian_kl",
    "gaussian_kl_between",
    "gaussian_nll",
    "geman_mcclure",
    "generalized_ce",
    "generalized_dice",
    "get",
    "giou",
    "hinge",
    "huber",
    "info_nce",
    "interval",
    "iou",
    "jaccard",
    "js_divergence",
    "kl_div",
    "kl_div_logits",
    "kto",
    "lambda_rank",
    "laplace",
    "ldam",
    "lifted_structure",
    "listmle",
    "listnet",
    "log_cosh",
    "log_squared_error",
    "logit_adjusted",
    "lovasz_hinge",
    "lovasz_softmax",
    "lsgan",
    "mape",
    "margin_ranking",
    "mcc",
    "mixture_nll",
    "mmd",
    "modified_huber",
    "msle",
    "multi_margin",
    "multi_similarity",
    "multiclass_brier",
    "multiclass_hinge",
    "multilabel_soft_margin",
    "n_pairs",
    "names",
    "neg_binomial",
    "nll",
    "normalized_softmax",
    "nt_xent",
    "observe",
    "ohem_ce",
    "ordinal",
    "orpo",
    "pairwise_hinge",
    "pairwise_logistic",
    "partial_auc",
    "perceptron",
    "plain",
    "poisson",
    "poisson_rate",
    "policy_clip",
    "policy_kl",
    "poly1",
    "proxy_anchor",
    "proxy_nca",
    "pseudo_huber",
    "quality_focal",
    "quantile",
    "quantiles",
    "rps",
    "scorer",
    "semi_hard_triplet",
    "set_num_threads",
    "siglip",
    "simpo",
    "smape",
    "smooth_l1",
    "soft_fbeta",
    "softmax_focal",
    "sparsemax",
    "squared_error",
    "squared_hinge",
    "student_t",
    "supcon",
    "symmetric_ce",
    "to_huggingface",
    "to_keras",
    "to_lightgbm",
    "to_torch",
    "to_xgboost",
    "total_variation",
    "total_variation_distance",
    "triplet_margin",
    "tukey",
    "tversky",
    "tweedie",
    "varifocal",
    "vicreg",
    "watch",
    "weighted_kappa",
    "welsch",
    "wgan",
    "xe_ndcg",
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

def quantiles(*, levels: _Parameter) -> Loss:
    """The mean pinball loss of several predicted quantiles of one target."""

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

def neg_binomial(*, dispersion: _Parameter = 1.0) -> Loss:
    """The negative binomial likelihood of an overdispersed count, from the logarithm of its mean."""

def gaussian_nll(*, full: bool = False) -> Loss:
    """The Gaussian likelihood of the target, from its mean and the logarithm of its variance."""

def laplace(*, full: bool = False) -> Loss:
    """The likelihood of Laplace's double exponential, from its median and the logarithm of its scale."""

def mixture_nll(*, full: bool = False) -> Loss:
    """The likelihood of a mixture of Gaussians, from the logits of its weights and each part's mean and log σ."""

def crps_normal() -> Loss:
    """The continuous ranked probability score of a normal prediction, from its mean and log σ."""

def crps_ensemble(*, fair: bool = False) -> Loss:
    """The continuous ranked probability score of draws: their distance to the target less half that to each other."""

def energy_score(*, fair: bool = False) -> Loss:
    """crps_ensemble for vectors, with Euclidean distances: mean ‖x_i - y‖ - Σ_ij ‖x_i - x_j‖/(2M²)."""

def interval(*, alpha: _Parameter = 0.05) -> Loss:
    """The interval score: the width, and 2/alpha for each unit by which the target lies outside."""

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
    *,
    label_smoothing: float = 0.0,
    z_loss: float = 0.0,
    class_weight: _Parameter | None = None,
    ignore_index: float | None = -100,
) -> Loss:
    """The negative log-likelihood of the class, from one raw score for each class."""

def nll(*, class_weight: _Parameter | None = None, ignore_index: float | None = -100) -> Loss:
    """Minus the log-probability of the class."""

def poly1(
    *, epsilon: _Parameter = 1.0, class_weight: _Parameter | None = None, ignore_index: float | None = -100
) -> Loss:
    """Cross-entropy plus `epsilon` times 1 - p, p the probability of the class."""

def multiclass_hinge(
    *, margin: _Parameter = 1.0, class_weight: _Parameter | None = None, ignore_index: float | None = -100
) -> Loss:
    """What the score of the class lacks to lie `margin` above the best other score."""

def multi_margin(
    *,
    margin: _Parameter = 1.0,
    p: Literal[1, 2] = 1,
    class_weight: _Parameter | None = None,
    ignore_index: float | None = -100,
) -> Loss:
    """What the score of the class lacks to lie `margin` above each other score, to the power `p`, over K classes."""

def multilabel_soft_margin() -> Loss:
    """The mean binary cross-entropy over the labels of a row, of which any number may be 1."""

def ordinal() -> Loss:
    """Binary cross-entropy of "the grade lies above k", summed over the K - 1 thresholds k between K ordered grades."""

def multiclass_brier(*, class_weight: _Parameter | None = None, ignore_index: float | None = -100) -> Loss:
    """The squared error of the softmax probabilities, summed over the classes."""

def rps(*, class_weight: _Parameter | None = None, ignore_index: float | None = -100) -> Loss:
    """The squared error of the cumulative probabilities: over ordered classes a near miss costs less than a far one."""

def generalized_ce(
    *, q: _Parameter = 0.7, class_weight: _Parameter | None = None, ignore_index: float | None = -100
) -> Loss:
    """(1 - p^q)/q, p the probability of the class: between cross-entropy and the absolute error, for noisy labels."""

def symmetric_ce(
    *,
    alpha: _Parameter = 0.1,
    beta: _Parameter = 1.0,
    class_weight: _Parameter | None = None,
    ignore_index: float | None = -100,
) -> Loss:
    """`alpha` times cross-entropy and `beta` times the reverse one, -Σ p log q, for noisy labels."""

def distillation(*, temperature: _Parameter = 1.0) -> Loss:
    """temperature² KL(softmax(target/temperature) || softmax(pred/temperature))."""

def sparsemax(*, class_weight: _Parameter | None = None, ignore_index: float | None = -100) -> Loss:
    """Cross-entropy's counterpart for sparsemax, the probabilities nearest to the scores: 0 at a margin of 1."""

def entmax(*, class_weight: _Parameter | None = None, ignore_index: float | None = -100) -> Loss:
    """Half-way from cross-entropy to sparsemax: the loss of 1.5-entmax, whose probabilities may be 0."""

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

def ldam(
    *,
    class_counts: _Parameter,
    max_margin: _Parameter = 0.5,
    scale: _Parameter = 30.0,
    class_weight: _Parameter | None = None,
    ignore_index: float | None = -100,
) -> Loss:
    """Cross-entropy with the score of the class lowered by a margin, the wider the rarer the class."""

def class_balanced(
    *,
    class_counts: _Parameter,
    beta: _Parameter = 0.9999,
    class_weight: _Parameter | None = None,
    ignore_index: float | None = -100,
) -> Loss:
    """Cross-entropy weighted by the inverse effective number of rows of the class, (1 - beta)/(1 - beta^n)."""

def kl_div(*, class_weight: _Parameter | None = None, ignore_index: float | None = -100) -> Loss:
    """KL(target || exp(pred)), one number for each row, from logarithms of probabilities."""

def kl_div_logits(*, class_weight: _Parameter | None = None, ignore_index: float | None = -100) -> Loss:
    """KL(target || softmax(pred)), one number for each row: cross-entropy less the entropy of the target."""

def js_divergence(
    *, beta: _Parameter = 0.5, class_weight: _Parameter | None = None, ignore_index: float | None = -100
) -> Loss:
    """The Jensen-Shannon divergence: how far softmax(pred) and the target lie from the mixture of the two."""

def total_variation_distance(*, class_weight: _Parameter | None = None, ignore_index: float | None = -100) -> Loss:
    """Half the sum of |softmax(pred) - target|: the most by which the two differ over any event."""

def mmd(*, scale: _Parameter = 1.0) -> Loss:
    """The squared maximum mean discrepancy of two samples under a Gaussian kernel: 0 where they are equal."""

def energy_distance() -> Loss:
    """2 mean |x - y| - mean |x - x'| - mean |y - y'| over two samples: 0 where they are equal."""

def listnet(*, labels: Literal["softmax", "share", "raw"] = "softmax") -> Loss:
    """Cross-entropy between the softmax of the relevances and the softmax of the scores, top-one ListNet."""

def pairwise_logistic(*, scale: _Parameter = 1.0, margin: _Parameter = 0.0) -> Loss:
    """RankNet: softplus(margin - scale (s_i - s_j)), the mean over the pairs with relevance i above relevance j."""

def pairwise_hinge(*, margin: _Parameter = 1.0) -> Loss:
    """max(0, margin - (s_i - s_j)), the mean over the pairs with relevance i above relevance j."""

def margin_ranking(*, margin: _Parameter = 0.0) -> Loss:
    """max(0, margin - (s_1 - s_2)), the scores exchanged where the second should be the higher one."""

def lambda_rank(
    *,
    scale: _Parameter = 1.0,
    k: float | None = None,
    weighting: Literal["lambda", "ndcg2", "ndcg2++"] = "lambda",
    mu: float = 10.0,
) -> Loss:
    """RankNet's pairs weighted by what exchanging the two would change of NDCG, added up for each list."""

def listmle(*, position_weight: Literal["log", "power"] | None = None) -> Loss:
    """The negative log-likelihood of the right order: each item against all that do not stand above it."""

def approx_ndcg(*, temperature: _Parameter = 1.0) -> Loss:
    """-NDCG with each rank softened: 1 + Σ_{j≠i} sigmoid((s_j - s_i)/temperature). 0 where nothing is relevant."""

def approx_mrr(*, temperature: _Parameter = 1.0) -> Loss:
    """-Σ y/rank over Σ y with each rank softened: the reciprocal rank. 0 where nothing is relevant."""

def xe_ndcg() -> Loss:
    """Cross-entropy between the shares 2^y - noise of the items and the softmax of the scores; a bound on NDCG."""

def auc_pairwise(*, margin: _Parameter = 1.0) -> Loss:
    """max(0, margin - (s⁺ - s⁻))², the mean over all pairs of a positive and a negative of the batch."""

def auc_margin(*, margin: _Parameter = 1.0) -> Loss:
    """The variances of the scores of both classes plus max(0, margin - (mean⁺ - mean⁻))²."""

def average_precision(*, margin: _Parameter = 1.0) -> Loss:
    """1 - average precision with steps softened: for each positive the share of negatives in what ranks above it."""

def partial_auc(*, margin: _Parameter = 1.0, temperature: _Parameter = 1.0) -> Loss:
    """For few false positives: each positive against the negatives, of which the hardest weigh most."""

def soft_fbeta(*, beta: _Parameter = 1.0, eps: _Parameter = 1e-06) -> Loss:
    """1 - F_beta with probabilities in place of decisions: counts are sums of sigmoid(score) over the batch."""

def weighted_kappa(
    *, weighting: Literal["quadratic", "linear"] = "quadratic", ignore_index: float | None = -100
) -> Loss:
    """1 - Cohen's weighted kappa: observed over expected disagreement, with probabilities in place of decisions."""

def dice(
    *,
    smooth: _Parameter = 1e-05,
    squared: bool = False,
    class_weight: _Parameter | None = None,
    ignore_index: float | None = -100,
) -> Loss:
    """1 - (2 I + s)/(P + Y + s), I the overlap of probabilities P and truth Y, for each picture and class."""

def jaccard(
    *, smooth: _Parameter = 1e-05, class_weight: _Parameter | None = None, ignore_index: float | None = -100
) -> Loss:
    """1 - (I + s)/(P + Y - I + s), I the overlap of probabilities P and truth Y, for each picture and class."""

def tversky(
    *,
    alpha: _Parameter = 0.5,
    beta: _Parameter = 0.5,
    smooth: _Parameter = 1e-05,
    class_weight: _Parameter | None = None,
    ignore_index: float | None = -100,
) -> Loss:
    """1 - (I + s)/(I + alpha FP + beta FN + s) of the soft counts, for each picture and class; 1/2 and 1/2 is Dice."""

def focal_tversky(
    *,
    alpha: _Parameter = 0.3,
    beta: _Parameter = 0.7,
    gamma: _Parameter = 0.75,
    smooth: _Parameter = 1e-05,
    class_weight: _Parameter | None = None,
    ignore_index: float | None = -100,
) -> Loss:
    """The Tversky loss of each class to the power gamma; segmentation_models_pytorch raises the mean instead."""

def generalized_dice(
    *, smooth: _Parameter = 1e-05, class_weight: _Parameter | None = None, ignore_index: float | None = -100
) -> Loss:
    """Dice over all classes of a picture together, each weighted by 1 over the square of its size."""

def dice_ce(
    *,
    dice_weight: _Parameter = 1.0,
    ce_weight: _Parameter = 1.0,
    smooth: _Parameter = 1e-05,
    class_weight: _Parameter | None = None,
    ignore_index: float | None = -100,
) -> Loss:
    """Dice plus the mean cross-entropy of the pixels: over classes for ids, binary for each channel of masks."""

def dice_focal(
    *,
    dice_weight: _Parameter = 1.0,
    focal_weight: _Parameter = 1.0,
    gamma: _Parameter = 2.0,
    smooth: _Parameter = 1e-05,
    class_weight: _Parameter | None = None,
    ignore_index: float | None = -100,
) -> Loss:
    """Dice plus the mean focal loss of the pixels: over classes for ids, binary for each channel of masks."""

def lovasz_hinge(*, class_weight: _Parameter | None = None, ignore_index: float | None = -100) -> Loss:
    """The Lovász extension of the Jaccard loss at the hinge errors of each channel."""

def lovasz_softmax(
    *,
    classes: Literal["present", "all"] = "present",
    class_weight: _Parameter | None = None,
    ignore_index: float | None = -100,
) -> Loss:
    """The Lovász extension of the Jaccard loss at the errors |truth - probability|, for each class."""

def mcc(*, eps: _Parameter = 1e-05, class_weight: _Parameter | None = None, ignore_index: float | None = -100) -> Loss:
    """1 - Matthews' correlation of the soft counts, for each picture and class."""

def ohem_ce(
    *,
    threshold: float = 0.7,
    min_kept: float = 100000,
    class_weight: _Parameter | None = None,
    ignore_index: float | None = -100,
) -> Loss:
    """Cross-entropy averaged over the hard pixels: true class below `threshold`, and at least `min_kept` of them."""

def total_variation() -> Loss:
    """The sum of the sizes of the differences between pixels beside and below each other, for each picture (H, W)."""

def iou(*, log: bool = False, floor: float = 1e-06) -> Loss:
    """1 - overlap/union of two boxes; 1 where both have no area."""

def giou() -> Loss:
    """1 - IoU + (C - U)/C, U the area of the union and C that of the smallest box around both."""

def diou() -> Loss:
    """1 - IoU + ρ²/c², ρ the distance of the centres and c the diagonal of the smallest box around both."""

def ciou() -> Loss:
    """DIoU plus a v: v = 4/π² (difference of atan(width/height))², a = v/(1 - IoU + v), a constant in the gradient."""

def varifocal(*, alpha: _Parameter = 0.75, gamma: _Parameter = 2.0) -> Loss:
    """Cross-entropy for targets that are qualities: positives weighted by their quality, negatives by alpha p^gamma."""

def box_and_class(*, beta: _Parameter = 1.0, balance: _Parameter = 1.0, ignore_index: float | None = -100) -> Loss:
    """Cross-entropy of the class plus smooth-L1, added up over the four numbers of the box, unless it is background."""

def cosine() -> Loss:
    """1 - cos of the angle between two vectors."""

def cosine_embedding(*, margin: _Parameter = 0.0) -> Loss:
    """1 - cos for a pair that is alike (`similar` 1), what cos has above `margin` for one that is not (0)."""

def contrastive(*, margin: _Parameter = 1.0, half: bool = False) -> Loss:
    """d² for a pair that is alike (`similar` 1), max(0, margin - d)² for one that is not (0); d the distance."""

def triplet_margin(*, margin: _Parameter = 1.0, p: Literal[1, 2] = 2, swap: bool = False, soft: bool = False) -> Loss:
    """What the positive lacks to be nearer to the anchor than the negative by `margin`: max(0, d(a,p) - d(a,n) + m)."""

def arcface(
    *,
    scale: _Parameter = 64.0,
    margin: float = 0.5,
    class_weight: _Parameter | None = None,
    ignore_index: float | None = -100,
) -> Loss:
    """Cross-entropy of scaled cosines, with `margin` added to the angle of the true class: scale cos(θ + margin)."""

def cosface(
    *,
    scale: _Parameter = 64.0,
    margin: _Parameter = 0.35,
    class_weight: _Parameter | None = None,
    ignore_index: float | None = -100,
) -> Loss:
    """Cross-entropy of scaled cosines, with `margin` taken from that of the true class."""

def normalized_softmax(
    *, temperature: _Parameter = 0.05, class_weight: _Parameter | None = None, ignore_index: float | None = -100
) -> Loss:
    """Cross-entropy of cosines divided by `temperature`."""

def info_nce(*, temperature: _Parameter = 0.05, symmetric: bool = False) -> Loss:
    """Cross-entropy of each anchor's cosines with all positives against its own: the mean over the batch's rows."""

def nt_xent(*, temperature: _Parameter = 0.5) -> Loss:
    """SimCLR's loss: each row of the two views against all other rows of both, the mean over the 2N rows."""

def n_pairs(*, l2: _Parameter = 0.0) -> Loss:
    """Cross-entropy of each anchor's dot products with all positives against its own, plus l2 (|a|² + |p|²)/4."""

def siglip(*, scale: _Parameter = 10.0, bias: _Parameter = -10.0) -> Loss:
    """Each pair of a batch as a yes (on the diagonal) or no: Σ_j softplus(∓(scale cos + bias)), the mean over rows."""

def barlow_twins(*, redundancy: _Parameter = 0.005) -> Loss:
    """Σ_i (1 - C_ii)² + redundancy Σ_{i≠j} C_ij², C the correlations of the two views' dimensions over the batch."""

def vicreg(
    *,
    similarity: _Parameter = 25.0,
    variance: _Parameter = 25.0,
    covariance: _Parameter = 1.0,
    eps: _Parameter = 0.0001,
) -> Loss:
    """Views alike (mean squared error), dimensions spread (variance) and unlike each other (covariance)."""

def cosent(*, scale: _Parameter = 20.0) -> Loss:
    """log(1 + Σ e^(scale (s_i - s_j))) over rows with target i below target j, s the cosine of a row's two vectors."""

def supcon(*, temperature: _Parameter = 0.1) -> Loss:
    """For each row -log softmax of its cosines with all other rows, averaged over those of its label."""

def batch_hard_triplet(*, margin: _Parameter = 1.0, soft: bool = False) -> Loss:
    """max(0, margin + d(farthest of its label) - d(nearest of another)), the mean over the rows that have both."""

def semi_hard_triplet(*, margin: _Parameter = 1.0) -> Loss:
    """FaceNet's triplets: for each pair of a label the nearest row of another label that is farther than the pair."""

def multi_similarity(*, alpha: _Parameter = 2.0, beta: _Parameter = 50.0, base: _Parameter = 0.5) -> Loss:
    """Pulls rows of one label together and pushes others away, each pair weighted by all others of its row."""

def circle(*, margin: float = 0.4, gamma: _Parameter = 80.0) -> Loss:
    """softplus of logsumexp over other labels of γ a (s - m) plus logsumexp over its own of γ b (1 - m - s)."""

def lifted_structure(*, margin: _Parameter = 1.0) -> Loss:
    """Half of max(0, log Σ e^(margin - d) + d(pair))², the mean over the pairs of one label."""

def proxy_nca(*, scale: _Parameter = 1.0, ignore_index: float | None = -100) -> Loss:
    """-log softmax over classes of -scale x squared distance to each class's proxy, the mean over rows."""

def proxy_anchor(*, scale: _Parameter = 32.0, margin: _Parameter = 0.1, ignore_index: float | None = -100) -> Loss:
    """log(1 + Σ e^(-scale (s - margin))) over a class's rows, averaged over the classes in the batch, plus"""

def dpo(
    *,
    beta: _Parameter = 0.1,
    kind: Literal["sigmoid", "hinge", "ipo", "sppo", "apo_zero", "apo_down", "robust"] = "sigmoid",
    label_smoothing: float = 0.0,
) -> Loss:
    """Direct preference optimisation: the chosen answer must gain on the reference model, beside the rejected one."""

def kto(*, beta: _Parameter = 0.1, desirable_weight: _Parameter = 1.0, undesirable_weight: _Parameter = 1.0) -> Loss:
    """Kahneman-Tversky optimisation: single answers, each marked desirable (1) or undesirable (0)."""

def orpo(*, beta: _Parameter = 0.1) -> Loss:
    """Odds-ratio preference optimisation, without a reference: -chosen - β log σ(log odds of chosen over rejected)."""

def cpo(*, beta: _Parameter = 0.1, alpha: _Parameter = 1.0) -> Loss:
    """Contrastive preference optimisation, DPO without a reference: -log σ(β(chosen - rejected)) - α·chosen."""

def simpo(*, beta: _Parameter = 2.0, gamma: _Parameter = 0.5) -> Loss:
    """Simple preference optimisation, without a reference: -log σ(β(chosen - rejected) - γ)."""

def bradley_terry(*, margin: _Parameter = 0.0) -> Loss:
    """A reward model's likelihood that the chosen answer wins: -log σ(chosen - rejected - margin)."""

def policy_clip(*, clip: _Parameter = 0.2, clip_high: _Parameter | None = None) -> Loss:
    """PPO's and GRPO's loss of a token or action: -min(ρA, clip(ρ, 1-ε, 1+ε)A) with ρ = e^(log_prob - old_log_prob)."""

def policy_kl() -> Loss:
    """A token's estimate of the KL divergence of policy from reference: e^d - 1 - d, d = ref_log_prob - log_prob."""

def gan_bce() -> Loss:
    """The discriminator's cross-entropy: its raw score of a sample against 1 (real) or 0 (generated)."""

def gan_hinge() -> Loss:
    """The discriminator's hinge: what its score of a real (1) or generated (0) sample lacks to reach 1 or -1."""

def lsgan() -> Loss:
    """Half the squared distance of the discriminator's score from the code of a sample: 1 for real, 0 for generated."""

def wgan() -> Loss:
    """The critic's score, to rise on real samples (target 1) and to fall on generated ones (target 0)."""

def gaussian_kl() -> Loss:
    """KL divergence of a normal distribution from the standard one, for each entry: (mean² + e^s - 1 - s)/2."""

def gaussian_kl_between() -> Loss:
    """KL divergence of one normal distribution from another, for each entry."""

def diffusion_mse(*, kind: Literal["epsilon", "x0", "v"] = "epsilon", gamma: _Parameter = 5.0) -> Loss:
    """Squared error of a denoiser, weighted so that all time steps ask alike of the clean sample."""

def cox() -> Loss:
    """Cox's partial likelihood: at each event, how likely it befell this row of all that were still at risk."""

def aft(
    *, distribution: Literal["normal", "logistic", "extreme"] = "normal", scale: _Parameter = 1.0, full: bool = False
) -> Loss:
    """Accelerated failure time: log(time) is pred plus noise; a censored row says that it took longer."""
