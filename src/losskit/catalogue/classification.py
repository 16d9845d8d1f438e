"""Classification from raw scores: two classes (targets 0/1) and many (class ids or soft labels)."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from losskit.core.define import define_loss
from losskit.core.domains import Binary, Classes, Domain, Fraction, Logit, Logits, LogProbs, Margin, Prob
from losskit.core.params import NonNegative, Param, Positive, Static


def _unweighted(pos_weight, label_smoothing):
    return (pos_weight == 1.0) is True and label_smoothing == 0.0  # an array of weights is not


@define_loss(
    pred=Logit,
    target=Fraction,
    pos_weight=Positive(1.0, search=(0.1, 100.0), doc="weight of the positive class"),
    label_smoothing=Static(0.0, low=0.0, high=1.0, doc="target becomes target (1 - ε) + ε/2"),
    claims=dict(
        estimates=lambda **params: "log-odds" if _unweighted(**params) else None,
        convex=True,
        smooth=True,
        lipschitz=lambda pos_weight, **_: 0.5 * (pos_weight + 1.0 + abs(pos_weight - 1.0)),  # the greater of it and 1
        proper=_unweighted,
    ),
    source="Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x",
    aka=(
        "torch.nn.BCEWithLogitsLoss",
        "keras.losses.BinaryCrossentropy(from_logits=True)",
        "optax.losses.sigmoid_binary_cross_entropy",
        "lightgbm binary",
        "xgboost binary:logistic",
        "sklearn log_loss",
    ),
    aliases=("bce", "log_loss", "logistic"),
    pitfall="takes the raw score: a sigmoid before it is applied twice",
)
def binary_cross_entropy(ops, pred, target, *, pos_weight, label_smoothing):
    """The negative log-likelihood of a 0/1 target, from its log-odds."""
    if label_smoothing:
        target = target * (1.0 - label_smoothing) + 0.5 * label_smoothing
    return pos_weight * target * ops.softplus(-pred) + (1.0 - target) * ops.softplus(pred)


@define_loss(
    pred=Prob,
    target=Fraction,
    claims=dict(convex=True, smooth=True, proper=True, estimates="mean"),
    source="Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x",
    aka=("torch.nn.BCELoss", "keras.losses.BinaryCrossentropy"),
    pitfall="a sigmoid may round to 0 or 1, outside the domain: binary_cross_entropy takes the raw score and cannot",
)
def binary_cross_entropy_probs(ops, pred, target):
    """The negative log-likelihood of a 0/1 target, from its probability."""
    return -target * ops.log(pred) - (1.0 - target) * ops.log1p(-pred)


def _signed(pred, target):
    """The score towards the true class: pred for 1, -pred for 0."""
    return (2.0 * target - 1.0) * pred


@define_loss(
    pred=Margin,
    target=Binary,
    margin=Positive(1.0, doc="the score a right answer must reach"),
    claims=dict(convex=True, lipschitz=1.0, estimates="sign"),
    source="Cortes and Vapnik 1995, doi:10.1007/BF00994018",
    aka=("keras.losses.Hinge", "sklearn hinge", "optax.losses.hinge_loss"),
    pitfall="gives no probabilities",
)
def hinge(ops, pred, target, *, margin):
    """What the score towards the true class lacks to reach `margin`."""
    return ops.relu(margin - _signed(pred, target))


@define_loss(
    pred=Margin,
    target=Binary,
    margin=Positive(1.0, doc="the score a right answer must reach"),
    claims=dict(convex=True, estimates="sign"),
    source="Rosasco et al. 2004, doi:10.1162/089976604773135104",
    aka=("keras.losses.SquaredHinge", "sklearn squared_hinge"),
)
def squared_hinge(ops, pred, target, *, margin):
    """The square of what the score towards the true class lacks to reach `margin`."""
    lack = ops.relu(margin - _signed(pred, target))
    return lack * lack


@define_loss(
    pred=Margin,
    target=Binary,
    claims=dict(convex=True, smooth=True, proper=True, estimates="half the log-odds"),
    source="Freund and Schapire 1997, doi:10.1006/jcss.1997.1504",
    aka=("sklearn ExponentialLoss", "AdaBoost"),
    link=lambda ops, pred: ops.sigmoid(2.0 * pred),
    pitfall="one mislabelled row far on the wrong side outweighs all others",
)
def exponential(ops, pred, target):
    """AdaBoost's loss: exp of minus the score towards the true class."""
    return ops.exp(-_signed(pred, target))


def _huberized_probability(ops, pred):
    return 0.5 * (ops.relu(pred + 1.0) - ops.relu(pred - 1.0))


@define_loss(
    pred=Margin,
    target=Binary,
    claims=dict(convex=True, lipschitz=4.0, proper=True, estimates="sign"),
    source="Zhang 2004, doi:10.1214/aos/1079120130",
    aka=("sklearn modified_huber",),
    link=_huberized_probability,
)
def modified_huber(ops, pred, target):
    """Squared hinge that turns linear beyond a score of -1: a wrong label costs less."""
    s = _signed(pred, target)
    lack = ops.relu(1.0 - s)
    return ops.where(s >= -1.0, lack * lack, -4.0 * s)


@define_loss(
    pred=Margin,
    target=Binary,
    claims=dict(convex=True, lipschitz=1.0),
    source="Rosenblatt 1958, doi:10.1037/h0042519",
    aka=("sklearn perceptron", "optax.losses.perceptron_loss"),
    pitfall="a score of 0 everywhere costs nothing: it needs mini-batches and a good start",
)
def perceptron(ops, pred, target):
    """How far the score lies on the wrong side of 0."""
    return ops.relu(-_signed(pred, target))


@define_loss(
    pred=Margin,
    target=Binary,
    claims=dict(trainable=False, bounded=1.0, estimates="sign"),
    source="Bartlett et al. 2006, doi:10.1198/016214505000000907",
    aka=("sklearn zero_one_loss",),
    pitfall="binary_cross_entropy, hinge",
)
def zero_one(ops, pred, target):
    """1 where the class is wrong, 0 where it is right; a score above 0 means class 1."""
    return ops.where(pred > 0.0, 1.0 - target, target)


@define_loss(
    pred=Logit,
    target=Fraction,
    claims=dict(smooth=True, bounded=1.0, lipschitz=8.0 / 27.0, proper=True, estimates="log-odds"),
    source="Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2",
    aka=("sklearn brier_score_loss",),
    curvature=lambda ops, pred, target: 0.5 * (ops.sigmoid(pred) * ops.sigmoid(-pred)),
    pitfall="not convex in the score: confident mistakes have almost no gradient",
)
def brier(ops, pred, target):
    """The squared error of the probability sigmoid(pred)."""
    # p - y as (1-y) p - y (1-p): for a target of 0 or 1 the small one of p and 1-p stays exact.
    d = (1.0 - target) * ops.sigmoid(pred) - target * ops.sigmoid(-pred)
    return d * d


def _softmax_hessian(ops, pred, target, *, label_smoothing, z_loss):
    p, others = ops.softmax(pred), ops.one_minus_softmax(pred)
    hessian = ops.expand(target.smoothed(label_smoothing).mass(pred), pred) * (p * others)
    if z_loss == 0.0:
        return hessian
    lse = ops.expand(ops.logsumexp(pred), pred)
    return hessian + 2.0 * z_loss * (ops.expand(target.mass(pred), pred) * (p * (p + lse * others)))


@define_loss(
    pred=Logits,
    target=Classes,
    label_smoothing=Static(0.0, low=0.0, high=1.0, doc="target becomes (1 - ε) target + ε/K"),
    z_loss=Static(0.0, low=0.0, search=(1e-4, 1e-2), doc="weight of the square of logsumexp(pred)"),
    claims=dict(
        convex=lambda z_loss, **_: z_loss == 0.0,
        smooth=True,
        lipschitz=lambda z_loss, **_: 1.0 if z_loss == 0.0 else None,
        proper=lambda label_smoothing, **_: label_smoothing == 0.0,
        estimates=lambda label_smoothing, **_: "log-probabilities" if label_smoothing == 0.0 else None,
    ),
    source="Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x; smoothing Szegedy et al. 2016, arXiv:1512.00567; "
    "z-loss Chowdhery et al. 2022, arXiv:2204.02311",
    aka=(
        "torch.nn.CrossEntropyLoss",
        "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
        "optax.losses.softmax_cross_entropy_with_integer_labels",
        "lightgbm multiclass",
        "xgboost multi:softprob",
    ),
    aliases=("ce",),
    hessian=_softmax_hessian,
    pitfall="takes raw scores: a softmax before it is applied twice",
)
def cross_entropy(ops, pred, target, *, label_smoothing, z_loss):
    """The negative log-likelihood of the class, from one raw score for each class.

    `z_loss` adds z_loss · logsumexp(pred)², which holds the scores near log-probabilities. A class weight weighs it as
    the rest of its row; Liger leaves it unweighted.
    """
    each = target.smoothed(label_smoothing).expect(-ops.log_softmax(pred))
    if z_loss == 0.0:
        return each
    lse = ops.logsumexp(pred)
    return each + z_loss * (target.mass(pred) * (lse * lse))


@define_loss(
    pred=LogProbs,
    target=Classes,
    claims=dict(convex=True, smooth=True, lipschitz=1.0, proper=True),
    source="Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x",
    aka=("torch.nn.NLLLoss",),
    pitfall="takes logarithms of probabilities, of a log_softmax for example: cross_entropy takes raw scores",
)
def nll(ops, pred, target):
    """Minus the log-probability of the class."""
    return target.expect(-pred)


def _softmax_curvature(ops, pred, target, **_):
    return ops.softmax(pred) * ops.one_minus_softmax(pred)


def _poly_slope(epsilon):
    """The largest (1-p)(1 + εp): inside (0, 1) where ε > 1."""
    return 1.0 if epsilon <= 1.0 else (1.0 + epsilon) ** 2 / (4.0 * epsilon)


@define_loss(
    pred=Logits,
    target=Classes,
    epsilon=NonNegative(1.0, search=(0.5, 4.0), doc="weight of the term 1 - p; 0 is cross-entropy"),
    claims=dict(smooth=True, lipschitz=_poly_slope, convex=lambda epsilon: epsilon <= 1.0),
    source="Leng et al. 2022, arXiv:2204.12511",
    aka=("optax.losses.poly_loss_cross_entropy",),
    curvature=_softmax_curvature,
    pitfall="not proper; optax.losses.poly_loss_cross_entropy starts from epsilon=2",
)
def poly1(ops, pred, target, *, epsilon):
    """Cross-entropy plus `epsilon` times 1 - p, p the probability of the class."""
    return target.expect(epsilon * ops.one_minus_softmax(pred) - ops.log_softmax(pred))


ClassMargins = replace(Logits, name="ClassMargins", link="identity")


def _best_other(ops, scores):
    """For each class the largest score among the others."""
    first = ops.argmax(scores)
    best = ops.take(scores, first)
    at_best = ops.scatter(1.0 + 0.0 * best, first, scores) > 0.5
    beside = ops.where(at_best, -1e30 + 0.0 * scores, scores)
    second = ops.take(beside, ops.argmax(beside))
    return ops.where(at_best, ops.expand(second, scores), ops.expand(best, scores))


@define_loss(
    pred=ClassMargins,
    target=Classes,
    margin=Positive(1.0, doc="how far the score of the class must lie above all others"),
    claims=dict(convex=True, lipschitz=1.0),
    source="Crammer and Singer 2001, jmlr.org/papers/v2/crammer01a.html",
    aka=("optax.losses.multiclass_hinge_loss", "keras.losses.CategoricalHinge", "sklearn LinearSVC crammer_singer"),
    aliases=("crammer_singer",),
    pitfall="gives no probabilities, and is not consistent where no class has half of the probability",
)
def multiclass_hinge(ops, pred, target, *, margin):
    """What the score of the class lacks to lie `margin` above the best other score.

    relu(margin + max over j≠y of pred_j - pred_y).

    keras.losses.CategoricalHinge counts 0 among the other scores: append a class whose score is always 0 to get its
    number.
    """
    return target.expect(ops.relu(margin + (_best_other(ops, pred) - pred)))


def _own_and_others(ops, pred, target):
    """The score of the class beside those of all, and where the two are one; for soft labels of each class in turn."""
    if not target.soft:
        return ops.expand(ops.take(pred, target.values), pred), pred, target.one_hot(pred) > 0.5
    own = ops.expand(pred, pred)
    place = ops.index(own)
    return own, ops.transpose(own), (place <= ops.transpose(place)) & (ops.transpose(place) <= place)


@define_loss(
    pred=ClassMargins,
    target=Classes,
    margin=Positive(1.0, doc="how far the score of the class must lie above each other"),
    p=Static(1, choices=(1, 2), doc="the power of what is lacking"),
    claims=dict(convex=True, lipschitz=lambda margin, p: 1.0 if p == 1 else None),
    source="Weston and Watkins 1999",
    aka=("torch.nn.MultiMarginLoss",),
    aliases=("weston_watkins",),
    pitfall="gives no probabilities; for soft labels it holds a number for each pair of classes",
)
def multi_margin(ops, pred, target, *, margin, p):
    """What the score of the class lacks to lie `margin` above each other score, to the power `p`, over K classes.

    (1/K) Σ_{j≠y} relu(margin - pred_y + pred_j)^p: divided by all K classes, as in PyTorch, not by the K - 1 others.
    """
    own, others, same = _own_and_others(ops, pred, target)
    lack = ops.relu(ops.where(same, 0.0 * others, margin + (others - own)))
    each = ops.sum(lack * lack if p == 2 else lack) / ops.size(pred)
    return target.expect(each) if target.soft else target.mass(pred) * each


LabelLogits = replace(
    Logits, name="LabelLogits", description="raw scores (log-odds) of labels, last axis", link="sigmoid"
)
Labels = replace(Fraction, name="Labels", description="0 or 1, or a number between, for each label", axes=("K",))


@define_loss(
    pred=LabelLogits,
    target=Labels,
    claims=dict(convex=True, smooth=True, lipschitz=1.0),
    source="Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x",
    aka=("torch.nn.MultiLabelSoftMarginLoss",),
    hessian=lambda ops, pred, target: ops.sigmoid(pred) * ops.sigmoid(-pred) / ops.size(pred),
    pitfall="one number for each row: binary_cross_entropy gives each label its own, and pos_weight",
)
def multilabel_soft_margin(ops, pred, target):
    """The mean binary cross-entropy over the labels of a row, of which any number may be 1."""
    return ops.sum(target * ops.softplus(-pred) + (1.0 - target) * ops.softplus(pred)) / ops.size(pred)


def _whole_numbers(free):
    return np.floor(np.abs(free))


def _not_whole(values):
    odd = values != np.floor(values)
    return f"grades are whole numbers, got {values[odd].flat[0]:g}" if odd.any() else None


Thresholds = Domain(
    "Thresholds", "raw scores (log-odds) that the grade lies above 0, 1, 2 ..., last axis", axes=("T",), link="sigmoid"
)
Grades = Domain(
    "Grades", "grades 0, 1, 2 ... up to the number of scores", low=0.0, from_free=_whole_numbers, problem=_not_whole
)


@define_loss(
    pred=Thresholds,
    target=Grades,
    claims=dict(convex=True, smooth=True, lipschitz=1.0),
    source="Niu et al. 2016, doi:10.1109/CVPR.2016.532; Cao et al. 2020, arXiv:1901.07884",
    aka=("allrank ordinal", "CORAL"),
    hessian=lambda ops, pred, target: ops.sigmoid(pred) * ops.sigmoid(-pred),
    pitfall="K grades have K - 1 scores; they agree with each other only where they fall from first to last, as those "
    "of one slope and K - 1 biases (CORAL) do",
)
def ordinal(ops, pred, target):
    """Binary cross-entropy of "the grade lies above k", summed over the K - 1 thresholds k between K ordered grades.

    The grade predicted is the number of scores above 0.
    """
    above = ops.expand(target, pred) > ops.index(pred)
    return ops.sum(ops.softplus(ops.where(above, -pred, pred)))


def _likelier_than_not(ops, pred):
    """1 - p for the class with p > 1/2, if any: its derivatives keep digits that those of p lose."""
    sure = ops.softmax(pred) > 0.5
    rest = ops.one_minus_softmax(pred)
    return sure, ops.where(sure, rest, 0.0 * rest)


@define_loss(
    pred=Logits,
    target=Classes,
    claims=dict(smooth=True, bounded=2.0, lipschitz=0.77, proper=True, estimates="log-probabilities"),
    source="Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2",
    aka=("sklearn.metrics.brier_score_loss of many classes",),
    curvature=_softmax_curvature,
    pitfall="not convex in the scores: confident mistakes have almost no gradient; over two classes twice brier",
)
def multiclass_brier(ops, pred, target):
    """The squared error of the softmax probabilities, summed over the classes."""
    sure, rest = _likelier_than_not(ops, pred)
    q = target.one_hot(pred)
    d = ops.where(sure, (1.0 - q) - rest, ops.softmax(pred) - q)
    return target.expect(ops.expand(ops.sum(d * d), pred))


@define_loss(
    pred=Logits,
    target=Classes,
    claims=dict(smooth=True, bounded=True, lipschitz=True, proper=True, estimates="log-probabilities"),
    source="Epstein 1969, doi:10.1175/1520-0450(1969)008<0985:ASSFPF>2.0.CO;2",
    aka=("ranked probability score",),
    aliases=("ranked_probability_score",),
    curvature=_softmax_curvature,
    pitfall="for ordered classes; not convex in the scores; some authors divide by K - 1, which is not done here; "
    "holds a number for each pair of classes",
)
def rps(ops, pred, target):
    """The squared error of the cumulative probabilities: over ordered classes a near miss costs less than a far one.

    Σ_k (F_k - O_k)², F_k the probability of class k or one before it and O_k the same of the target.
    """
    place, q = ops.index(pred), target.one_hot(pred)
    p = ops.transpose(ops.expand(ops.softmax(pred), pred))
    before = ops.transpose(ops.expand(place, pred)) <= ops.expand(place, pred)
    so_far = ops.sum(ops.where(before, ops.transpose(ops.expand(q, pred)), 0.0 * p))
    # From the side without the likeliest class the sum is small and keeps its digits.
    low, high = ops.sum(ops.where(before, p, 0.0 * p)), ops.sum(ops.where(before, 0.0 * p, p))
    top = ops.expand(ops.take(place, ops.argmax(pred)), pred)
    d = ops.where(place < top, low - so_far, (1.0 - so_far) - high)
    return target.expect(ops.expand(ops.sum(d * d), pred))


@define_loss(
    pred=Logits,
    target=Classes,
    q=Param(
        0.7, low=0.0, open_low=True, high=1.0, search=(0.1, 0.9), doc="near 0 cross-entropy, at 1 the absolute error"
    ),
    claims=dict(
        smooth=True, bounded=lambda q: 1.0 / q, lipschitz=lambda q: (q / (1.0 + q)) ** q / (1.0 + q) * (1.0 + 1e-6)
    ),
    source="Zhang and Sabuncu 2018, arXiv:1805.07836",
    curvature=_softmax_curvature,
    pitfall="not proper; rows that look hopeless fade, mislabelled ones and hard ones alike",
)
def generalized_ce(ops, pred, target, *, q):
    """(1 - p^q)/q, p the probability of the class: between cross-entropy and the absolute error, for noisy labels."""
    sure, rest = _likelier_than_not(ops, pred)
    log_p = ops.where(sure, ops.log1p(-rest), ops.log_softmax(pred))
    return target.expect(-ops.expm1(q * log_p) / q)


_LOG_OF_0 = math.log(1e-4)


def _symmetric_slope(alpha, beta):
    """The largest (1-p)(α + p β |log 0|)."""
    reverse = -_LOG_OF_0 * beta
    return alpha if reverse <= alpha else (alpha + reverse) ** 2 / (4.0 * reverse)


@define_loss(
    pred=Logits,
    target=Classes,
    alpha=NonNegative(0.1, search=(0.05, 6.0), doc="weight of cross-entropy"),
    beta=NonNegative(1.0, search=(0.1, 2.0), doc="weight of the reverse cross-entropy"),
    claims=dict(smooth=True, lipschitz=_symmetric_slope, convex=lambda alpha, beta: -_LOG_OF_0 * beta <= alpha),
    source="Wang et al. 2019, arXiv:1908.06112",
    curvature=_softmax_curvature,
    pitfall="not proper; it is poly1 with epsilon = 9.21 beta/alpha, times alpha",
)
def symmetric_ce(ops, pred, target, *, alpha, beta):
    """`alpha` times cross-entropy and `beta` times the reverse one, -Σ p log q, for noisy labels.

    With a class id y the reverse term is (1 - p_y) times -log 0, for which log 1e-4 = -9.21 stands as in the authors'
    code; their paper writes it A and tries -4 and -6 too: scale `beta` by A/-9.21. Soft labels: the expected loss.
    """
    sure, rest = _likelier_than_not(ops, pred)
    miss = ops.where(sure, rest, 1.0 - ops.softmax(pred))
    return target.expect(-_LOG_OF_0 * beta * miss - alpha * ops.log_softmax(pred))


def _excess(ops, r):
    """e^r - 1 - r, exact near 0."""
    return -ops.log1pmx(ops.expm1(r))


def _kl_of_near(ops, off, q):
    """log Σ q e^off where Σ q off is 0: a sum of what is not negative."""
    return ops.log1p(ops.sum(q * _excess(ops, off)))


def _kl_of_any(ops, z, t):
    """Σ q(e^r - 1 - r), r = log p - log q: no term is negative, and the p - q in them sum to 0."""
    p, q, r = ops.softmax(z), ops.softmax(t), ops.log_softmax(z) - ops.log_softmax(t)
    near = ops.abs(r) < 0.5
    return ops.sum(ops.where(near, q * _excess(ops, ops.where(near, r, 0.0 * r)), (p - q) - q * r))


@define_loss(
    pred=Logits,
    target=replace(Logits, name="TeacherLogits", description="the teacher's raw scores over the same classes"),
    temperature=Positive(
        1.0, search=(1.0, 10.0), doc="scores are divided by it: higher ones show the teacher's doubts"
    ),
    claims=dict(convex=True, smooth=True, lipschitz=lambda temperature: temperature),
    source="Hinton et al. 2015, arXiv:1503.02531",
    aka=("torch.nn.KLDivLoss(reduction='batchmean') of softened scores, times T²",),
    aliases=("soft_cross_entropy",),
    curvature=lambda ops, pred, target, *, temperature: (
        ops.softmax(pred / temperature) * ops.one_minus_softmax(pred / temperature)
    ),
    pitfall="takes the teacher's raw scores, not its probabilities: for those kl_div_logits",
)
def distillation(ops, pred, target, *, temperature):
    """temperature² KL(softmax(target/temperature) || softmax(pred/temperature)).

    Cross-entropy against the teacher's probabilities is this at temperature 1 plus their entropy, which the student
    cannot change.
    """
    z, t = pred / temperature, target / temperature
    q, gap = ops.softmax(t), (pred - target) / temperature
    gap = gap - ops.expand(ops.take(gap, ops.argmax(t)), gap)
    off = gap - ops.expand(ops.sum(q * gap), gap)
    near = ops.take(ops.abs(off), ops.argmax(ops.abs(off))) < 1.0
    close = _kl_of_near(ops, ops.where(ops.expand(near, off), off, 0.0 * off), q)
    return temperature * temperature * ops.where(near, close, _kl_of_any(ops, z, t))


def _below_best(ops, pred):
    return pred - ops.expand(ops.stop_gradient(ops.take(pred, ops.argmax(pred))), pred)


def _from_the_top(ops, scores):
    """The scores from the largest to the smallest, and how many there are so far."""
    z = ops.stop_gradient(scores)
    return ops.permute(z, ops.argsort(z)), 1.0 + ops.index(z)


def _last(ops, inside, rank):
    """The place of the last that is inside."""
    return ops.argmax(ops.where(inside, rank, 0.0 * rank))


def _sparsemax_excess(ops, pred):
    """How far each score lies above the threshold: its positive part is sparsemax(pred)."""
    z = _below_best(ops, pred)
    s, rank = _from_the_top(ops, z)
    so_far = ops.cumsum(s)
    last = _last(ops, 1.0 + rank * s > so_far, rank)
    count = ops.take(rank, last)
    threshold = ops.stop_gradient((ops.take(so_far, last) - 1.0) / count)
    # The last step of Newton's method moves next to nothing: it is there for its derivatives.
    threshold = threshold + (ops.sum(ops.relu(z - ops.expand(threshold, z))) - 1.0) / count
    return z - ops.expand(threshold, z)


@define_loss(
    pred=Logits,
    target=Classes,
    claims=dict(convex=True, lipschitz=1.0),
    source="Martins and Astudillo 2016, arXiv:1602.02068",
    aka=("optax.losses.multiclass_sparsemax_loss", "entmax.SparsemaxLoss"),
    link=lambda ops, pred: ops.relu(_sparsemax_excess(ops, pred)),
    pitfall="its probabilities come from sparsemax, not softmax: many are exactly 0",
)
def sparsemax(ops, pred, target):
    """Cross-entropy's counterpart for sparsemax, the probabilities nearest to the scores: 0 at a margin of 1.

    max over probabilities p of ⟨p, pred⟩ - |p|²/2, plus |q|²/2 - ⟨q, pred⟩, q the target: for soft labels too, so that
    the loss is 0 where sparsemax(pred) is q.
    """
    excess = _sparsemax_excess(ops, pred)
    q = target.one_hot(pred)
    off = excess - q
    # The slope in q on the threshold itself is -q, where that of a relu would be 0.
    each = ops.where(excess > 0.0, 0.5 * (off * off), q * (0.5 * q - excess))
    return target.expect(ops.expand(ops.sum(each), pred))


def _entmax_excess(ops, pred):
    """How far each half score lies above the threshold: the square of its positive part is entmax(pred)."""
    z = 0.5 * _below_best(ops, pred)
    s, rank = _from_the_top(ops, z)
    mean = ops.cumsum(s) / rank
    spread = ops.cumsum(s * s) / rank - mean * mean
    thresholds = mean - ops.sqrt(ops.relu(1.0 / rank - spread))
    threshold = ops.stop_gradient(ops.take(thresholds, _last(ops, thresholds <= s, rank)))
    # As for sparsemax, a step for its derivatives.
    root = ops.relu(z - ops.expand(threshold, z))
    threshold = threshold + 0.5 * (ops.sum(root * root) - 1.0) / ops.stop_gradient(ops.sum(root))
    return z - ops.expand(threshold, z)


def _entmax(ops, pred):
    root = ops.relu(_entmax_excess(ops, pred))
    return root * root


@define_loss(
    pred=Logits,
    target=Classes,
    claims=dict(convex=True, smooth=True, lipschitz=1.0),
    source="Peters et al. 2019, arXiv:1905.05702",
    aka=("entmax.Entmax15Loss",),
    aliases=("entmax15",),
    link=_entmax,
    pitfall="its probabilities come from entmax, not softmax: some are exactly 0",
)
def entmax(ops, pred, target):
    """Half-way from cross-entropy to sparsemax: the loss of 1.5-entmax, whose probabilities may be 0.

    max over probabilities p of ⟨p, pred⟩ - (4/3)Σp^1.5, plus (4/3)Σq^1.5 - ⟨q, pred⟩, q the target: for soft labels
    too, so that the loss is 0 where entmax(pred) is q.
    """
    excess = _entmax_excess(ops, pred)
    q = target.one_hot(pred)
    own = ops.sqrt(ops.stop_gradient(q))
    off = excess - own
    above = 2.0 / 3.0 * (off * off) * (excess + 2.0 * own)
    each = ops.where(excess > 0.0, above, q * (4.0 / 3.0 * own - 2.0 * excess))
    return target.expect(ops.expand(ops.sum(each), pred))
